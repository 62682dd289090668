from django.apps import AppConfig


class ProvidersConfig(AppConfig):
    name = "seatrobot.providers"
    label = "providers"
