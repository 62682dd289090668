from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "seatrobot.web"
    label = "web"
