"""Where guests unsubscribe, by a link or by their mail program."""

from django.urls import path

from seatrobot.invitations.views import unsubscribing

app_name = "unsubscribe"
urlpatterns = [
    path("<uuid:organization>/<uuid:delivery>/<str:signature>/", unsubscribing.ask, name="ask"),
]
