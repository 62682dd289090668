from django.apps import AppConfig


class PromisesConfig(AppConfig):
    name = "seatrobot.kernel.promises"
    label = "promises"
