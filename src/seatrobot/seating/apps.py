from django.apps import AppConfig


class SeatingConfig(AppConfig):
    name = "seatrobot.seating"
    label = "seating"
