"""One guest: seen, changed, joined with others, removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.contacts import attendance
from seatrobot.contacts.feature import Permission as ContactPermission
from seatrobot.contacts.services import load_contact
from seatrobot.deletion.feature import Permission as DeletionPermission
from seatrobot.events.models import Event
from seatrobot.events.reading import load_event
from seatrobot.guests.capacity import CapacityExceeded
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.forms import GuestForm, PartyForm, PlusOneForm
from seatrobot.guests.guest_list import GuestList, OpenGuest, display_name, open_list
from seatrobot.guests.importing.matching import namesakes, words_key
from seatrobot.guests.models import Guest, Party
from seatrobot.guests.places import rooms_of
from seatrobot.guests.reading import load_guest, load_party, others_with_address
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.searching import Search
from seatrobot.guests.services import bulk, contacts, editing, parties
from seatrobot.guests.statuses import CONFIRMED, HELD, REPLY_CHOICES, Delivery, Reply
from seatrobot.guests.views.lists import frame
from seatrobot.kernel import acting
from seatrobot.kernel.answers import add_error, attempt, form_page
from seatrobot.kernel.ids import is_uuid
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.reading import seen_by
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations.feature import Action as OrganizationAction
from seatrobot.organizations.feature import Permission as OrganizationPermission
from seatrobot.organizations.log.entries import fold, lines_of
from seatrobot.organizations.pages import MemberRequest, member_page

UNPROCESSABLE = 422
MOST_OFFERED = 6
HISTORY = 50


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.GUEST_CHANGE)
def add(request: MemberRequest, event_id: UUID) -> HttpResponse:
    event = load_event(request.member, event_id)
    guest_list = open_list(request.member, event_id)
    form = GuestForm(request.POST or None, guest_list=guest_list, record=GuestRecord())

    def act() -> Guest:
        return editing.add(
            actor=request.member,
            event=event,
            record=form.record,
            facts=form.facts,
            guest_id=form.new_id,
            overbook=form.cleaned_data["overbook"],
        )

    def done(guest: Guest) -> HttpResponse:
        messages.success(request, _("%(name)s is on the list.") % {"name": display_name(guest)})
        _warn_of_namesakes(request, guest_list, guest)
        return _warn_and_show(request, guest)

    return form_page(
        request,
        form,
        act=_noting_full(form, act),
        done=done,
        template="guests/add.html",
        context={**frame(request, event), "guest_list": guest_list},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.GUEST_VIEW)
def show(request: MemberRequest, event_id: UUID, guest: UUID) -> HttpResponse:
    person = load_guest(request.member, event_id, guest)
    if request.method == "POST":
        request.member.require(Permission.GUEST_CHANGE, event_id)
    guest_list = open_list(request.member, event_id)
    form = GuestForm(
        request.POST if request.method == "POST" else None,
        guest_list=guest_list,
        record=guest_list.guests[guest].record,
        facts=person.facts,
        seen=person.changed_at,
    )

    def act() -> None:
        editing.change(
            actor=request.member,
            guest=person,
            record=form.record,
            reply=form.chosen_reply,
            held=form.chosen_held,
            seen=form.seen_at or person.created_at,
            overbook=form.cleaned_data["overbook"],
            plus_ones=form.cleaned_data["plus_ones"],
        )

    def done(_result: object) -> HttpResponse:
        person.sealed = form.record
        if words_key(guest_list.guests[guest].record) != words_key(form.record):
            _warn_of_namesakes(request, guest_list, person)
        messages.success(request, _("%(name)s is saved.") % {"name": display_name(person)})
        return _warn_and_show(request, person)

    journal.record(Action.GUEST_VIEW, event_id=event_id, subject_id=guest)
    return form_page(
        request,
        form,
        act=_noting_full(form, act),
        done=done,
        current=lambda: _form_of(request, load_guest(request.member, event_id, guest)),
        template="guests/guest.html",
        context=lambda: _context(request, person, guest_list),
    )


@require_POST
@member_page(Permission.GUEST_CHANGE)
def remove(request: MemberRequest, event_id: UUID, guest: UUID) -> HttpResponse:
    person = load_guest(request.member, event_id, guest)
    name = display_name(person)
    bulk.remove(actor=request.member, event=person.event, ids=[guest])
    messages.success(request, _("%(name)s is removed from the list.") % {"name": name})
    return redirect("guests:list", person.organization_id, event_id)


@require_POST
@member_page(Permission.GUEST_CHANGE)
def plus_one(request: MemberRequest, event_id: UUID, guest: UUID) -> HttpResponse:
    host = load_guest(request.member, event_id, guest)
    guest_list = open_list(request.member, event_id)
    form = PlusOneForm(request.POST, auto_id="plus_one_%s")
    if form.is_valid():
        record = form.record
        is_named = bool(record.first_name or record.last_name)
        try:
            with acting.savepoint():
                added = editing.add_plus_one(
                    actor=request.member,
                    host=host,
                    record=record,
                    facts=CONFIRMED._replace(reply=Reply(host.reply))
                    if is_named and host.reply != Reply.WITHDRAWN
                    else HELD,
                    guest_id=form.cleaned_data["guest_id"],
                    overbook=form.cleaned_data["overbook"],
                )
        except Refused as refusal:
            add_error(form, refusal)
            form.is_full = isinstance(refusal, CapacityExceeded)
        else:
            said = (
                _("%(name)s comes with %(host)s.")
                if is_named
                else _("A place is held for a guest of %(host)s.")
            )
            messages.success(request, said % {"name": record.full_name, "host": display_name(host)})
            _warn_of_namesakes(request, guest_list, added)
            _warn_of_address(request, added)
            return _to_guest(host)
    return _page_with(request, host, plus_one_form=form)


@require_POST
@member_page(Permission.GUEST_CHANGE)
def together(request: MemberRequest, event_id: UUID, guest: UUID) -> HttpResponse:
    """Put a guest together with somebody, or take them out of their party."""
    person = load_guest(request.member, event_id, guest)
    if request.POST.get("do") == "leave":
        parties.leave(actor=request.member, guest=person)
        messages.success(request, _("%(name)s comes alone now.") % {"name": display_name(person)})
        return _to_guest(person)
    try:
        other = load_guest(request.member, event_id, UUID(request.POST.get("other", "")))
    except ValueError:
        messages.error(request, _("Choose whom this guest comes with."))
        return _to_guest(person)
    parties.join(actor=request.member, guest=person, other=other)
    said = _("%(name)s and %(other)s come together now.")
    messages.success(request, said % {"name": display_name(person), "other": display_name(other)})
    return _to_guest(person)


@require_POST
@member_page(Permission.GUEST_CHANGE)
def party(request: MemberRequest, event_id: UUID, guest: UUID) -> HttpResponse:
    """Change what the invitation of a guest's party says."""
    person = load_guest(request.member, event_id, guest)
    row, version = load_party(request.member, event_id, person.party_id)
    form = PartyForm(request.POST, event=person.event, party=row, seen=version)

    def act() -> bool:
        parties.change(
            actor=request.member, party=row, facts=form.facts, seen=form.cleaned_data["seen"]
        )
        return True

    def current() -> PartyForm:
        now, newest = load_party(request.member, event_id, person.party_id)
        return PartyForm(event=person.event, party=now, seen=newest)

    if form.is_valid() and attempt(form, act, current=current):
        messages.success(request, _("The party is saved."))
        return _to_guest(person)
    return _page_with(request, person, party_form=form)


@require_POST
@member_page(Permission.GUEST_CHANGE)
def arrival(request: MemberRequest, event_id: UUID, guest: UUID) -> HttpResponse:
    """Note that a guest has arrived, or take that back."""
    person = load_guest(request.member, event_id, guest)
    if request.POST.get("do") == "take-back":
        bulk.take_back(actor=request.member, event=person.event, ids=[guest])
        said = _("%(name)s has not arrived.")
    else:
        overbook = bool(request.POST.get("overbook"))
        bulk.check_in(actor=request.member, event=person.event, ids=[guest], overbook=overbook)
        said = _("%(name)s has arrived.")
    messages.success(request, said % {"name": display_name(person)})
    return _to_guest(person)


@require_POST
@member_page(Permission.GUEST_CHANGE)
def delivery(request: MemberRequest, event_id: UUID, guest: UUID) -> HttpResponse:
    """Mark mail to a guest as bounced, or as delivered."""
    person = load_guest(request.member, event_id, guest)
    bounced = request.POST.get("do") == "bounced"
    editing.set_delivery(
        actor=request.member, guest=person, delivery=Delivery.BOUNCED if bounced else None
    )
    said = (
        _("Mail to %(name)s is marked as bounced.")
        if bounced
        else _("Mail to %(name)s is marked as delivered.")
    )
    messages.success(request, said % {"name": display_name(person)})
    return _to_guest(person)


@require_POST
@member_page(Permission.GUEST_CHANGE)
def contact(request: MemberRequest, event_id: UUID, guest: UUID) -> HttpResponse:
    """Make a contact of a guest, or let them be nobody's contact."""
    person = load_guest(request.member, event_id, guest)
    if request.POST.get("do") == "unlink":
        contacts.unlink(actor=request.member, guest=person)
        messages.success(
            request, _("%(name)s is linked to no contact.") % {"name": display_name(person)}
        )
    elif contacts.keep(actor=request.member, guest=person):
        messages.success(request, _("%(name)s is a contact.") % {"name": display_name(person)})
    else:
        messages.error(request, _("A contact needs a name and an e-mail address."))
    return _to_guest(person)


@require_safe
@member_page(OrganizationPermission.JOURNAL_VIEW)
def history(request: MemberRequest, event_id: UUID, guest: UUID) -> HttpResponse:
    """Show who has seen and changed a guest, the newest first."""
    request.member.require(Permission.GUEST_VIEW, event_id)
    person = load_guest(request.member, event_id, guest)
    before = request.GET.get("before", "")
    entries = seen_by(
        person.organization_id,
        event_id,
        guest,
        added=person.created_at,
        before=UUID(before) if is_uuid(before) else None,
        size=HISTORY + 1,
    )
    journal.record(OrganizationAction.JOURNAL_VIEW, event_id=event_id, subject_id=guest)
    context = {
        **frame(request, person.event),
        "person": person,
        "name": display_name(person),
        "lines": fold(lines_of(entries[:HISTORY])),
        "older": entries[HISTORY - 1].pk if len(entries) > HISTORY else None,
    }
    return render(request, "guests/history.html", context)


def _page_with(request: MemberRequest, person: Guest, **forms: Any) -> HttpResponse:
    """Show a guest's page with a form in it that was refused."""
    guest_list = open_list(request.member, person.event_id)
    form = _form_of(request, person)
    context = _context(request, person, guest_list) | {"form": form, **forms}
    return render(request, "guests/guest.html", context, status=UNPROCESSABLE)


def _form_of(request: MemberRequest, person: Guest) -> GuestForm:
    """Return the form filled with a guest as they are now."""
    guest_list = open_list(request.member, person.event_id)
    return GuestForm(
        guest_list=guest_list,
        record=guest_list.guests[person.pk].record,
        facts=person.facts,
        seen=person.changed_at,
    )


def _context(request: MemberRequest, person: Guest, guest_list: GuestList) -> dict[str, Any]:
    opened = guest_list.guests[person.pk]
    journal.shown(guest.id for guest in guest_list.members[person.party_id])
    others = [
        {"guest": other, "name": guest_list.name(other)}
        for other in guest_list.members[person.party_id]
        if other.id != person.pk
    ]
    host = guest_list.guests.get(person.host_id) if person.host_id else None
    wanted = request.GET.get("with", "").strip()
    row, version = load_party(request.member, person.event_id, person.party_id)
    return {
        **frame(request, person.event),
        "person": person,
        "opened": opened,
        "name": guest_list.name(opened),
        "answers": [
            {"label": field.label, "text": guest_list.answer(opened, field)}
            for field in guest_list.fields
            if opened.record.answers.get(field.id)
        ],
        "host": {"guest": host, "name": guest_list.name(host)} if host else None,
        "places": [
            {
                "room": room,
                "place": room.of([person.pk]).get(person.pk),
                "url": room.url_of(person.pk),
            }
            for room in rooms_of(request.member, person.event_id)
            if opened.takes_place
        ],
        "together": others,
        "party": row,
        "party_summary": _party_summary(person.event, row),
        "reply_label": dict(REPLY_CHOICES)[person.facts.reply_word],
        "guest_list": guest_list,
        "wanted": wanted,
        "offered": _offered(guest_list, person, wanted),
        "plus_one_form": PlusOneForm(auto_id="plus_one_%s"),
        "contact": _contact(request, person),
        "may_see_person": request.member.may(DeletionPermission.PERSON_VIEW),
        "may_see_history": request.member.may(OrganizationPermission.JOURNAL_VIEW),
        "party_form": PartyForm(event=person.event, party=row, seen=version),
    }


def _contact(request: MemberRequest, person: Guest) -> dict[str, Any]:
    """Return the guest's contact with their other events, for whoever may see contacts."""
    if not request.member.may(ContactPermission.CONTACT_VIEW):
        return {}
    if person.contact_id is None:
        may_keep = request.member.may(ContactPermission.CONTACT_CHANGE)
        return {"may_keep": may_keep and bool(person.sealed.email)}
    known, _version = load_contact(request.member, person.contact_id)
    everywhere = attendance.of_contact(request.member, known.pk)
    return {
        "id": known.pk,
        "name": known.sealed.full_name or known.sealed.sort_name,
        "elsewhere": [at for at in everywhere if at.event_id != person.event_id],
    }


def _party_summary(event: Event, party: Party) -> str:
    """Say in one line what an invitation says."""
    record, parts = party.record, []
    if record.label:
        parts.append(record.label)
    if party.places:
        parts.append(ngettext("%d place", "%d places", party.places) % party.places)
    if party.reply_by:
        day = date_format(party.reply_by.astimezone(event.zone), "DATE_FORMAT")
        parts.append(_("reply until %(day)s") % {"day": day})
    return " · ".join(parts) or _("Nothing is said about it yet")


def _offered(guest_list: GuestList, person: Guest, wanted: str) -> list[dict[str, Any]]:
    if not wanted:
        return []
    found: list[OpenGuest] = Search(text=wanted).find(guest_list.by_name, guest_list.fields)
    others = [guest for guest in found if guest.party_id != person.party_id][:MOST_OFFERED]
    journal.shown(guest.id for guest in others)
    apart = guest_list.told_apart([*others, guest_list.guests[person.pk]], with_address=True)
    return [
        {"guest": guest, "name": guest_list.name(guest), "apart": apart.get(guest.id, "")}
        for guest in others
    ]


def _noting_full(form: GuestForm, act: Callable[[], Any]) -> Callable[[], Any]:
    """Let a form offer the tick to overbook once places are lacking."""

    def acted() -> Any:
        try:
            return act()
        except CapacityExceeded:
            form.is_full = True
            raise

    return acted


def _warn_of_namesakes(request: MemberRequest, guest_list: GuestList, guest: Guest) -> None:
    """Say that the list, as it was before, has somebody else of a guest's name."""
    if namesakes(guest_list.by_name, guest.sealed, besides=guest.pk):
        said = _("%(name)s was on the list already: there are two of this name now.")
        messages.warning(request, said % {"name": display_name(guest)})


def _warn_of_address(request: MemberRequest, guest: Guest) -> None:
    """Say who else has a guest's address: both are kept, and somebody should look."""
    if others := others_with_address(guest):
        said = _("%(email)s is also the e-mail of %(name)s; both are on the list.")
        email = guest.sealed.email
        messages.warning(request, said % {"email": email, "name": display_name(others[0])})


def _warn_and_show(request: MemberRequest, guest: Guest) -> HttpResponse:
    _warn_of_address(request, guest)
    return _to_guest(guest)


def _to_guest(person: Guest) -> HttpResponse:
    return redirect("guests:guest", person.organization_id, person.event_id, person.pk)
