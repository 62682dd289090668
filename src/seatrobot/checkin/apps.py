from django.apps import AppConfig


class CheckinConfig(AppConfig):
    name = "seatrobot.checkin"
    label = "checkin"
