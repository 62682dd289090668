"""From a comparison to rows: batches of sealed guests, parties resolved, progress told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from seatrobot.events.models import Event
from seatrobot.guests import arrivals, writing
from seatrobot.guests.guest_list import holds_special
from seatrobot.guests.importing.comparing import Comparison
from seatrobot.guests.importing.judging import Verdict
from seatrobot.guests.importing.reports import Create, ImportedRow, Outcome, Update
from seatrobot.guests.models import Party
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Facts
from seatrobot.guests.writing import ROWS, NewGuest, Rewrite
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.progress.services import Report as Tell


class Applied(NamedTuple):
    """counts: of each outcome. used: fields that somebody answered. companions: guests more."""

    counts: dict[Outcome, int]
    used: set[UUID]
    companions: int


Link = Callable[[Mapping[UUID, GuestRecord]], Mapping[UUID, UUID]]
"""Returns the contacts of new guests, of those who have one."""


def apply(  # noqa: PLR0913  all that an import is
    *,
    event: Event,
    found: Comparison,
    total: int,
    account_id: UUID | None,
    new_special: AbstractSet[UUID],
    link: Link,
    tell: Tell | None = None,
) -> Applied:
    """Write what a comparison found.

    new_special: the special ones among the columns that the import adds. Only what a row says is
    written, on the rows as they are now; nothing takes an arrival back.
    """
    counts = dict.fromkeys(Outcome, 0)
    companions = 0
    batch = _Batch(event, found, account_id, link, new_special)
    for done, verdict in enumerate(found.verdicts(), start=1):
        counts[verdict.outcome] += 1
        companions += len(verdict.companions)
        batch.add(verdict)
        if tell and done % ROWS == 0:
            tell(done, total)
    batch.finish()
    return Applied(counts, batch.used, companions)


class _Batch:
    """Collects rows and writes them by the thousand."""

    def __init__(
        self,
        event: Event,
        found: Comparison,
        account_id: UUID | None,
        link: Link,
        new_special: AbstractSet[UUID],
    ) -> None:
        self.event = event
        self.account_id = account_id
        self.found = found
        self.link = link
        self.special = writing.special_fields(event.pk) | new_special
        self.used: set[UUID] = set()
        self.new: list[NewGuest] = []
        self.rewrites: list[Rewrite] = []
        self.facts: dict[UUID, Facts] = {}
        self.arrived: dict[UUID, ImportedRow] = {}
        self.new_parties: dict[UUID, str] = {}
        self.parties: dict[str, UUID] = {}
        self.moves: dict[UUID, UUID] = {}
        self.hosts: dict[UUID, str] = {}
        self.by_row: dict[int, UUID] = {}

    def add(self, verdict: Verdict) -> None:
        operation, guest_id = verdict.operation, verdict.guest_id
        if isinstance(operation, Update):
            self._update(operation)
        elif operation is not None:
            guest_id = self._add_new(operation)
        if operation is not None and operation.arrived is not None and guest_id:
            self.arrived[guest_id] = operation.arrived
        if guest_id and (verdict.companions or verdict.row in self.found.parties.host_rows):
            self.by_row[verdict.row] = guest_id
        if verdict.companions:
            known = self.found.existing.by_id.get(guest_id) if guest_id else None
            if known is not None:
                group = verdict.companions[0].group
                self.parties.setdefault(group, self.moves.get(known.id, known.party_id))
            for companion in verdict.companions:
                self._add_new(companion)
        if max(len(self.new), len(self.rewrites), len(self.facts), len(self.arrived)) >= ROWS:
            self.flush()

    def _update(self, operation: Update) -> None:
        guest_id = operation.id
        if operation.record is not None:
            self.used.update(operation.record.answers)
            self.rewrites.append(Rewrite(guest_id, operation.record))
        if operation.facts is not None:
            self.facts[guest_id] = operation.facts
        if operation.group:
            self.moves[guest_id] = self._party(operation.group)
        if operation.host:
            self.hosts[guest_id] = operation.host

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
        """Write the rest, who joins which party, and whose plus-ones there are.

        All guests have rows only now.
        """
        self.flush()
        if self.moves:
            writing.set_parties(self.event, self.moves)
        hosts = {
            guest_id: host_id
            for guest_id, host in self.hosts.items()
            if (host_id := self._host(host)) and host_id != guest_id
        }
        if hosts:
            writing.set_hosts(hosts)

    def _host(self, host: str) -> UUID | None:
        kind, _blank, name = host.partition(" ")
        return UUID(name) if kind == "guest" else self.by_row.get(int(name))

    def _add_new(self, operation: Create) -> UUID:
        self.used.update(operation.record.answers)
        guest_id = new_id()
        party_id = self._party(operation.group)
        self.new.append(NewGuest(guest_id, party_id, operation.facts, operation.record))
        if operation.host:
            self.hosts[guest_id] = operation.host
        return guest_id

    def _party(self, group: str) -> UUID:
        """Return the party of a group: one of the list that it joins, or a new one."""
        if group and group in self.parties:
            return self.parties[group]
        party_id = self.found.parties.party_of(group)
        if party_id is None:
            party_id = new_id()
            self.new_parties[party_id] = self.found.parties.labels.get(group, "")
        if group:
            self.parties[group] = party_id
        return party_id


def _times(arrived: Mapping[UUID, ImportedRow]) -> dict[UUID, datetime]:
    return {guest_id: arrival.at for guest_id, arrival in arrived.items() if arrival.at}
