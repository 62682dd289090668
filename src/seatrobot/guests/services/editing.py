"""What can be done with one guest."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime
from uuid import UUID

import msgspec
from django.db.models import TextField
from django.db.models.functions import Cast, Right
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.events.models import Event
from seatrobot.guests import capacity, writing
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.fields import PREFIX
from seatrobot.guests.guest_list import holds_special
from seatrobot.guests.models import Guest
from seatrobot.guests.reading import load_guest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import (
    CONFIRMED,
    TAKES_PLACE,
    Delivery,
    Facts,
    Reply,
)
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal import shown
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.repeats import FormUsed, inserting
from seatrobot.kernel.versions import ChangedMeanwhile

KEEP, DECLINE = "keep", "decline"
_GONE = {Reply.DECLINED, Reply.WITHDRAWN}


class WrongGuest(Refused):
    """Facts that cannot be a guest; `sentences` are for the person."""

    status = 422

    def __init__(self, *sentences: str, field: str = "") -> None:
        super().__init__(" ".join(sentences), field=field)
        self.sentences = sentences


class PlusOnesAsked(Refused):
    """A guest who brings others does not come any more; what becomes of them was not said."""

    status = 422

    def __init__(self, guest_ids: list[UUID]) -> None:
        count = len(guest_ids)
        sentence = ngettext(
            "%(count)s guest comes with this one; say whether they come all the same.",
            "%(count)s guests come with this one; say whether they come all the same.",
            count,
        )
        super().__init__(sentence % {"count": count}, field="plus_ones")


def add(  # noqa: PLR0913  one argument per thing that is said
    *,
    actor: Principal,
    event: Event,
    record: GuestRecord,
    facts: Facts = CONFIRMED,
    guest_id: UUID | None = None,
    overbook: bool = False,
) -> Guest:
    """Add a guest who comes alone; raise WrongGuest or Full for one that cannot be.

    guest_id: an identifier that the form carries, so that a form sent twice adds one guest.
    """
    actor.require(Permission.GUEST_CHANGE, event.pk)
    activity = capacity.lock_list(event.pk)
    if again := _already_added(event.pk, guest_id):
        return again
    guest = Guest(pk=_own(guest_id, event.pk), event=event)
    facts = normalise_facts(record, facts, None)
    capacity.reserve(activity, _places(facts), overbook=overbook)
    guest.party_id = writing.new_party(event)
    return _create(guest, record, facts)


def add_plus_one(  # noqa: PLR0913  one argument per thing that is said
    *,
    actor: Principal,
    host: Guest,
    record: GuestRecord,
    facts: Facts = CONFIRMED,
    guest_id: UUID | None = None,
    overbook: bool = False,
) -> Guest:
    """Add somebody whom a guest brings; a record without a name holds a place."""
    actor.require(Permission.GUEST_CHANGE, host.event_id)
    activity = capacity.lock_list(host.event_id)
    if again := _already_added(host.event_id, guest_id):
        return again
    facts = normalise_facts(record, facts, None)
    capacity.reserve(activity, _places(facts), overbook=overbook)
    host = load_guest(actor, host.event_id, host.pk)
    key = _own(guest_id, host.event_id)
    guest = Guest(pk=key, event=host.event, party_id=host.party_id, host=host)
    return _create(guest, record, facts)


def change(  # noqa: PLR0913  one argument per thing that is said
    *,
    actor: Principal,
    guest: Guest,
    record: GuestRecord,
    reply: str | None = None,
    held: bool | None = None,
    seen: datetime | None = None,
    overbook: bool = False,
    plus_ones: str = KEEP,
) -> None:
    """Change what is known of a guest; reply and held stay as they are where none is given.

    reply: a word of statuses.REPLIES. seen: the `changed_at` that the person looked at.
    plus_ones: what becomes of those whom a guest brings who does not come any more: KEEP, DECLINE,
    or "" to be asked. Raises WrongGuest, Full, ChangedMeanwhile or PlusOnesAsked.
    """
    actor.require(Permission.GUEST_CHANGE, guest.event_id)
    activity = capacity.lock_list(guest.event_id)
    guest = load_guest(actor, guest.event_id, guest.pk, for_update=True)
    if seen is not None and guest.changed_at != seen:
        raise ChangedMeanwhile(_("Somebody else changed this guest meanwhile."))
    special = writing.special_fields(guest.event_id)
    old, before = _whole(guest, special), guest.facts
    facts = before if held is None else before._replace(held=held)
    facts = normalise_facts(record, facts.with_reply(reply) if reply else facts, before)
    brought = _brought(guest) if facts.reply in _GONE and before.reply not in _GONE else {}
    if brought and not plus_ones:
        raise PlusOnesAsked(list(brought))
    if guest.status not in TAKES_PLACE:
        capacity.reserve(activity, _places(facts), overbook=overbook)
    changed = _changes(old, record)
    changed += [name for name, value in facts.columns.items() if before.columns[name] != value]
    written = ["sealed", "email_index", "changed_at", *facts.columns]
    guest.sealed, apart = writing.split(record, special)
    if special and holds_special():
        guest.special = apart  # type: ignore[assignment]  # a nullable column
        written.append("special")
    guest.email_index = writing.email_index(guest.organization_id, record)
    for name, value in facts.columns.items():
        setattr(guest, name, value)
    guest.changed_at = now()
    guest.save(update_fields=written)
    journal.record(
        Action.GUEST_CHANGE,
        event_id=guest.event_id,
        subject_id=guest.pk,
        changed=changed,
        reply_before=before.reply_word,
        reply_after=facts.reply_word,
    )
    if brought and plus_ones == DECLINE:
        _decline(guest, brought)


def _brought(guest: Guest) -> dict[UUID, Facts]:
    """Return the facts of those whom a guest brings and who take a place."""
    rows = Guest.objects.filter(host=guest, event_id=guest.event_id, status__in=TAKES_PLACE)
    return {row.pk: row.facts for row in rows.select_for_update(no_key=True)}


def _decline(guest: Guest, brought: dict[UUID, Facts]) -> None:
    writing.set_facts({pk: facts.with_reply(Reply.DECLINED.value) for pk, facts in brought.items()})
    for pk in brought:
        journal.record(
            Action.GUEST_REPLY,
            event_id=guest.event_id,
            subject_id=pk,
            reply=Reply.DECLINED.value,
            host=str(guest.pk),
        )


def set_delivery(*, actor: Principal, guest: Guest, delivery: Delivery | None) -> None:
    """Mark mail to a guest as bounced, or as delivered."""
    actor.require(Permission.GUEST_CHANGE, guest.event_id)
    capacity.lock_list(guest.event_id)
    after = delivery.value if delivery else ""
    rows = Guest.objects.filter(event_id=guest.event_id, pk=guest.pk).exclude(delivery=after)
    if rows.update(delivery=after, changed_at=now()):
        journal.record(
            Action.GUEST_CHANGE, event_id=guest.event_id, subject_id=guest.pk, changed=["delivery"]
        )


def normalise_facts(record: GuestRecord, facts: Facts, before: Facts | None) -> Facts:
    """Return the facts of a guest with this record; raise WrongGuest when they cannot be.

    A place is held for somebody without a name: one that gets a name is confirmed, and only one
    that has none can be held.
    """
    problems = list(record.check())
    is_named = bool(record.first_name or record.last_name)
    if is_named and facts.held:
        if before is None or not before.held:
            problems.append(not_held())
        elif facts.reply in {Reply.OUTSTANDING, Reply.TENTATIVE}:
            facts = facts._replace(held=False, reply=Reply.CONFIRMED)
        else:
            facts = facts._replace(held=False)
    elif not is_named and not facts.held:
        problems.append(_("Give a first name or a last name, or hold the place."))
    if problems:
        raise WrongGuest(*problems)
    return facts


def not_held() -> str:
    """Say why a guest with a name cannot be Held."""
    return _("Held keeps a place for somebody without a name; this guest has one.")


def _create(guest: Guest, record: GuestRecord, facts: Facts) -> Guest:
    guest.organization_id = guest.event.organization_id
    guest.sealed, apart = writing.split(record, writing.special_fields(guest.event_id))
    guest.special = apart  # type: ignore[assignment]  # a nullable column
    guest.email_index = writing.email_index(guest.organization_id, record)
    guest.created_at = guest.changed_at = now()
    for name, value in facts.columns.items():
        setattr(guest, name, value)
    with inserting():
        guest.save(force_insert=True)
    guest.refresh_from_db(fields=["status"])
    host = {"host": str(guest.host_id)} if guest.host_id else {}
    journal.record(
        Action.GUEST_CREATE,
        event_id=guest.event_id,
        subject_id=guest.pk,
        reply=facts.reply_word,
        **host,
    )
    return guest


def _own(guest_id: UUID | None, event_id: UUID) -> UUID:
    """Return the identifier of a guest to be; FormUsed when the journal would mix two guests up."""
    if guest_id is None:
        return new_id()
    end = shown.mark_of(guest_id).hex()
    ends = Right(Cast("id", TextField()), len(end))
    if Guest.objects.filter(event_id=event_id).annotate(end=ends).filter(end=end).exists():
        raise FormUsed
    return guest_id


def _already_added(event_id: UUID, guest_id: UUID | None) -> Guest | None:
    if guest_id is None:
        return None
    return Guest.objects.select_related("event").filter(event_id=event_id, pk=guest_id).first()


def _places(facts: Facts) -> int:
    return int(facts.status(has_arrived=False) in TAKES_PLACE)


def _whole(guest: Guest, special: AbstractSet[UUID]) -> GuestRecord:
    """Return a guest's record, with the special answers where these open here."""
    record: GuestRecord = guest.sealed
    if not special or not holds_special() or guest.special is None:
        return record
    answers = {**record.answers, **guest.special.answers}
    return msgspec.structs.replace(record, answers=answers)


def _changes(old: GuestRecord, new: GuestRecord) -> list[str]:
    """Return the names of the fields that differ, those of the event by their keys."""
    names = [name for name in new.__struct_fields__ if name != "answers"]
    own = sorted(old.answers.keys() | new.answers.keys())
    return [
        *(name for name in names if getattr(old, name) != getattr(new, name)),
        *(f"{PREFIX}{key.hex}" for key in own if old.answers.get(key) != new.answers.get(key)),
    ]
