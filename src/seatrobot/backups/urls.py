"""The page of backups in the staff area."""

from django.urls import path

from seatrobot.backups import views

app_name = "staff-backups"
urlpatterns = [path("", views.backups, name="list")]
