from django.apps import AppConfig


class SignInLogConfig(AppConfig):
    name = "seatrobot.accounts.sign_in_log"
    label = "sign_in_log"
