from django.apps import AppConfig


class GuestsConfig(AppConfig):
    name = "seatrobot.guests"
    label = "guests"

    def ready(self) -> None:
        from seatrobot.events import overview
        from seatrobot.guests.overview import GuestsPart

        overview.register(GuestsPart())
