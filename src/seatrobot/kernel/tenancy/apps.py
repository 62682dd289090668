from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "seatrobot.kernel.tenancy"
    label = "tenancy"
