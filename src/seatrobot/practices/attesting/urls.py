"""Pages of the promises in the staff area."""

from django.urls import path

from seatrobot.practices.attesting import views

app_name = "staff-promises"
urlpatterns = [
    path("", views.promises, name="list"),
    path("<str:promise>/", views.show, name="promise"),
    path("<str:promise>/attest/", views.attest, name="attest"),
    path("<str:promise>/sign/", views.sign, name="sign"),
    path("<str:promise>/sign/options/", views.sign_options, name="sign-options"),
    path("<str:promise>/confirm/<uuid:attestation>/", views.confirm, name="confirm"),
]
