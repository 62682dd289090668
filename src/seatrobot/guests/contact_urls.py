"""What guests add to the pages of contacts, under the same address."""

from django.urls import path

from seatrobot.guests.views import contact_imports, contacts

app_name = "contact-guests"
urlpatterns = [
    path("import/", contact_imports.upload, name="import"),
    path("import/<uuid:upload>/", contact_imports.check, name="import-check"),
    path("import/<uuid:upload>/run/", contact_imports.run, name="import-run"),
    path("import/<uuid:upload>/progress/", contact_imports.watch, name="import-progress"),
    path("import/<uuid:upload>/discard/", contact_imports.discard, name="import-discard"),
    path("invite/", contacts.invite, name="invite"),
]
