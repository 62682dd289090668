from django.apps import AppConfig


class HoldsConfig(AppConfig):
    name = "seatrobot.holds"
    label = "holds"
