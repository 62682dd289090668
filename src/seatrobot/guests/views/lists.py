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
from django.views.decorators.http import require_safe

from seatrobot.accounts.assurance import fresh_sign_in_required_to_download
from seatrobot.events.loaders import load_event
from seatrobot.events.models import Event
from seatrobot.guests.directory import Directory, open_list
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.listing import PAGE, Listing
from seatrobot.guests.opened import OpenGuest
from seatrobot.guests.records import LABELS
from seatrobot.guests.services import exporting
from seatrobot.guests.statuses import Status
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.pages import MemberRequest, member_page

MOST_TAGS_OFFERED = 300


@require_safe
@member_page(Permission.GUEST_VIEW)
def guest_list(request: MemberRequest, event: UUID) -> HttpResponse:
    row = load_event(request.member, event)
    listing = Listing.read(request.GET)
    directory = open_list(request.member, event)
    in_any_status = listing.in_any_status(directory)
    found = listing.search.with_status(in_any_status)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    journal.record(
        Action.GUEST_LIST,
        event=event,
        count=len(found),
        page=page.number,
        search=listing.query(),
    )
    context = {
        **frame(request, row),
        "listing": listing,
        "directory": directory,
        "page": page,
        "rows": [_shown(directory, guest, listing.sort) for guest in page],
        "statuses": _statuses(directory, listing, in_any_status),
        "query": listing.query(),
        "all_statuses": list(Status),
        "is_over": bool(row.capacity) and directory.places_taken > row.capacity,
    }
    if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
        return render(request, "guests/list_results.html", context)
    return render(request, "guests/list.html", context | _controls(directory, listing))


@require_safe
@member_page(Permission.GUEST_EXPORT)
@fresh_sign_in_required_to_download
def export(request: MemberRequest, event: UUID, kind: str) -> HttpResponse:
    if kind not in exporting.KINDS:
        raise Http404
    row = load_event(request.member, event)
    listing = Listing.read(request.GET)
    data = exporting.export(actor=request.member, event=row, listing=listing, kind=kind)
    name = f"{slugify(row.title) or 'event'}-{slugify(_('guests'))}.{kind}"
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


def _shown(directory: Directory, guest: OpenGuest, sort: str) -> dict[str, Any]:
    party = directory.parties.get(guest.party_id, ())
    return {
        "guest": guest,
        "name": directory.name(guest),
        "plain": directory.plain_name(guest),
        "party": len(party),
        "value": guest.record.extra.get(sort, ""),
    }


def _statuses(
    directory: Directory, listing: Listing, found: list[OpenGuest]
) -> list[dict[str, Any]]:
    """Return the statuses that occur, with the counts that the rest of the filter leaves."""
    counts = Counter(guest.status for guest in found)
    chosen = listing.search.statuses
    return [
        {"status": status, "count": counts[status], "is_chosen": status in chosen}
        for status in Status
        if status in directory.counts or status in chosen
    ]


def _controls(directory: Directory, listing: Listing) -> dict[str, Any]:
    search = listing.search
    sorts = [("name", _("Name")), ("status", _("Status")), ("company", str(LABELS["company"]))]
    sorts += [("email", str(LABELS["email"])), *((name, name) for name in directory.columns)]
    tags = [
        {
            "tag": tag,
            "count": count,
            "is_with": tag in search.tags,
            "is_without": tag in search.without,
        }
        for tag, count in directory.tags[:MOST_TAGS_OFFERED]
    ]
    return {"sorts": sorts, "tags": tags, "tags_chosen": len(search.tags) + len(search.without)}
