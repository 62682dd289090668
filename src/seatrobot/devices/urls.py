"""Where laptops enrol and report: below `/devices/`, without a session."""

from django.urls import path

from seatrobot.devices import endpoints

app_name = "devices"
urlpatterns = [
    path("nonce/<uuid:device>/", endpoints.nonce, name="nonce"),
    path("enrol/", endpoints.enrol, name="enrol"),
    path("report/", endpoints.report, name="report"),
]
