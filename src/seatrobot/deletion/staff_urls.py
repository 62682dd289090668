"""The page of late deletions in the staff area."""

from django.urls import path

from seatrobot.deletion import views

app_name = "staff-deletions"
urlpatterns = [path("", views.late, name="list")]
