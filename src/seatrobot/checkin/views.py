"""The door page and what it asks for while people come in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from seatrobot.checkin import reading, rows, services, text
from seatrobot.checkin.feature import Action, Permission
from seatrobot.checkin.services import CheckInResult, DoorRequest
from seatrobot.events.models import Activity
from seatrobot.events.reading import activities, load_activity
from seatrobot.guests.feature import Permission as GuestPermission
from seatrobot.guests.guest_list import open_list
from seatrobot.guests.records import GuestRecord
from seatrobot.kernel import acting, answers
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import fresh_id, given_id, new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.refusal import Refused
from seatrobot.normalizing import clean_line
from seatrobot.organizations.pages import MemberRequest, member_page

LONGEST_DOOR = 40
FARTHEST_CLOCK = timedelta(days=7)
"""How far a device's time may be from the server's: a tap can wait for the network."""
_PAGES = {"door": "door", "search": "search", "counts": "counts", "guest": "check-in"}
_TAPS = {"party": "check-in-party", "undo": "undo"}
_ADMITTING = {"admit": "admit", "walk_in": "walk-in"}
"""What the templates call the pages of a door.

The second ones stand in the rows of guests, the third are for whoever may let in anybody.
"""
MOST_UNDONE = 200


@require_safe
@member_page(Permission.CHECKIN_USE, in_event=True)
def door(request: MemberRequest, event_id: UUID, activity: UUID | None = None) -> HttpResponse:
    """Show the page; with `q`, as a browser without scripts asks, the guests that were found."""
    here = load_activity(request.member, event_id, activity)
    if "q" not in request.GET:
        journal.record(Action.CHECKIN_DOOR_VIEW, event_id=event_id)
    since = now()
    context = {
        "section": "door",
        "since": since.isoformat(),
        "new_guest": new_id(),
        "counts": reading.count(event_id, activity),
        "least": reading.LEAST_LETTERS,
        "longest_door": LONGEST_DOOR,
        "tabs": _tabs(here),
        **_found(request, here, _TAPS | _PAGES),
    }
    return render(request, "checkin/door.html", context)


@require_safe
@member_page(Permission.CHECKIN_USE, in_event=True)
def search(request: MemberRequest, event_id: UUID, activity: UUID | None = None) -> HttpResponse:
    """Show the guests that were found, as a piece of the page."""
    here = load_activity(request.member, event_id, activity)
    return HttpResponse(render_to_string("checkin/results.html", _found(request, here)))


@require_safe
@member_page(Permission.CHECKIN_USE, in_event=True)
def counts(request: MemberRequest, event_id: UUID, activity: UUID | None = None) -> HttpResponse:
    """Say how many are expected and in; asked all the time, so it opens nothing.

    since: a moment that an earlier answer told; who came in or was taken back meanwhile is said.
    """
    moment = now()
    counted = reading.count(event_id, activity)
    answer: dict[str, Any] = {"expected": counted.expected, "arrived": counted.arrived}
    if since := _moment(request.GET.get("since", "")):
        answer["changes"] = reading.changes(event_id, activity, since)
        answer["since"] = moment
    return JsonResponse(answer)


@require_POST
@member_page(Permission.CHECKIN_USE, in_event=True)
def check_in(request: MemberRequest, event_id: UUID, activity: UUID | None = None) -> HttpResponse:
    guest_id = _identifier(request, "guest")
    tap = _tap(request, activity)
    return _answer(
        request,
        lambda: services.check_in(
            actor=request.member, event_id=event_id, guest_id=guest_id, tap=tap
        ),
    )


@require_POST
@member_page(Permission.CHECKIN_USE, in_event=True)
def check_in_party(
    request: MemberRequest, event_id: UUID, activity: UUID | None = None
) -> HttpResponse:
    party_id = _identifier(request, "party")
    tap = _tap(request, activity)
    return _answer(
        request,
        lambda: services.check_in_party(
            actor=request.member, event_id=event_id, party_id=party_id, tap=tap
        ),
    )


@require_POST
@member_page(Permission.CHECKIN_ADMIT, in_event=True)
def admit(request: MemberRequest, event_id: UUID, activity: UUID | None = None) -> HttpResponse:
    """Let a guest in who is not expected, with a note that says why."""
    guest_id = _identifier(request, "guest")
    tap = _tap(request, activity)
    note = request.POST.get("note") or request.POST.get(f"note_{guest_id}", "")
    return _answer(
        request,
        _whole(
            lambda: services.admit(
                actor=request.member,
                event_id=event_id,
                guest_id=guest_id,
                note=note,
                tap=tap,
                overbook=bool(request.POST.get("overbook")),
            )
        ),
    )


@require_POST
@member_page(Permission.CHECKIN_ADMIT, in_event=True)
def walk_in(request: MemberRequest, event_id: UUID, activity: UUID | None = None) -> HttpResponse:
    """Add somebody who stands at the door and is not on the list, and let them in."""
    try:
        guest_id = fresh_id(request.POST.get("new_guest", ""))
    except ValueError:
        raise Http404 from None
    tap = _tap(request, activity)
    typed = {
        name: clean_line(request.POST.get(name, ""))
        for name in ("first_name", "last_name", "company")
    }
    return _answer(
        request,
        _whole(
            lambda: services.walk_in(
                actor=request.member,
                event_id=event_id,
                record=GuestRecord(**typed),
                guest_id=guest_id,
                tap=tap,
                overbook=bool(request.POST.get("overbook")),
                is_another=bool(request.POST.get("another")),
            )
        ),
    )


@require_POST
@member_page(Permission.CHECKIN_USE, in_event=True)
def undo(request: MemberRequest, event_id: UUID, activity: UUID | None = None) -> HttpResponse:
    """Take a check-in back, or those of guests who were let in together."""
    guest_ids = _identifiers(request, "guest")
    who = {"actor": request.member, "event_id": event_id, "activity_id": activity}
    if len(guest_ids) > 1:
        return _answer(request, lambda: services.undo_party(guest_ids=guest_ids, **who))
    return _answer(request, lambda: services.undo(guest_id=guest_ids[0], **who))


def _answer(request: MemberRequest, act: Callable[[], CheckInResult]) -> HttpResponse:
    """Do what was tapped; answer the script in JSON, a browser without one with the page again."""
    try:
        done = act()
    except Refused as refusal:
        if answers.by_script(request):
            return answers.refused(request, refusal)
        messages.warning(request, refusal.sentence)
        return _back(request)
    if answers.by_script(request):
        return JsonResponse({"guests": done.guests, "at": done.at})
    count = len(done.guests)
    said = text.checked_in(count) if done.at else text.taken_back(count)
    messages.success(request, said)
    return _back(request)


def _whole(act: Callable[[], CheckInResult]) -> Callable[[], CheckInResult]:
    """Let what a refused service had written be undone; a check-in has written nothing by then."""

    def acted() -> CheckInResult:
        with acting.savepoint():
            return act()

    return acted


def _found(
    request: MemberRequest, here: Activity, urls: Mapping[str, str] = _TAPS
) -> dict[str, Any]:
    typed = request.GET.get("q", "")[: reading.LONGEST_TEXT].strip()
    missing = max(reading.LEAST_LETTERS - reading.letters(typed), 0)
    if request.member.may(Permission.CHECKIN_ADMIT, here.event_id):
        urls = {**urls, **_ADMITTING}
    context: dict[str, Any] = {
        "event": here.event,
        "urls": {name: _address(here, verb) for name, verb in urls.items()},
        "q": typed,
        "missing": missing,
    }
    if not typed:
        return context
    guests = open_list(request.member, here.event_id, Permission.CHECKIN_USE)
    sees_company = request.member.may(GuestPermission.GUEST_VIEW, here.event_id)
    found = reading.find(guests, typed, by_company=sees_company)
    if missing and not found.total:
        return context
    context["missing"] = 0
    journal.record(Action.CHECKIN_GUEST_SEARCH, event_id=here.event_id, guests=found.total)
    parties = reading.parties_of(guests, found.hits, here)
    journal.shown(guest.id for party in parties for guest in party.guests)
    return {**context, "found": found, "rows": rows.draw(parties, context["urls"])}


def _tabs(here: Activity) -> list[dict[str, Any]]:
    """Return the doors of an event with several activities; nothing as long as there is one."""
    every = activities(here.event_id)
    if len(every) == 1:
        return []
    return [
        {
            "label": activity.sealed.title or here.event.title,
            "url": _address(activity, "door"),
            "active": activity.pk == here.pk,
        }
        for activity in every
    ]


def _address(activity: Activity, name: str) -> str:
    where = [activity.organization_id, activity.event_id]
    if activity.position == 0:
        return reverse(f"checkin:{name}", args=where)
    return reverse(f"activity-checkin:{name}", args=[*where, activity.pk])


def _back(request: MemberRequest) -> HttpResponse:
    match = request.resolver_match
    assert match is not None
    door = reverse(f"{match.namespace}:door", kwargs=match.kwargs)
    return redirect(f"{door}?{urlencode({'q': request.POST.get('q', '')})}")


def _tap(request: MemberRequest, activity_id: UUID | None) -> DoorRequest:
    """Read what the device says of a tap; a browser without scripts says nothing."""
    said = request.POST.get("door", "")
    return DoorRequest(
        id=_identifier(request, "tap") if "tap" in request.POST else new_id(),
        activity_id=activity_id,
        door="".join(sign for sign in said if sign.isprintable()).strip()[:LONGEST_DOOR],
        device_at=_moment(request.POST.get("at", "")),
    )


def _moment(said: str) -> datetime | None:
    """Return a time with its zone as a device writes it; None for anything else.

    A time that is not near the present is none either: the device's clock is wrong.
    """
    try:
        moment = datetime.fromisoformat(said)
        if moment.tzinfo is None:
            return None
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if abs(moment - now()) <= FARTHEST_CLOCK else None


def _identifiers(request: MemberRequest, name: str) -> list[UUID]:
    """Return what a form names, one or several."""
    try:
        found = [UUID(value) for value in request.POST.getlist(name)[:MOST_UNDONE]]
    except ValueError:
        raise Http404 from None
    if not found:
        raise Http404
    return found


def _identifier(request: MemberRequest, name: str) -> UUID:
    try:
        return given_id(request.POST.get(name, ""))
    except ValueError:
        raise Http404 from None
