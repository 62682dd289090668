from django.apps import AppConfig


class PersonnelConfig(AppConfig):
    name = "seatrobot.personnel"
    label = "personnel"
