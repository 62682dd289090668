"""What laptops send, without a session: small, counted by network, and signed.

A message that its key did not sign leaves nothing in the database but the count of its network.
"""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from seatrobot.accounts import limits
from seatrobot.agent import protocol
from seatrobot.devices import judging, nonces, services, signatures
from seatrobot.devices.services import NoReport
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.outside import NotReadable, read_json
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.routes import Audience, open_to

SCOPE = "devices"


class Sent(msgspec.Struct):
    """The body of a request: the text that was signed, and its signature."""

    message: str
    signature: str


@open_to(Audience.EVERYBODY)
@require_safe
def nonce(_request: HttpRequest, device: UUID) -> JsonResponse:
    return JsonResponse({"nonce": nonces.new(device)})


@open_to(Audience.EVERYBODY)
@csrf_exempt  # a program posts here, which has no cookie; the token is the secret
@require_POST
def enrol(request: HttpRequest) -> HttpResponse:
    limit = limits.per_ip(SCOPE, request)
    if wait := limits.count_attempt(limit):
        return _wait(wait)
    try:
        sent = _sent(request)
        with acting(Actor.link("device-token")):
            row = services.enrol(text=sent.message, signature=sent.signature)
            answer = {
                "device": str(row.pk),
                "fingerprint": signatures.fingerprint(row.sealed.key),
                "confirm": f"{settings.BASE_URL}{reverse('staff-devices:confirm', args=[row.pk])}",
            }
    except Refused as refusal:
        return _refused(refusal)
    limits.refund(limit)
    return JsonResponse(answer)


@open_to(Audience.EVERYBODY)
@csrf_exempt  # a program posts here, which has no cookie; the message is signed
@require_POST
def report(request: HttpRequest) -> HttpResponse:
    limit = limits.per_ip(SCOPE, request)
    if wait := limits.count_attempt(limit):
        return _wait(wait)
    try:
        sent = _sent(request)
        with acting(Actor.system("devices")):
            verdict = services.receive(text=sent.message, signature=sent.signature)
    except Refused as refusal:
        return _refused(refusal)
    limits.refund(limit)
    problems = [judging.explain(code) for code in verdict.problems]
    told = [{"sentence": each.sentence, "what_to_do": each.what_to_do} for each in problems]
    summary = _("This laptop is in posture.") if not told else _("Something must be put right:")
    status = HTTPStatus.CONFLICT if verdict.is_copy else HTTPStatus.OK
    detail = " ".join(each.sentence for each in problems)
    answer = {"summary": summary, "problems": told, "detail": detail}
    return JsonResponse(answer, status=status)


def _sent(request: HttpRequest) -> Sent:
    """Return what was sent; raise NoReport for what is too large or has another form."""
    body = request.body
    if len(body) <= protocol.MOST_BYTES:
        try:
            return read_json(body, Sent)
        except NotReadable:
            pass
    raise NoReport


def _wait(seconds: int) -> HttpResponse:
    answer = JsonResponse(
        {"detail": _("Too many tries from this network: wait.")},
        status=HTTPStatus.TOO_MANY_REQUESTS,
    )
    answer["Retry-After"] = str(seconds)
    return answer


def _refused(refusal: Refused) -> HttpResponse:
    return JsonResponse(
        {"detail": refusal.sentence, **refusal.facts},
        status=refusal.status,
        content_type="application/problem+json",
    )
