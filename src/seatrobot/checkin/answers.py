"""How the door answers a tap: JSON for its script, a message and the page again without one."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.checkin.errors import AlreadyIn, Refused, UnknownGuest
from seatrobot.checkin.sentences import sentence
from seatrobot.events.models import Event
from seatrobot.kernel.principals import Principal
from seatrobot.organizations.pages import MemberRequest


def done(
    request: MemberRequest, event_id: UUID, guests: list[UUID], at: datetime | None
) -> HttpResponse:
    """Say that these guests are in since `at`, or out again."""
    if _by_script(request):
        return JsonResponse({"guests": guests, "at": at})
    messages.success(request, _what_happened(len(guests), at))
    return _back(request, event_id)


def refused(request: MemberRequest, event: Event, refusal: Refused) -> HttpResponse:
    """Say why nothing was changed; problems (RFC 9457) say `at` and `mine` if one was first."""
    said = sentence(refusal, event.zone, request.member.account_id)
    if not _by_script(request):
        messages.warning(request, said)
        return _back(request, event.pk)
    status = 404 if isinstance(refusal, UnknownGuest) else 409
    problem = {"title": type(refusal).__name__, "status": status, "detail": said}
    if isinstance(refusal, AlreadyIn):
        problem |= {"at": refusal.at, "mine": _is_own(refusal, request.member)}
    return JsonResponse(problem, status=status, content_type="application/problem+json")


def _is_own(refusal: AlreadyIn, member: Principal) -> bool:
    return refusal.by is not None and refusal.by == member.account_id


def _what_happened(guests: int, at: datetime | None) -> str:
    if at is None:
        return _("The check-in was taken back.")
    return ngettext("Checked in.", "Checked in %(count)s guests.", guests) % {"count": guests}


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"


def _back(request: MemberRequest, event_id: UUID) -> HttpResponse:
    door = reverse("checkin:door", args=[request.member.organization_id, event_id])
    return redirect(f"{door}?{urlencode({'q': request.POST.get('q', '')})}")
