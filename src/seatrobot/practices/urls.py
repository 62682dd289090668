"""Below `/practices/`: what anybody may open."""

from django.urls import path

from seatrobot.practices.contact import views as contact
from seatrobot.practices.formats import views as formats
from seatrobot.practices.formats.documents import DOCUMENTS
from seatrobot.practices.heads import views as heads
from seatrobot.practices.page import views as page
from seatrobot.practices.subscribing import public_views as subscribing

app_name = "practices"
subscription = "subscription/<uuid:subscriber>/<signature>/"
urlpatterns = [
    path("", page.page, name="page"),
    path("changes/", page.changes, name="changes"),
    path("contact/", contact.contact, name="contact"),
    *(path(each.path, formats.document, {"document": each}, each.name) for each in DOCUMENTS),
    *(
        path(f"{each.path}.sig", formats.signature, {"document": each}, f"{each.name}-signature")
        for each in DOCUMENTS
    ),
    path("key", formats.key, name="key"),
    path("head/", heads.head, name="head"),
    path("heads/checkpoint", heads.checkpoint, name="head-checkpoint"),
    path("heads/key", heads.key, name="head-key"),
    path("heads/key/ml-dsa-44", heads.ml_dsa_key, name="head-ml-dsa-key"),
    path("heads/tile/<path:path>", heads.tile, name="head-tile"),
    path("<str:promise>/badge.svg", formats.promise_badge, name="promise-badge"),
    path(
        "<str:promise>/badge.svg.sig",
        formats.promise_badge_signature,
        name="promise-badge-signature",
    ),
    path("subscribe/", subscribing.subscribe, name="subscribe"),
    path("subscribe/<token>/", subscribing.confirm, name="confirm-subscription"),
    path(subscription, subscribing.show, name="subscription"),
    path(f"{subscription}leave/", subscribing.leave, name="unsubscribe"),
    path("<str:promise>/", page.promise, name="promise"),
]
