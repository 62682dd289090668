from django.apps import AppConfig


class HeadsConfig(AppConfig):
    name = "seatrobot.kernel.heads"
    label = "heads"
