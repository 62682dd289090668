from django.apps import AppConfig


class DeletionConfig(AppConfig):
    name = "seatrobot.deletion"
    label = "deletion"
