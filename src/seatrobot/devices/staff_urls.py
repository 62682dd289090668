"""Pages of laptops in the staff area."""

from django.urls import path

from seatrobot.devices import download, views

app_name = "staff-devices"
urlpatterns = [
    path("", views.devices, name="list"),
    path("new/", views.new, name="new"),
    path(download.NAME, views.program, name="program"),
    path("<uuid:device>/", views.confirm, name="confirm"),
    path("<uuid:device>/options/", views.confirm_options, name="confirm-options"),
    path("<uuid:device>/remove/", views.remove, name="remove"),
]
