from django.apps import AppConfig


class GuestsConfig(AppConfig):
    name = "seatrobot.guests"
    label = "guests"
