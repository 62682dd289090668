from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    name = "seatrobot.archive"
    label = "archive"
