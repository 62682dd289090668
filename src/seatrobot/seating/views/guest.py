"""One guest's seat, changed from the list or the guest's page, and what a plan's card shows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from seatrobot.guests.feature import Action as GuestAction
from seatrobot.guests.feature import Permission as GuestPermission
from seatrobot.guests.guest_list import open_list
from seatrobot.kernel import acting
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.seating import plan as plans
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.plan import View
from seatrobot.seating.services import moves
from seatrobot.seating.services.moves import MustBroken, Party, PartySplit
from seatrobot.seating.views.changes import answer
from seatrobot.seating.views.plan import page

NOWHERE = "none"


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.SEATING_CHANGE)
def guest(
    request: MemberRequest, event_id: UUID, guest: UUID, activity: UUID | None = None
) -> HttpResponse:
    """Show where a guest sits, and seat them at the table named in the form."""
    view = plans.load(request.member, event_id, activity)
    if guest not in view.guests.guests:
        raise Http404
    question: Refused | None = None
    table = request.POST.get("table", "")
    if request.method == "POST":
        try:
            with acting.savepoint():
                _seat(request, view, guest, table)
        except Refused as refusal:
            question = refusal
        else:
            messages.success(request, _("%(name)s has a new place.") % {"name": view.name(guest)})
            return redirect("guests:guest", view.activity.organization_id, event_id, guest)
    else:
        journal.record(Action.SEATING_VIEW, event_id=event_id, subject_id=guest)
    context = _context(request, view, guest, chosen=table, question=question)
    return render(request, "seating/guest.html", context, status=422 if question else 200)


@require_safe
@member_page(Permission.SEATING_VIEW)
def card(
    request: MemberRequest, event_id: UUID, guest: UUID, activity: UUID | None = None
) -> HttpResponse:
    """Return what the plan's card shows of one guest besides the name.

    Notes, and answers with special categories of data, are there only for whoever may see guests
    and holds the keys of that class.
    """
    plans.load(request.member, event_id, activity)
    if not request.member.may(GuestPermission.GUEST_VIEW, event_id):
        return answer({"url": None, "facts": []})
    shown = open_list(request.member, event_id)
    person = shown.guests.get(guest)
    if person is None:
        raise Http404
    journal.record(GuestAction.GUEST_VIEW, event_id=event_id, subject_id=guest)
    facts = [
        {"key": field.key, "label": field.label, "text": text}
        for field in shown.fields
        if (text := shown.answer(person, field))
    ]
    notes = {"key": "notes", "label": _("Notes"), "text": person.record.notes}
    company = {"key": "company", "label": _("Company"), "text": person.record.company}
    url = reverse("guests:guest", args=[request.member.organization_id, event_id, guest])
    every = [company, *facts, notes]
    return answer({"url": url, "facts": [fact for fact in every if fact["text"]]})


def _seat(request: MemberRequest, view: View, guest: UUID, table: str) -> None:
    place = {"actor": request.member, "activity": view.activity}
    if table == NOWHERE:
        moves.unseat(**place, guest_ids=[guest])
        return
    try:
        table_id = UUID(table)
    except ValueError as error:
        raise Refused(_("Choose a table."), field="table") from error
    party = request.POST.get("party", "")
    moves.place(
        **place,
        guest_id=guest,
        table_id=table_id,
        party=Party(party) if party in set(Party) else Party.ASK,
        despite="despite" in request.POST,
    )


def _context(
    request: MemberRequest, view: View, guest: UUID, *, chosen: str, question: Refused | None
) -> dict[str, Any]:
    seat = view.floor.seats.get(guest)
    tables = [
        {
            "table": table,
            "free": len(view.floor.free_seats(table)),
            "is_chosen": str(table.pk) == chosen if chosen else bool(seat and seat.table == pk),
        }
        for pk, table in view.floor.tables.items()
    ]
    party = [g for g in view.parties.get(view.guests.guests[guest].party_id, ()) if g.id != guest]
    return {
        **page(request, view, "plan"),
        "guest": guest,
        "name": view.name(guest),
        "seat": seat,
        "table": view.floor.tables[seat.table] if seat else None,
        "tables": tables,
        "with": view.words.names(other.id for other in party),
        "question": question,
        "asks_party": isinstance(question, PartySplit),
        "asks_must": isinstance(question, MustBroken),
        "party_choice": request.POST.get("party", ""),
    }
