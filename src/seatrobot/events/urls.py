from django.urls import path

from seatrobot.events import activities, views

app_name = "events"
urlpatterns = [
    path("", views.event_list, name="list"),
    path("new/", views.new, name="new"),
    path("<uuid:event>/", views.home, name="overview"),
    path("<uuid:event>/settings/", views.edit, name="settings"),
    path("<uuid:event>/activities/", activities.show_all, name="activities"),
    path("<uuid:event>/activities/<uuid:activity>/", activities.change, name="activity"),
    path("<uuid:event>/delete/", views.delete, name="delete"),
]
