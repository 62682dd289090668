from django.apps import AppConfig


class BackupsConfig(AppConfig):
    name = "seatrobot.backups"
    label = "backups"
