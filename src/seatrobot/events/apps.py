from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "seatrobot.events"
    label = "events"
