from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "seatrobot.organizations"
    label = "organizations"

    def ready(self) -> None:
        from seatrobot.organizations import sign_ins  # noqa: F401  connects its receiver
