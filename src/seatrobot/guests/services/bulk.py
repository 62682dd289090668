"""What can be done with many guests at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import cast
from uuid import UUID

from django.db.models import F

from seatrobot.events.models import Event
from seatrobot.guests import arrivals
from seatrobot.guests.directory import open_list
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.importing.cleaning import clean_line
from seatrobot.guests.models import Guest, sealed_field
from seatrobot.guests.records import LONGEST_TAG, MOST_TAGS, GuestRecord
from seatrobot.guests.statuses import Status
from seatrobot.guests.writing import Rewrite, rewrite
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal

MOST_SUBJECTS = 5000
"""Identifiers that one journal entry lists; beyond, it says the count."""


class WrongTag(Exception):
    """Text that cannot be a tag."""


def set_status(*, actor: Principal, event: Event, ids: Sequence[UUID], status: Status) -> int:
    """Give guests a status; return how many had another one."""
    actor.require(Permission.GUEST_CHANGE, event.pk)
    others = Guest.objects.filter(event=event, pk__in=ids).exclude(status=status)
    changed = list(others.select_for_update().values_list("pk", flat=True))
    values = arrivals.columns(F("status"), status, actor.account_id)
    Guest.objects.filter(pk__in=changed).update(**values)
    _tell(Action.GUEST_STATUS, event, changed, status=str(status))
    return len(changed)


def add_tag(*, actor: Principal, event: Event, ids: Sequence[UUID], tag: str) -> int:
    """Tag guests; return how many did not have the tag. Raises WrongTag."""
    actor.require(Permission.GUEST_CHANGE, event.pk)
    tag = clean_tag(tag)
    return _retag(
        event, ids, f"+{tag}", lambda tags: tags if tag in tags else [*tags, tag][:MOST_TAGS]
    )


def remove_tag(*, actor: Principal, event: Event, ids: Sequence[UUID], tag: str) -> int:
    """Take a tag away from guests; return how many had it."""
    actor.require(Permission.GUEST_CHANGE, event.pk)
    return _retag(event, ids, f"-{tag}", lambda tags: [other for other in tags if other != tag])


def remove(*, actor: Principal, event: Event, ids: Sequence[UUID]) -> int:
    """Remove guests, and the places that were held in their name; return how many went."""
    actor.require(Permission.GUEST_CHANGE, event.pk)
    guests = open_list(actor, event.pk).guests
    gone = {guest_id for guest_id in ids if guest_id in guests}
    gone |= {g.id for g in guests.values() if g.host_id in gone and not g.is_named}
    Guest.objects.filter(event=event, pk__in=gone).delete()
    _tell(Action.GUEST_REMOVE, event, sorted(gone))
    return len(gone)


def clean_tag(text: str) -> str:
    """Return the text as one tag; raise WrongTag when it cannot be one."""
    tag = clean_line(text.translate(str.maketrans(";,|", "   ")))
    if not tag or len(tag) > LONGEST_TAG:
        raise WrongTag(text[:LONGEST_TAG])
    return tag


def _retag(
    event: Event, ids: Sequence[UUID], tag: str, change: Callable[[list[str]], list[str]]
) -> int:
    field = sealed_field()
    rows = Guest.objects.filter(event=event, pk__in=ids).select_for_update()
    changes: list[Rewrite] = []
    for pk, sealed in rows.values_list("pk", "sealed"):
        raw = cast("bytes", sealed)
        record: GuestRecord = field.open_record(pk, event.organization_id, raw)
        tags = change(record.tags)
        if tags != record.tags:
            record.tags = tags
            changes.append(Rewrite(pk, record))
    rewrite(event.organization_id, changes)
    _tell(Action.GUEST_TAG, event, [change.id for change in changes], tag=tag)
    return len(changes)


def _tell(action: Action, event: Event, ids: Iterable[UUID], **facts: str) -> None:
    subjects = [str(guest_id) for guest_id in ids]
    if not subjects:
        return
    one = UUID(subjects[0]) if len(subjects) == 1 else None
    listed = subjects if one is None and len(subjects) <= MOST_SUBJECTS else []
    journal.record(
        action, event=event.pk, subject=one, count=len(subjects), subjects=listed, **facts
    )
