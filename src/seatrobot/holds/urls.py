"""Pages of holds in the staff area."""

from django.urls import path

from seatrobot.holds import views

app_name = "staff-holds"
urlpatterns = [
    path("", views.holds, name="list"),
    path("open/", views.open_investigation, name="open"),
    path("<uuid:investigation>/close/", views.close, name="close"),
    path("<uuid:investigation>/hold/", views.ask, name="ask"),
    path("hold/<uuid:hold>/renew/", views.renew, name="renew"),
    path("hold/<uuid:hold>/confirm/", views.confirm, name="confirm"),
    path("hold/<uuid:hold>/end/", views.end, name="end"),
]
