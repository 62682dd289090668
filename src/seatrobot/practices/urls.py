"""Pages of the practices that anybody may open."""

from django.urls import path

from seatrobot.practices.subscribing.views import public as subscribing

app_name = "practices"
urlpatterns = [
    path("subscribe/", subscribing.subscribe, name="subscribe"),
    path("subscribe/<token>/", subscribing.confirm, name="confirm-subscription"),
    path("subscription/<uuid:subscriber>/<signature>/", subscribing.show, name="subscription"),
    path(
        "subscription/<uuid:subscriber>/<signature>/leave/", subscribing.leave, name="unsubscribe"
    ),
]
