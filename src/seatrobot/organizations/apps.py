from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "seatrobot.organizations"
    label = "organizations"
