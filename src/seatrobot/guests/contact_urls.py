"""What guests add to the pages of contacts, under the same address."""

from django.urls import path

from seatrobot.guests.views import contacts

app_name = "contact-guests"
urlpatterns = [
    path("invite/", contacts.invite, name="invite"),
]
