"""What can be done with many guests at once; each act writes the one fact it is about."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.deletion import fingerprints
from seatrobot.deletion import services as deletion
from seatrobot.deletion.models import Kind
from seatrobot.events.models import Event
from seatrobot.guests import arrivals, capacity, places, writing
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.guest_list import open_list
from seatrobot.guests.models import Guest
from seatrobot.guests.records import LONGEST_TAG, MOST_TAGS, GuestRecord
from seatrobot.guests.services import read_sheets
from seatrobot.guests.services.parties import parties_of
from seatrobot.guests.statuses import facts_of
from seatrobot.kernel.ids import one_of
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.normalizing import clean_line

MOST_SUBJECTS = 5000
"""Identifiers that one journal entry lists; beyond, it says the count."""


class WrongTag(Refused):
    """Text that cannot be a tag."""

    status = 422


def set_reply(
    *, actor: Principal, event: Event, ids: Sequence[UUID], reply: str, overbook: bool = False
) -> int:
    """Note one reply for guests; return how many had another one. Raises Full.

    reply: a word of statuses.REPLIES. Who has arrived, is held or bounced stays so.
    """
    actor.require(Permission.GUEST_CHANGE, event.pk)
    activity = capacity.lock_list(event.pk)
    rows = Guest.objects.filter(event=event, pk__in=one_of(ids)).order_by("pk")
    locked = rows.select_for_update(no_key=True)
    before = {
        pk: facts_of(its_reply, withdrawal, held, delivery, money)
        for pk, its_reply, withdrawal, held, delivery, money in locked.values_list(
            "pk", "reply", "withdrawal", "held", "delivery", "money"
        )
    }
    changes = {
        pk: after for pk, facts in before.items() if (after := facts.with_reply(reply)) != facts
    }
    with capacity.check_capacity(activity, overbook=overbook):
        writing.set_facts(changes)
    _record(Action.GUEST_REPLY, event, list(changes), reply=reply)
    return len(changes)


def check_in(*, actor: Principal, event: Event, ids: Sequence[UUID], overbook: bool = False) -> int:
    """Note that guests have arrived; return how many had not. Raises Full."""
    actor.require(Permission.GUEST_CHANGE, event.pk)
    activity = capacity.lock_list(event.pk)
    with capacity.check_capacity(activity, overbook=overbook):
        arrived = arrivals.arrive(event_id=event.pk, guest_ids=ids, by=actor.account_id)
    _record(Action.GUEST_ARRIVE, event, arrived)
    return len(arrived)


def take_back(*, actor: Principal, event: Event, ids: Sequence[UUID]) -> int:
    """Take arrivals back, to what was answered before; return how many guests had arrived."""
    actor.require(Permission.GUEST_CHANGE, event.pk)
    capacity.lock_list(event.pk)
    gone = arrivals.take_back(
        event_id=event.pk, guest_ids=ids, by=actor.account_id, everywhere=True
    )
    _record(Action.GUEST_ARRIVE_UNDO, event, gone)
    return len(gone)


def add_tag(*, actor: Principal, event: Event, ids: Sequence[UUID], tag: str) -> int:
    """Tag guests; return how many did not have the tag. Raises WrongTag."""
    actor.require(Permission.GUEST_CHANGE, event.pk)
    tag = clean_tag(tag)

    def change(record: GuestRecord) -> bool:
        if tag in record.tags or len(record.tags) >= MOST_TAGS:
            return False
        record.tags = [*record.tags, tag]
        return True

    capacity.lock_list(event.pk)
    changed = writing.change_records(event, ids, change)
    _record(Action.GUEST_TAG, event, changed)
    return len(changed)


def remove_tag(*, actor: Principal, event: Event, ids: Sequence[UUID], tag: str) -> int:
    """Take a tag away from guests; return how many had it."""
    actor.require(Permission.GUEST_CHANGE, event.pk)

    def change(record: GuestRecord) -> bool:
        if tag not in record.tags:
            return False
        record.tags = [other for other in record.tags if other != tag]
        return True

    capacity.lock_list(event.pk)
    changed = writing.change_records(event, ids, change)
    _record(Action.GUEST_TAG, event, changed)
    return len(changed)


def remove(*, actor: Principal, event: Event, ids: Sequence[UUID]) -> int:
    """Remove guests, and the places that were held in their name; return how many went."""
    actor.require(Permission.GUEST_CHANGE, event.pk)
    gone = with_places(actor, event, ids)
    removed = {"guests_guest": gone}
    deletion.record_gone(
        by=actor,
        kind=Kind.GUESTS,
        subject_id=gone[0] if len(gone) == 1 else event.pk,
        gone=removed,
        fingerprints=fingerprints.of_rows(removed),
    )
    _take_away(event, gone)
    return len(gone)


def erase(*, actor: Principal, event: Event, ids: Sequence[UUID]) -> list[UUID]:
    """Remove guests as a part of what is erased about a person; return who went."""
    actor.require(Permission.GUEST_CHANGE, event.pk)
    gone = with_places(actor, event, ids)
    _take_away(event, gone)
    return gone


def with_places(actor: Principal, event: Event, ids: Sequence[UUID]) -> list[UUID]:
    """Return those of the guests who are there, with the places held in their name, locked."""
    capacity.lock_list(event.pk)
    guests = open_list(actor, event.pk).guests
    gone = {guest_id for guest_id in ids if guest_id in guests}
    gone |= {g.id for g in guests.values() if g.host_id in gone and not g.is_named}
    return sorted(gone)


def _take_away(event: Event, gone: Sequence[UUID]) -> None:
    parties = parties_of(event.pk, list(gone))
    _record(Action.GUEST_REMOVE, event, gone)
    if gone:
        places.forget(event.pk, gone)
        read_sheets.forget(organization_id=event.organization_id)
    for part in writing.parts_of(gone):  # what depends on a guest goes by a list of them
        Guest.objects.filter(event=event, pk__in=one_of(part)).delete()
    writing.delete_empty_parties(event.pk, parties)


def clean_tag(text: str) -> str:
    """Return the text as one tag; raise WrongTag when it cannot be one."""
    tag = clean_line(text.translate(str.maketrans(";,|", "   ")))
    if not tag or len(tag) > LONGEST_TAG:
        raise WrongTag(
            _("Type a tag of 1 to %(most)s characters; nothing was changed.")
            % {"most": LONGEST_TAG},
            field="tag",
        )
    return tag


def _record(action: Action, event: Event, ids: Sequence[UUID], **facts: str) -> None:
    if not ids:
        return
    one = ids[0] if len(ids) == 1 else None
    listed = [str(guest_id) for guest_id in ids] if 1 < len(ids) <= MOST_SUBJECTS else []
    journal.shown(ids)  # the history of each of them finds the entry
    journal.record(
        action, event_id=event.pk, subject_id=one, count=len(ids), subjects=listed, **facts
    )
