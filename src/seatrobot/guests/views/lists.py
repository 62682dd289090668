"""The guest list and its exports."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from seatrobot.accounts.assurance import fresh_sign_in_required_to_download, releases
from seatrobot.events.models import Event
from seatrobot.events.reading import load_event
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.fields import OpenField
from seatrobot.guests.guest_list import GuestList, OpenGuest, open_list
from seatrobot.guests.places import NOWHERE, Room, rooms_of
from seatrobot.guests.records import LABELS
from seatrobot.guests.searching import PAGE, Listing
from seatrobot.guests.services import exporting
from seatrobot.guests.statuses import REPLY_CHOICES, Status
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.pages import MemberRequest, member_page

MOST_TAGS_OFFERED = 300
MOST_SIMILAR = 10


@require_safe
@member_page(Permission.GUEST_VIEW)
def show_list(request: MemberRequest, event_id: UUID) -> HttpResponse:
    event = load_event(request.member, event_id)
    listing = Listing.read(request.GET)
    guest_list = open_list(request.member, event_id)
    guest_list = guest_list.seated_in(rooms_of(request.member, event_id))
    in_any_status = listing.in_any_status(guest_list)
    found = listing.search.with_status(in_any_status)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    journal.shown(guest.id for guest in page)
    journal.record(
        Action.GUEST_LIST,
        event_id=event_id,
        count=len(found),
        page=page.number,
        filters=listing.filters,
    )
    columns = _columns(request, event_id, guest_list, listing.sort)
    context = {
        **frame(request, event),
        "listing": listing,
        "guest_list": guest_list,
        "page": page,
        "rows": _rows(guest_list, list(page), columns),
        "statuses": _statuses(guest_list, listing, in_any_status),
        "query": listing.query(),
        "similar": _similar(guest_list, listing, found),
        "replies": REPLY_CHOICES,
        "columns": columns,
        "rooms": guest_list.rooms,
        "is_over": event.capacity and guest_list.places_taken > event.capacity,
    }
    if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
        return render(request, "guests/list_results.html", context)
    return render(request, "guests/list.html", context | _controls(guest_list, listing))


@require_safe
@member_page(Permission.GUEST_EXPORT)
@releases(gettext_lazy("the guest list"))
@fresh_sign_in_required_to_download
def export(request: MemberRequest, event_id: UUID, kind: str) -> HttpResponse:
    if kind not in exporting.KINDS:
        raise Http404
    event = load_event(request.member, event_id)
    listing = Listing.read(request.GET)
    data = exporting.export(actor=request.member, event=event, listing=listing, kind=kind)
    name = f"{slugify(event.title) or 'event'}-{slugify(_('guests'))}.{kind}"
    return HttpResponse(
        data,
        content_type=exporting.KINDS[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def frame(request: MemberRequest, event: Event) -> dict[str, Any]:
    """Return what every page of the guest list has."""
    request.event = event  # type: ignore[attr-defined]  # read by web.navigation
    may = request.member.may
    return {
        "event": event,
        "organization": event.organization_id,
        "may_change": may(Permission.GUEST_CHANGE, event.pk),
        "may_import": may(Permission.GUEST_IMPORT, event.pk),
        "may_export": may(Permission.GUEST_EXPORT, event.pk),
    }


def _rows(
    guest_list: GuestList, guests: list[OpenGuest], columns: list[OpenField]
) -> list[dict[str, Any]]:
    ids = [guest.id for guest in guests]
    places = [(room, room.of(ids)) for room in guest_list.rooms]
    return [
        {
            "guest": guest,
            "name": guest_list.name(guest),
            "plain": guest_list.plain_name(guest),
            "party": len(guest_list.together.get(guest.party_id, ())),
            "values": [guest_list.answer(guest, field) for field in columns],
            "places": [
                {"place": at.get(guest.id), "url": room.url_of(guest.id)} for room, at in places
            ],
        }
        for guest in guests
    ]


def _columns(
    request: MemberRequest, event_id: UUID, guest_list: GuestList, sort: str
) -> list[OpenField]:
    """Return the fields that are shown: those chosen in this session, and the one sorted by."""
    name = f"columns:{event_id}"
    if "columns" in request.GET:
        chosen = [key for key in request.GET.getlist("column") if guest_list.field(key)]
        request.session[name] = chosen
    keys = dict.fromkeys([*request.session.get(name, ()), sort])
    return [field for key in keys if (field := guest_list.field(key))]


def _similar(
    guest_list: GuestList, listing: Listing, found: list[OpenGuest]
) -> list[dict[str, Any]]:
    """Return guests whose names are nearly what was typed, beside the few who were found."""
    similar = listing.search.similar(guest_list.by_name, found)[:MOST_SIMILAR]
    journal.shown(guest.id for guest in similar)
    apart = guest_list.told_apart([*similar, *found], with_address=True)
    return [
        {"guest": guest, "name": guest_list.name(guest), "apart": apart.get(guest.id, "")}
        for guest in similar
    ]


def _statuses(
    guest_list: GuestList, listing: Listing, found: list[OpenGuest]
) -> list[dict[str, Any]]:
    """Return the statuses that occur, with the counts that the rest of the filter leaves."""
    counts = Counter(guest.status for guest in found)
    chosen = listing.search.statuses
    return [
        {"status": status, "count": counts[status], "is_chosen": status in chosen}
        for status in Status
        if status in guest_list.counts or status in chosen
    ]


def _controls(guest_list: GuestList, listing: Listing) -> dict[str, Any]:
    search = listing.search
    sorts = [("name", _("Name")), ("status", _("Status")), ("company", str(LABELS["company"]))]
    sorts += [
        ("email", str(LABELS["email"])),
        *((field.key, field.label) for field in guest_list.fields),
        *((room.key, room.title or _("Table")) for room in guest_list.rooms),
    ]
    tags = [
        {
            "tag": tag,
            "count": count,
            "is_with": tag in search.tags,
            "is_without": tag in search.without,
        }
        for tag, count in guest_list.tags[:MOST_TAGS_OFFERED]
    ]
    return {
        "sorts": sorts,
        "tags": tags,
        "tags_chosen": len(search.tags) + len(search.without),
        "tables": _tables(guest_list.rooms),
    }


def _tables(rooms: tuple[Room, ...]) -> list[tuple[str, str]]:
    """Return what the list can be narrowed down to: no table, and every table by its name."""
    if not rooms:
        return []
    every = [
        (str(pk), f"{room.title}: {name}" if room.title else name)
        for room in rooms
        for pk, name in room.tables.items()
    ]
    return [(NOWHERE, _("No table")), *every]
