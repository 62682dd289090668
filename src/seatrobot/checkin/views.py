"""The door page and what it asks for while people come in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from seatrobot.checkin import answers, finding, reading, services
from seatrobot.checkin.errors import Refused
from seatrobot.checkin.feature import Action, Permission
from seatrobot.events.models import Event
from seatrobot.events.reading import load_event
from seatrobot.guests.directory import open_list
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.pages import MemberRequest, member_page


@require_safe
@member_page(Permission.CHECKIN_USE, in_event=True)
def door(request: MemberRequest, event: UUID) -> HttpResponse:
    """Show the page; with `q`, as a browser without scripts asks, the guests that were found."""
    found = load_event(request.member, event)
    if "q" not in request.GET:
        journal.record(Action.CHECKIN_DOOR_VIEW, event=event)
    context = {
        "section": "door",
        "counts": reading.count(event),
        "least": finding.LEAST_LETTERS,
        **_found(request, found),
    }
    return render(request, "checkin/door.html", context)


@require_safe
@member_page(Permission.CHECKIN_USE, in_event=True)
def search(request: MemberRequest, event: UUID) -> HttpResponse:
    """Show the guests that were found, as a piece of the page."""
    found = load_event(request.member, event)
    return render(request, "checkin/results.html", _found(request, found))


@require_safe
@member_page(Permission.CHECKIN_USE, in_event=True)
def counts(request: MemberRequest, event: UUID) -> HttpResponse:  # noqa: ARG001  the guard reads it
    """Say how many are expected and in; asked every few seconds, so it opens nothing."""
    counted = reading.count(event)
    return JsonResponse({"expected": counted.expected, "arrived": counted.arrived})


@require_POST
@member_page(Permission.CHECKIN_USE, in_event=True)
def check_in(request: MemberRequest, event: UUID) -> HttpResponse:
    guest_id = _identifier(request, "guest")
    try:
        at = services.check_in(actor=request.member, event_id=event, guest_id=guest_id)
    except Refused as refusal:
        return _refused(request, event, refusal)
    return answers.done(request, event, [guest_id], at)


@require_POST
@member_page(Permission.CHECKIN_USE, in_event=True)
def check_in_party(request: MemberRequest, event: UUID) -> HttpResponse:
    party_id = _identifier(request, "party")
    try:
        at, guests = services.check_in_party(
            actor=request.member, event_id=event, party_id=party_id
        )
    except Refused as refusal:
        return _refused(request, event, refusal)
    return answers.done(request, event, guests, at)


@require_POST
@member_page(Permission.CHECKIN_USE, in_event=True)
def undo(request: MemberRequest, event: UUID) -> HttpResponse:
    guest_id = _identifier(request, "guest")
    try:
        services.undo(actor=request.member, event_id=event, guest_id=guest_id)
    except Refused as refusal:
        return _refused(request, event, refusal)
    return answers.done(request, event, [guest_id], None)


def _found(request: MemberRequest, event: Event) -> dict[str, Any]:
    text = request.GET.get("q", "")[: finding.LONGEST_TEXT].strip()
    missing = max(finding.LEAST_LETTERS - finding.letters(text), 0)
    context: dict[str, Any] = {"event": event, "q": text, "missing": missing}
    if missing:
        return context
    directory = open_list(request.member, event.pk, Permission.CHECKIN_USE)
    found = finding.find(directory, text)
    journal.record(Action.CHECKIN_GUEST_SEARCH, event=event.pk, text=text, guests=found.total)
    parties = reading.parties_of(directory, found.hits)
    return {**context, "found": found, "parties": parties, "zone": event.zone}


def _refused(request: MemberRequest, event_id: UUID, refusal: Refused) -> HttpResponse:
    return answers.refused(request, load_event(request.member, event_id), refusal)


def _identifier(request: MemberRequest, name: str) -> UUID:
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        raise Http404 from None
