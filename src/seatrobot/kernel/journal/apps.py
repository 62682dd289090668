from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "seatrobot.kernel.journal"
    label = "journal"
