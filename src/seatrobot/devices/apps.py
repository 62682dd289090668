from django.apps import AppConfig


class DevicesConfig(AppConfig):
    name = "seatrobot.devices"
    label = "devices"
