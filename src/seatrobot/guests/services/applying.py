"""From a comparison to rows: batches of sealed guests, parties resolved, progress told."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F

from seatrobot.events.models import Event
from seatrobot.guests import arrivals
from seatrobot.guests.importing.comparing import Comparison
from seatrobot.guests.importing.reports import Create, Outcome, Update
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import Status
from seatrobot.guests.writing import ROWS, NewGuest, Rewrite, insert, rewrite, set_hosts
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.progress.services import Report as Tell


def apply(
    actor: Principal, event: Event, found: Comparison, total: int, tell: Tell | None = None
) -> dict[Outcome, int]:
    """Write what a comparison found; return the count of each outcome."""
    counts = dict.fromkeys(Outcome, 0)
    batch = _Batch(event, found, actor.account_id)
    for done, verdict in enumerate(found.verdicts(), start=1):
        counts[verdict.outcome] += 1
        if verdict.operation is not None:
            batch.add(verdict.operation)
        if tell and done % ROWS == 0:
            tell(done, total)
    batch.finish()
    return counts


class _Batch:
    """Collects rows and writes them by the thousand."""

    def __init__(self, event: Event, found: Comparison, account_id: UUID | None) -> None:
        self.event = event
        self.account_id = account_id
        self.found = found
        self.new: list[NewGuest] = []
        self.changed: list[Update] = []
        self.parties: dict[str, UUID] = {}
        self.plus_ones: dict[UUID, str] = {}
        self.hosts: dict[str, UUID | None] = dict(found.parties.joined)

    def add(self, operation: Create | Update) -> None:
        if isinstance(operation, Update):
            self.changed.append(operation)
        else:
            self._add_new(operation)
        if len(self.new) >= ROWS or len(self.changed) >= ROWS:
            self.flush()

    def flush(self) -> None:
        insert(self.event, self.new, self.account_id)
        rewrite(self.event.organization_id, [Rewrite(row.id, row.record) for row in self.changed])
        by_status: dict[Status, list[UUID]] = {}
        for row in self.changed:
            by_status.setdefault(row.status, []).append(row.id)
        for status, ids in by_status.items():
            values = arrivals.columns(F("status"), status, self.account_id)
            Guest.objects.filter(pk__in=ids).exclude(status=status).update(**values)
        self.new, self.changed = [], []

    def finish(self) -> None:
        """Write the rest, and whose plus-ones there are, now that all guests have rows."""
        self.flush()
        hosts = {
            guest_id: host
            for guest_id, group in self.plus_ones.items()
            if (host := self.hosts.get(group))
        }
        if hosts:
            set_hosts(hosts)

    def _add_new(self, operation: Create) -> None:
        guest_id, group = new_id(), operation.group
        self.new.append(NewGuest(guest_id, self._party(group), operation.status, operation.record))
        if operation.plus_one:
            self.plus_ones[guest_id] = group
        elif group:
            self.hosts[group] = None if group in self.hosts else guest_id

    def _party(self, group: str) -> UUID:
        """Return the party of a group: of the guest it joins, or a new one."""
        if not group:
            return new_id()
        if group not in self.parties:
            joined = self.found.parties.joined.get(group)
            self.parties[group] = _party_of(joined) if joined else new_id()
        return self.parties[group]


def _party_of(guest_id: UUID) -> UUID:
    return Guest.objects.values_list("party_id", flat=True).get(pk=guest_id)
