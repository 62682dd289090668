from django.apps import AppConfig


class RepliesConfig(AppConfig):
    name = "seatrobot.replies"
    label = "replies"
