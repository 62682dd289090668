from django.apps import AppConfig


class ProgressConfig(AppConfig):
    name = "seatrobot.kernel.progress"
    label = "progress"
