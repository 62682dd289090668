from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "seatrobot.accounts.staff"
    label = "staff"
