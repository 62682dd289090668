from django.apps import AppConfig


class ProbeConfig(AppConfig):
    name = "seatrobot.practices.probe"
    label = "probe"
