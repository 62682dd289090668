"""The guests who get a seat, as the plan shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Max

from seatrobot.guests.models import Guest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import TAKES_PLACE
from seatrobot.normalizing import fold

LARGEST_TYPE = 12.5
SEAT_LETTERS = 92.0
"""Width of a seat divided by the width of a letter, per size of type."""


@dataclass(frozen=True, slots=True)
class Person:
    id: UUID
    party_id: UUID
    record: GuestRecord

    @property
    def name(self) -> str:
        """As it is said, without the title: "Sanford Bishop Jr."."""
        r = self.record
        return " ".join(filter(None, (r.first_name, r.last_name, r.suffix))) or r.full_name or "?"

    @property
    def short(self) -> str:
        """What fits on a seat: the last name."""
        return self.record.last_name or self.name

    @property
    def fit(self) -> float:
        """Size of type, in centimetres, in which `short` fits on a seat."""
        return round(min(LARGEST_TYPE, SEAT_LETTERS / max(len(self.short), 1)), 1)

    @property
    def initials(self) -> str:
        parts = (self.record.first_name, self.record.last_name)
        return "".join(part[0] for part in parts if part).upper() or self.name[0].upper()

    @property
    def sort_key(self) -> tuple[str, str]:
        return fold(self.record.sort_name or self.name), self.name


def of_event(event_id: UUID, organization_id: UUID) -> dict[UUID, Person]:
    """Return everybody who takes a place at the event, by last name."""
    rows = Guest.objects.filter(event_id=event_id, status__in=TAKES_PLACE)
    people = _open(rows.values_list("id", "party_id", "sealed"), organization_id)
    return {person.id: person for person in sorted(people, key=lambda person: person.sort_key)}


def named(event_id: UUID, organization_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Person]:
    """Return these guests of the event, whatever their status; who is gone is missing."""
    rows = Guest.objects.filter(event_id=event_id, pk__in=list(ids))
    people = _open(rows.values_list("id", "party_id", "sealed"), organization_id)
    return {person.id: person for person in people}


def coming(event_id: UUID, ids: Iterable[UUID]) -> set[UUID]:
    """Return which of these guests take a place at the event."""
    rows = Guest.objects.filter(event_id=event_id, pk__in=list(ids), status__in=TAKES_PLACE)
    return set(rows.values_list("id", flat=True))


def _open(rows: Iterable[tuple[UUID, UUID, Any]], organization_id: UUID) -> list[Person]:
    opened = Guest._meta.get_field("sealed").open_record
    return [Person(pk, party, opened(pk, organization_id, sealed)) for pk, party, sealed in rows]


def parties(people: Iterable[Person]) -> dict[UUID, list[Person]]:
    """Return the parties of two and more, by their identifier."""
    groups: dict[UUID, list[Person]] = defaultdict(list)
    for person in people:
        groups[person.party_id].append(person)
    return {party: members for party, members in groups.items() if len(members) > 1}


def signature(event_id: UUID) -> str:
    """Return a text that changes when somebody of the event comes, goes or changes."""
    rows = Guest.objects.filter(event_id=event_id, status__in=TAKES_PLACE)
    facts = rows.aggregate(count=Count("id"), last=Max("changed_at"))
    return f"{facts['count']}-{facts['last'].timestamp() if facts['last'] else 0:.6f}"
