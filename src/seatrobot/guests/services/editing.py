"""What can be done with one guest."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.events.models import Event
from seatrobot.guests import arrivals
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.loaders import load_guest
from seatrobot.guests.models import Guest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import STATUSES, Status
from seatrobot.guests.writing import email_index
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal


class WrongGuest(Exception):
    """Facts that cannot be a guest; `sentences` are for the person."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


def add(*, actor: Principal, event: Event, record: GuestRecord, status: Status) -> Guest:
    """Add a guest who comes alone; raise WrongGuest for one that cannot be."""
    actor.require(Permission.GUEST_CHANGE, event.pk)
    return _create(actor, Guest(event=event, party_id=new_id()), record, status)


def add_plus_one(*, actor: Principal, host: Guest, record: GuestRecord, status: Status) -> Guest:
    """Add somebody whom a guest brings; a record without a name holds a place (status Held)."""
    actor.require(Permission.GUEST_CHANGE, host.event_id)
    guest = Guest(event=host.event, party_id=host.party_id, host=host)
    return _create(actor, guest, record, status)


def change(
    *,
    actor: Principal,
    guest: Guest,
    record: GuestRecord,
    status: Status,
    seen: datetime | None = None,
) -> None:
    """Change a guest; `seen` is the `changed_at` that the person looked at."""
    actor.require(Permission.GUEST_CHANGE, guest.event_id)
    _lock(guest.event)
    guest = load_guest(actor, guest.event_id, guest.pk, for_update=True)
    if seen is not None and guest.changed_at != seen:
        raise WrongGuest(
            _("Somebody else changed this guest meanwhile; open the page again to see how.")
        )
    old, old_status = guest.sealed, guest.status
    _check(guest.event, record, status, guest.pk)
    guest.sealed = record
    guest.email_index = email_index(guest.organization_id, record)
    if status != old_status:
        values = arrivals.columns(STATUSES[old_status], status, actor.account_id)
        for name, value in values.items():
            setattr(guest, name, value)
    guest.changed_at = now()
    guest.save()
    changed = [field for field in record.__struct_fields__ if _differ(field, old, record)]
    journal.record(
        Action.GUEST_CHANGE,
        event=guest.event_id,
        subject=guest.pk,
        changed=[*changed, *(["status"] if status != old_status else [])],
        status_before=str(old_status),
        status_after=str(status),
    )


def join_party(*, actor: Principal, guest: Guest, other: Guest) -> None:
    """Let a guest, with everybody in their party, come together with another one."""
    actor.require(Permission.GUEST_CHANGE, guest.event_id)
    if other.event_id != guest.event_id:
        raise WrongGuest(_("Only guests of one event can come together."))
    if other.party_id == guest.party_id:
        return
    party = Guest.objects.filter(event_id=guest.event_id, party_id=guest.party_id)
    party.update(party_id=other.party_id, changed_at=now())
    journal.record(
        Action.GUEST_CHANGE,
        event=guest.event_id,
        subject=guest.pk,
        changed=["party"],
        joins=str(other.pk),
    )


def leave_party(*, actor: Principal, guest: Guest) -> None:
    """Let a guest come alone; places held in their name go with them."""
    actor.require(Permission.GUEST_CHANGE, guest.event_id)
    together = Guest.objects.filter(event_id=guest.event_id, party_id=guest.party_id)
    Guest.objects.filter(pk=guest.pk).update(host=None)
    together.filter(pk=guest.pk).update(party_id=(alone := new_id()), changed_at=now())
    together.filter(host=guest, status=Status.HELD).update(party_id=alone, changed_at=now())
    journal.record(Action.GUEST_CHANGE, event=guest.event_id, subject=guest.pk, changed=["party"])


def _create(actor: Principal, guest: Guest, record: GuestRecord, status: Status) -> Guest:
    event = guest.event
    _lock(event)
    _check(event, record, status, None)
    guest.organization_id = event.organization_id
    guest.sealed = record
    guest.email_index = email_index(event.organization_id, record)
    guest.created_at = now()
    for name, value in arrivals.columns(Status.CONFIRMED, status, actor.account_id).items():
        setattr(guest, name, value)
    guest.save(force_insert=True)
    host = {"host": str(guest.host_id)} if guest.host_id else {}
    journal.record(
        Action.GUEST_CREATE, event=event.pk, subject=guest.pk, status=str(status), **host
    )
    return guest


def _lock(event: Event) -> None:
    """Let one transaction at a time decide which addresses the list of an event has."""
    Event.objects.select_for_update(no_key=True).values_list("pk").get(pk=event.pk)


def _check(event: Event, record: GuestRecord, status: Status, guest_id: UUID | None) -> None:
    problems = list(record.check())
    if not (record.first_name or record.last_name or status is Status.HELD):
        problems.append(_("Give a first name or a last name, or hold the place (status Held)."))
    if problems:
        raise WrongGuest(*problems)
    if not record.email:
        return
    index = email_index(event.organization_id, record)
    twins = Guest.objects.filter(
        organization_id=event.organization_id, event=event, email_index=index
    )
    if other := next((twin for twin in twins if twin.pk != guest_id), None):
        raise WrongGuest(
            _("E-mail “%(email)s” already belongs to the guest %(name)s.")
            % {"email": record.email, "name": other.sealed.full_name or record.email}
        )


def _differ(field: str, old: GuestRecord, new: GuestRecord) -> bool:
    return bool(getattr(old, field) != getattr(new, field))
