from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "seatrobot.accounts"
    label = "accounts"

    def ready(self) -> None:
        from seatrobot.accounts.sign_in_log import recording  # noqa: F401  connects its receivers
