from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "seatrobot.kernel.staff"
    label = "kernel_staff"
