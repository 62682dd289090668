from django.apps import AppConfig


class FactorsConfig(AppConfig):
    name = "seatrobot.accounts.factors"
    label = "factors"
