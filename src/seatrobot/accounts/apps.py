from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "seatrobot.accounts"
    label = "accounts"

    def ready(self) -> None:
        from seatrobot.accounts import sign_ins  # noqa: F401  connects its receivers
