from django.apps import AppConfig


class HelpConfig(AppConfig):
    name = "seatrobot.help"
    label = "help"
