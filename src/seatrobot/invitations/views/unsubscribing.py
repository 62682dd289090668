"""Unsubscribing by the link of a message. GET changes nothing: mail scanners follow every link."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from seatrobot.invitations import sending, tokens
from seatrobot.invitations.models import Delivery
from seatrobot.invitations.services import suppressing
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.refusal import LinkDead
from seatrobot.kernel.routes import Audience, open_to
from seatrobot.kernel.vault.errors import KeysUnavailable

ONE_CLICK = ("List-Unsubscribe", "One-Click")
"""What a mail program posts (RFC 8058)."""
WORDS = {"all": True, "event": False}


@open_to(Audience.LINK)
@csrf_exempt  # a mail program posts here (RFC 8058); the address itself is the secret
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, organization: UUID, delivery: UUID, signature: str) -> HttpResponse:
    """Ask, and on a POST unsubscribe: without cookies, without a redirect."""
    if not tokens.is_signed(organization, delivery, signature):
        raise LinkDead
    try:
        with acting(Actor.link("unsubscribe", delivery), organization):
            return _answer(request, _find(delivery))
    except KeysUnavailable:
        raise LinkDead from None


def _answer(request: HttpRequest, delivery: Delivery) -> HttpResponse:
    context: dict[str, object] = {
        "address": delivery.sealed.to,
        "organization": sending.organization_name(delivery.organization_id),
        "event": suppressing.event_title(delivery),
    }
    if request.method != "POST":
        context["is_off"] = suppressing.is_suppressed(delivery)
        return render(request, "invitations/unsubscribe.html", context)
    said = request.POST.get("do", "")
    if request.POST.get(ONE_CLICK[0]) == ONE_CLICK[1]:
        said = "all"
    if said == "again":
        suppressing.subscribe_again(delivery=delivery)
        return render(request, "invitations/subscribed.html", context)
    if said not in WORDS:
        return HttpResponseBadRequest(_("Say what you want no more mail about."))
    suppressing.unsubscribe(delivery=delivery, whole=WORDS[said])
    context["whole"] = WORDS[said]
    return render(request, "invitations/unsubscribed.html", context)


def _find(delivery_id: UUID) -> Delivery:
    row = Delivery.objects.filter(pk=delivery_id).first()
    if row is None:
        raise LinkDead
    return row
