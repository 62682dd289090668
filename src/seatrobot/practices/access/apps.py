from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "seatrobot.practices.access"
    label = "access"
