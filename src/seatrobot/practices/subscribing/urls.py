"""Subscribing, below `/practices/`."""

from django.urls import path

from seatrobot.practices.subscribing import public_views as public

urlpatterns = [
    path("subscribe/", public.subscribe, name="subscribe"),
    path("subscribe/<token>/", public.confirm, name="confirm-subscription"),
    path("subscription/<uuid:subscriber>/<signature>/", public.show, name="subscription"),
    path("subscription/<uuid:subscriber>/<signature>/leave/", public.leave, name="unsubscribe"),
]
