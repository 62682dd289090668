"""Below `/practices/`: each document and, with `.sig` behind its name, its signature."""

from django.urls import path

from seatrobot.practices.formats import views
from seatrobot.practices.formats.documents import DOCUMENTS

urlpatterns = [
    *(path(each.path, views.document, {"document": each}, each.name) for each in DOCUMENTS),
    *(
        path(f"{each.path}.sig", views.signature, {"document": each}, f"{each.name}-signature")
        for each in DOCUMENTS
    ),
    path("key", views.key, name="key"),
    path("<str:promise>/badge.svg", views.promise_badge, name="promise-badge"),
    path(
        "<str:promise>/badge.svg.sig",
        views.promise_badge_signature,
        name="promise-badge-signature",
    ),
]
