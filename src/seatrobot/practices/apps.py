from django.apps import AppConfig


class PracticesConfig(AppConfig):
    name = "seatrobot.practices"
    label = "practices"

    def ready(self) -> None:
        from seatrobot.practices.sections import declare_promises

        declare_promises()
