from django.urls import path

from seatrobot.events import activities, views

app_name = "events"
urlpatterns = [
    path("", views.event_list, name="list"),
    path("new/", views.new, name="new"),
    path("<uuid:event_id>/", views.home, name="overview"),
    path("<uuid:event_id>/settings/", views.edit, name="settings"),
    path("<uuid:event_id>/activities/", activities.show_all, name="activities"),
    path("<uuid:event_id>/activities/<uuid:activity>/", activities.change, name="activity"),
    path("<uuid:event_id>/deletion-day/", views.deletion_day, name="deletion-day"),
    path("<uuid:event_id>/delete/", views.delete, name="delete"),
]
