from django.apps import AppConfig


class SubscribingConfig(AppConfig):
    name = "seatrobot.practices.subscribing"
    label = "subscribing"

    def ready(self) -> None:
        from seatrobot.kernel.promises.services import changed
        from seatrobot.practices.subscribing.services import remember

        changed.connect(remember, dispatch_uid="subscribing.remember")
