from django.apps import AppConfig


class InvitationsConfig(AppConfig):
    name = "seatrobot.invitations"
    label = "invitations"
