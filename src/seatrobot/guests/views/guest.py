"""One guest: seen, changed, joined with others, removed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from seatrobot.events.loaders import load_event
from seatrobot.events.models import Event
from seatrobot.guests.directory import Directory, open_list
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.forms import GuestForm, PlusOneForm
from seatrobot.guests.loaders import load_guest
from seatrobot.guests.models import Guest
from seatrobot.guests.opened import OpenGuest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.searching import Search
from seatrobot.guests.services import bulk, editing
from seatrobot.guests.services.editing import WrongGuest
from seatrobot.guests.statuses import STATUSES, Status
from seatrobot.guests.views.lists import frame
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.pages import MemberRequest, member_page

UNPROCESSABLE = 422
MOST_OFFERED = 6


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.GUEST_CHANGE)
def add(request: MemberRequest, event: UUID) -> HttpResponse:
    row = load_event(request.member, event)
    directory = open_list(request.member, event)
    form = GuestForm(request.POST or None, directory=directory, record=GuestRecord())
    if request.method == "POST" and form.is_valid():
        try:
            guest = editing.add(
                actor=request.member, event=row, record=form.record, status=form.chosen_status
            )
        except WrongGuest as error:
            form.add_error(None, list(error.sentences))
        else:
            messages.success(request, _("%(name)s is on the list.") % {"name": _called(guest)})
            return _to_guest(guest)
    context = {**frame(request, row), "form": form, "directory": directory}
    return render(request, "guests/add.html", context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.GUEST_VIEW)
def show(request: MemberRequest, event: UUID, guest: UUID) -> HttpResponse:
    row = load_event(request.member, event)
    person = load_guest(request.member, event, guest)
    directory = open_list(request.member, event)
    form = GuestForm(
        request.POST if request.method == "POST" else None,
        directory=directory,
        record=person.sealed,
        initial={"status": person.status},
    )
    if form.is_bound and form.is_valid():
        try:
            editing.change(
                actor=request.member,
                guest=person,
                record=form.record,
                status=form.chosen_status,
                seen=_moment(request.POST.get("seen", "")),
            )
        except WrongGuest as error:
            form.add_error(None, list(error.sentences))
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": _called(person)})
            return _to_guest(person)
    journal.record(Action.GUEST_VIEW, event=event, subject=guest)
    context = _context(request, row, person, directory) | {"form": form}
    return render(request, "guests/guest.html", context, status=_status(form))


@require_POST
@member_page(Permission.GUEST_CHANGE)
def remove(request: MemberRequest, event: UUID, guest: UUID) -> HttpResponse:
    row = load_event(request.member, event)
    person = load_guest(request.member, event, guest)
    name = _called(person)
    bulk.remove(actor=request.member, event=row, ids=[guest])
    messages.success(request, _("%(name)s is removed from the list.") % {"name": name})
    return redirect("guests:list", row.organization_id, event)


@require_POST
@member_page(Permission.GUEST_CHANGE)
def plus_one(request: MemberRequest, event: UUID, guest: UUID) -> HttpResponse:
    host = load_guest(request.member, event, guest)
    form = PlusOneForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("These names are too long; nothing was added."))
        return _to_guest(host)
    record = form.record
    is_named = bool(record.first_name or record.last_name)
    status = STATUSES[host.status] if is_named else Status.HELD
    try:
        editing.add_plus_one(
            actor=request.member,
            host=host,
            record=record,
            status=Status.CONFIRMED if status is Status.ATTENDED else status,
        )
    except WrongGuest as error:
        messages.error(request, str(error))
    else:
        said = (
            _("%(name)s comes with %(host)s.")
            if is_named
            else _("A place is held for a guest of %(host)s.")
        )
        messages.success(request, said % {"name": record.full_name, "host": _called(host)})
    return _to_guest(host)


@require_POST
@member_page(Permission.GUEST_CHANGE)
def party(request: MemberRequest, event: UUID, guest: UUID) -> HttpResponse:
    person = load_guest(request.member, event, guest)
    if request.POST.get("do") == "leave":
        editing.leave_party(actor=request.member, guest=person)
        messages.success(request, _("%(name)s comes alone now.") % {"name": _called(person)})
        return _to_guest(person)
    try:
        other = load_guest(request.member, event, UUID(request.POST.get("other", "")))
    except ValueError:
        messages.error(request, _("Choose whom this guest comes with."))
        return _to_guest(person)
    editing.join_party(actor=request.member, guest=person, other=other)
    said = _("%(name)s and %(other)s come together now.")
    messages.success(request, said % {"name": _called(person), "other": _called(other)})
    return _to_guest(person)


def _context(
    request: MemberRequest, event: Event, person: Guest, directory: Directory
) -> dict[str, Any]:
    together = [
        {"guest": other, "name": directory.name(other)}
        for other in directory.parties.get(person.party_id, ())
        if other.id != person.pk
    ]
    opened = directory.guests.get(person.pk)
    wanted = request.GET.get("with", "").strip()
    return {
        **frame(request, event),
        "person": person,
        "name": directory.name(opened) if opened else _called(person),
        "host": directory.guests.get(person.host_id) if person.host_id else None,
        "together": together,
        "directory": directory,
        "wanted": wanted,
        "offered": _offered(directory, person, wanted),
        "plus_one_form": PlusOneForm(auto_id="plus_one_%s"),
    }


def _offered(directory: Directory, person: Guest, wanted: str) -> list[dict[str, Any]]:
    if not wanted:
        return []
    found: list[OpenGuest] = Search(text=wanted).find(directory.by_name)
    others = [guest for guest in found if guest.party_id != person.party_id]
    return [{"guest": g, "name": directory.name(g)} for g in others[:MOST_OFFERED]]


def _to_guest(person: Guest) -> HttpResponse:
    return redirect("guests:guest", person.organization_id, person.event_id, person.pk)


def _called(person: Guest) -> str:
    return person.sealed.full_name or person.sealed.email or _("The guest")


def _moment(text: str) -> datetime | None:
    try:
        return parse_datetime(text)
    except ValueError:
        return None


def _status(form: GuestForm) -> int:
    return UNPROCESSABLE if form.is_bound else 200
