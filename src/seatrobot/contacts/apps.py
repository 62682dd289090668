from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "seatrobot.contacts"
    label = "contacts"
