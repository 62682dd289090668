from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "seatrobot.organizations"
    label = "organizations"

    def ready(self) -> None:
        from seatrobot.organizations import receivers  # noqa: F401  connects its receivers
