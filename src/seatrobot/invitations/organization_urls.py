"""Mail to guests as an organization sets it up."""

from django.urls import path

from seatrobot.invitations.views import sender

app_name = "guest-mail"
urlpatterns = [
    path("", sender.show, name="sender"),
    path("<uuid:suppression>/lift/", sender.lift, name="lift"),
]
