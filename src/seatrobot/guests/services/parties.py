"""Parties: who is invited and comes together, and what the invitation says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.guests import capacity, writing
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.models import Guest, Party, PartyRecord
from seatrobot.guests.reading import load_guest, load_party
from seatrobot.guests.services.editing import WrongGuest
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import one_of
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.versions import ChangedMeanwhile

LONGEST = {"label": 200, "note": 2000}


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """places: how many the invitation is for, None as many as there are guests."""

    label: str = ""
    note: str = ""
    places: int | None = None
    language: str = ""
    reply_by: datetime | None = None


def change(*, actor: Principal, party: Party, facts: PartyFacts, seen: str) -> None:
    """Change what an invitation says; seen: the version that the person looked at."""
    actor.require(Permission.GUEST_CHANGE, party.event_id)
    party, version = load_party(actor, party.event_id, party.pk, for_update=True)
    if version != seen:
        raise ChangedMeanwhile(_("Somebody else changed this party meanwhile."))
    before = facts_of(party)
    changed = [name for name in facts.__slots__ if getattr(before, name) != getattr(facts, name)]
    if not changed:
        return
    party.sealed = PartyRecord(facts.label, facts.note)
    party.places = facts.places
    party.language = facts.language
    party.reply_by = facts.reply_by
    party.save()
    journal.record(
        Action.PARTY_CHANGE, event_id=party.event_id, subject_id=party.pk, changed=sorted(changed)
    )


def facts_of(party: Party) -> PartyFacts:
    record = party.record
    return PartyFacts(record.label, record.note, party.places, party.language, party.reply_by)


def join(*, actor: Principal, guest: Guest, other: Guest) -> None:
    """Let a guest, with everybody in their party, come together with another one.

    What the other's invitation says holds for all of them, and stands where it said nothing.
    """
    actor.require(Permission.GUEST_CHANGE, guest.event_id)
    if other.event_id != guest.event_id:
        raise WrongGuest(_("Only guests of one event can come together."))
    capacity.lock_list(guest.event_id)
    guest, other = _again(actor, guest), _again(actor, other)
    if other.party_id == guest.party_id:
        return
    left = guest.party_id
    together = Guest.objects.filter(event_id=guest.event_id, party_id=left)
    moved = list(together.values_list("pk", flat=True))
    together.update(party_id=other.party_id, changed_at=now())
    _merge(left, other.party_id)
    writing.delete_empty_parties(guest.event_id, [left])
    journal.record(
        Action.GUEST_CHANGE,
        event_id=guest.event_id,
        subject_id=guest.pk,
        changed=["party"],
        joins=str(other.pk),
        count=len(moved),
    )


def leave(*, actor: Principal, guest: Guest) -> None:
    """Let a guest come alone; places held in their name go with them."""
    actor.require(Permission.GUEST_CHANGE, guest.event_id)
    capacity.lock_list(guest.event_id)
    guest = _again(actor, guest)
    alone = writing.new_party(guest.event)
    together = Guest.objects.filter(event_id=guest.event_id, party_id=guest.party_id)
    together.filter(host=guest, held=True).update(party_id=alone, changed_at=now())
    together.filter(pk=guest.pk).update(host=None, party_id=alone, changed_at=now())
    writing.delete_empty_parties(guest.event_id, [guest.party_id])
    journal.record(
        Action.GUEST_CHANGE, event_id=guest.event_id, subject_id=guest.pk, changed=["party"]
    )


def parties_of(event_id: UUID, guest_ids: Sequence[UUID]) -> list[UUID]:
    rows = Guest.objects.filter(event_id=event_id, pk__in=one_of(guest_ids))
    return list(rows.order_by().values_list("party_id", flat=True).distinct())


def _again(actor: Principal, guest: Guest) -> Guest:
    """Return a guest as the row is now that the list is locked."""
    return load_guest(actor, guest.event_id, guest.pk)


def _merge(left_id: UUID, kept_id: UUID) -> None:
    """Let a party take over what another one said and it did not."""
    left, kept = Party.objects.get(pk=left_id), Party.objects.get(pk=kept_id)
    said, gone = kept.record, left.record
    note = "\n".join(dict.fromkeys(filter(None, (said.note, gone.note))))[: LONGEST["note"]]
    kept.sealed = PartyRecord(said.label or gone.label, note)
    if kept.places and left.places:
        kept.places = min(kept.places + left.places, 2**15 - 1)
    else:
        kept.places = None
    kept.language = kept.language or left.language
    kept.reply_by = kept.reply_by or left.reply_by
    kept.save()
