from django.apps import AppConfig


class CheckinConfig(AppConfig):
    name = "seatrobot.checkin"
    label = "checkin"

    def ready(self) -> None:
        from seatrobot.checkin.overview import DoorPart
        from seatrobot.events import overview

        overview.register(DoorPart())
