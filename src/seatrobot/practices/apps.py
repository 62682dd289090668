from importlib import import_module

from django.apps import AppConfig


class PracticesConfig(AppConfig):
    name = "seatrobot.practices"
    label = "practices"

    def ready(self) -> None:
        """Declare every promise, in the order of the page."""
        from seatrobot.practices.sections import SECTIONS

        for section in SECTIONS:
            import_module(f"seatrobot.practices.{section.id}.promises")
