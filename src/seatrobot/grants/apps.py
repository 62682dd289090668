from django.apps import AppConfig


class GrantsConfig(AppConfig):
    name = "seatrobot.grants"
    label = "grants"
