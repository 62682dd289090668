"""The map of the site. Everything of an organization lives under `/o/<organization>/`."""

from django.urls import include, path

from seatrobot.web import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.health, name="health"),
    # First what is asked for most often: each request walks this list until something fits.
    path("o/<uuid:organization>/events/<uuid:event_id>/door/", include("seatrobot.checkin.urls")),
    path("o/<uuid:organization>/events/<uuid:event_id>/guests/", include("seatrobot.guests.urls")),
    path(
        "o/<uuid:organization>/events/<uuid:event_id>/seating/", include("seatrobot.seating.urls")
    ),
    path(
        "o/<uuid:organization>/events/<uuid:event_id>/activities/<uuid:activity>/seating/",
        include("seatrobot.seating.urls", namespace="activity-seating"),
    ),
    path(
        "o/<uuid:organization>/events/<uuid:event_id>/activities/<uuid:activity>/door/",
        include("seatrobot.checkin.urls", namespace="activity-checkin"),
    ),
    path("practices/", include("seatrobot.practices.urls")),
    path("help/", include("seatrobot.help.urls")),
    path("", include("seatrobot.practices.contact.urls")),
    path("", include("seatrobot.accounts.urls")),
    path("devices/", include("seatrobot.devices.urls")),
    path("staff/devices/", include("seatrobot.devices.staff_urls")),
    path("staff/providers/", include("seatrobot.providers.urls")),
    path("staff/deletions/", include("seatrobot.deletion.staff_urls")),
    path("staff/promises/", include("seatrobot.practices.attesting.urls")),
    path("staff/organizations/", include("seatrobot.organizations.staff_pages")),
    path("staff/grants/", include("seatrobot.grants.staff_pages")),
    path("staff/", include("seatrobot.personnel.urls")),
    path("staff/", include("seatrobot.accounts.staff.urls")),
    path("", include("seatrobot.organizations.urls")),
    path("o/<uuid:organization>/visit/", include("seatrobot.grants.unmask_page")),
    path("", include("seatrobot.grants.urls")),
    path("", include("seatrobot.deletion.urls")),
    path("o/<uuid:organization>/practices/", include("seatrobot.practices.organization_view.urls")),
    path("o/<uuid:organization>/archive/", include("seatrobot.archive.urls")),
    path("o/<uuid:organization>/contacts/", include("seatrobot.contacts.urls")),
    path("o/<uuid:organization>/events/", include("seatrobot.events.urls")),
]

handler400 = "seatrobot.web.errors.bad_request"
handler403 = "seatrobot.web.errors.forbidden"
handler404 = "seatrobot.web.errors.not_found"
handler500 = "seatrobot.web.errors.server_error"
