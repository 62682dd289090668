from django.apps import AppConfig


class SeatingConfig(AppConfig):
    name = "seatrobot.seating"
    label = "seating"

    def ready(self) -> None:
        from seatrobot.events import overview
        from seatrobot.seating.overview import SeatingPart

        overview.register(SeatingPart())
