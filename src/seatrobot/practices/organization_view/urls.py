"""Pages of the practices under an organization's own address."""

from django.urls import path

from seatrobot.practices.organization_view import views
from seatrobot.practices.subscribing import organization_views as subscribing

app_name = "organization-practices"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("exports/", views.records, {"kind": "exports"}, name="exports"),
    path("deletions/", views.records, {"kind": "deletions"}, name="deletions"),
    path("staff/", views.records, {"kind": "staff"}, name="staff"),
    path("notices/", subscribing.show, name="notices"),
    path("notices/mail/", subscribing.mail_me, name="mail-me"),
    path("notices/webhooks/add/", subscribing.add, name="add-webhook"),
    path("notices/webhooks/<uuid:hook>/test/", subscribing.test, name="test-webhook"),
    path("notices/webhooks/<uuid:hook>/remove/", subscribing.remove, name="remove-webhook"),
]
