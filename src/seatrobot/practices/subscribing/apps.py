from django.apps import AppConfig


class SubscribingConfig(AppConfig):
    name = "seatrobot.practices.subscribing"
    label = "subscribing"

    def ready(self) -> None:
        from seatrobot.kernel.promises.services import changed
        from seatrobot.practices.subscribing.receivers import note

        changed.connect(note, dispatch_uid="subscribing.note")
