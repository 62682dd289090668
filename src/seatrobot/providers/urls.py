"""Pages of providers in the staff area."""

from django.urls import path

from seatrobot.providers import views

app_name = "staff-providers"
urlpatterns = [
    path("", views.providers, name="list"),
    path("add/", views.add, name="add"),
    path("<uuid:provider>/", views.show, name="provider"),
    path("<uuid:provider>/record/", views.record, name="record"),
    path("<uuid:provider>/end/", views.end, name="end"),
    path("<uuid:provider>/<uuid:certificate>/drop/", views.drop, name="drop"),
]
