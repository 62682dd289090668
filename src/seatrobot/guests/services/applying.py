"""From a comparison to rows: batches of sealed guests, parties resolved, progress told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from seatrobot.events.models import Event
from seatrobot.guests import arrivals, writing
from seatrobot.guests.guest_list import holds_special
from seatrobot.guests.importing.comparing import Comparison
from seatrobot.guests.importing.reports import Arrived, Create, Outcome, Update
from seatrobot.guests.models import Party
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Facts
from seatrobot.guests.writing import ROWS, NewGuest, Rewrite
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.progress.services import Report as Tell


class Applied(NamedTuple):
    """counts: of each outcome. used: fields that somebody answered."""

    counts: dict[Outcome, int]
    used: set[UUID]


Link = Callable[[Mapping[UUID, GuestRecord]], Mapping[UUID, UUID]]
"""Returns the contacts of new guests, of those who have one."""


def apply(  # noqa: PLR0913  all that an import is
    *,
    event: Event,
    found: Comparison,
    total: int,
    account_id: UUID | None,
    link: Link,
    tell: Tell | None = None,
) -> Applied:
    """Write what a comparison found.

    Only what a row says is written, on the rows as they are now; nothing takes an arrival back.
    """
    counts = dict.fromkeys(Outcome, 0)
    batch = _Batch(event, found, account_id, link)
    for done, verdict in enumerate(found.verdicts(), start=1):
        counts[verdict.outcome] += 1
        if verdict.operation is not None:
            batch.add(verdict.operation)
        if tell and done % ROWS == 0:
            tell(done, total)
    batch.finish()
    return Applied(counts, batch.used)


class _Batch:
    """Collects rows and writes them by the thousand."""

    def __init__(
        self, event: Event, found: Comparison, account_id: UUID | None, link: Link
    ) -> None:
        self.event = event
        self.account_id = account_id
        self.found = found
        self.link = link
        self.special = writing.special_fields(event.pk)
        self.used: set[UUID] = set()
        self.new: list[NewGuest] = []
        self.rewrites: list[Rewrite] = []
        self.facts: dict[UUID, Facts] = {}
        self.arrived: dict[UUID, Arrived] = {}
        self.new_parties: dict[UUID, str] = {}
        self.parties: dict[str, UUID] = {}
        self.plus_ones: dict[UUID, str] = {}
        self.hosts: dict[str, UUID | None] = {
            group: guest.id for group, guest in found.parties.joined.items()
        }

    def add(self, operation: Create | Update) -> None:
        if operation.record is not None:
            self.used.update(operation.record.answers)
        if isinstance(operation, Update):
            guest_id = operation.id
            if operation.record is not None:
                self.rewrites.append(Rewrite(guest_id, operation.record))
            if operation.facts is not None:
                self.facts[guest_id] = operation.facts
        else:
            guest_id = self._add_new(operation)
        if operation.arrived is not None:
            self.arrived[guest_id] = operation.arrived
        if max(len(self.new), len(self.rewrites), len(self.facts), len(self.arrived)) >= ROWS:
            self.flush()

    def flush(self) -> None:
        writing.insert_parties(self.event, self.new_parties, Party.Source.IMPORT)
        contacts = self.link({guest.id: guest.record for guest in self.new})
        linked = self.new
        if contacts:
            linked = [guest._replace(contact_id=contacts.get(guest.id)) for guest in self.new]
        writing.insert(self.event, linked, self.special)
        apart = self.special if holds_special() else None
        writing.rewrite(self.event.organization_id, self.rewrites, apart)
        writing.set_facts(self.facts)
        if self.arrived:
            arrivals.arrive(
                event_id=self.event.pk,
                guest_ids=list(self.arrived),
                by=self.account_id,
                times=_times(self.arrived),
            )
        self.new, self.rewrites, self.facts = [], [], {}
        self.arrived, self.new_parties = {}, {}

    def finish(self) -> None:
        """Write the rest, and whose plus-ones there are, now that all guests have rows."""
        self.flush()
        hosts = {
            guest_id: host
            for guest_id, group in self.plus_ones.items()
            if (host := self.hosts.get(group))
        }
        if hosts:
            writing.set_hosts(hosts)

    def _add_new(self, operation: Create) -> UUID:
        guest_id, group = new_id(), operation.group
        party_id = self._party(group)
        self.new.append(NewGuest(guest_id, party_id, operation.facts, operation.record))
        if operation.plus_one:
            self.plus_ones[guest_id] = group
        elif group:
            self.hosts[group] = None if group in self.hosts else guest_id
        return guest_id

    def _party(self, group: str) -> UUID:
        """Return the party of a group: of the guest it joins, or a new one."""
        if group and group in self.parties:
            return self.parties[group]
        party_id = self.found.parties.party_of(group)
        if party_id is None:
            party_id = new_id()
            self.new_parties[party_id] = self.found.parties.labels.get(group, "")
        if group:
            self.parties[group] = party_id
        return party_id


def _times(arrived: Mapping[UUID, Arrived]) -> dict[UUID, datetime]:
    return {guest_id: arrival.at for guest_id, arrival in arrived.items() if arrival.at}
