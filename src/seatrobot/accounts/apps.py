from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "seatrobot.accounts"
    label = "accounts"
