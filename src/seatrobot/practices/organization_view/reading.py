"""An organization's exports, deletions and accesses by outsiders, from its journal.

Each list and count uses an index of the journal, however long it is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils.formats import date_format

from seatrobot.events.feature import Action as EventAction
from seatrobot.guests.feature import Action as GuestAction
from seatrobot.kernel import features, streams
from seatrobot.kernel.actor import ActorKind
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal.actions import Kind
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.promises import reading
from seatrobot.kernel.promises.status import PromiseStatus
from seatrobot.organizations.feature import Action as OrganizationAction
from seatrobot.organizations.log.reading import PAGE, window

DELETIONS = (EventAction.EVENT_DELETE, GuestAction.GUEST_REMOVE, OrganizationAction.MEMBER_REMOVE)
OUTSIDERS = (ActorKind.STAFF, ActorKind.OPERATOR)
"""Actors that are not members: staff of the service, the operator's command line."""
WEEKS = 12
SECTIONS = frozenset(
    {"confidentiality", "administrators", "access", "retention", "encryption", "recovery"}
    | {"incidents"}
)
"""Sections with promises about an organization's own data."""


@dataclass(frozen=True, slots=True)
class OutsideAccess:
    """How many entries staff and the operator have left. since: of the first entry of all."""

    since: datetime | None
    staff: int
    operator: int


def concerned_promises() -> list[PromiseStatus]:
    """Return the promises of these sections, in the order of the page."""
    return [row for row in reading.statuses() if row.promise.section in SECTIONS]


def page(
    organization_id: UUID, kind: str, before: UUID | None, size: int = PAGE
) -> tuple[list[Entry], UUID | None]:
    """Return a page of the newest entries of a kind, and where the next page begins."""
    rows = _entries(organization_id, kind, before, size + 1)
    return rows[:size], rows[size - 1].pk if len(rows) > size else None


def exports_by_week(organization_id: UUID, today: date | None = None) -> list[tuple[str, int]]:
    """Return (first day, number) of the last weeks, the oldest first."""
    today = today or now().date()
    monday = today - timedelta(days=today.weekday())
    weeks = [monday - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    rows = Entry.objects.filter(organization_id=organization_id, action__in=_exports())
    rows = rows.filter(id__gte=window(weeks[0], None, None).since)
    count: Counter[date] = Counter()
    for moment in rows.values_list("at", flat=True):
        count[moment.date() - timedelta(days=moment.weekday())] += 1
    return [(date_format(week, "MONTH_DAY_FORMAT"), count[week]) for week in weeks]


def deletions_by_kind(organization_id: UUID) -> dict[str, int]:
    """Return how many events, guests and members were deleted since the beginning."""
    rows = Entry.objects.filter(organization_id=organization_id, action__in=DELETIONS)
    found = dict(rows.order_by().values_list("action").annotate(number=Count("pk")))
    names = ("events", "guests", "members")
    return {name: found.get(action, 0) for name, action in zip(names, DELETIONS, strict=True)}


def outside_access(organization_id: UUID) -> OutsideAccess:
    """Count what actors that are not members have done in an organization."""
    stream = Entry.objects.filter(organization_id=organization_id)
    first = stream.order_by("id").values_list("at", flat=True).first()
    kinds = (
        stream.filter(actor_kind__in=OUTSIDERS)
        .order_by()
        .aggregate(
            staff=Count("pk", filter=Q(actor_kind=ActorKind.STAFF)),
            operator=Count("pk", filter=Q(actor_kind=ActorKind.OPERATOR)),
        )
    )
    return OutsideAccess(since=first, **kinds)


def _entries(organization_id: UUID, kind: str, before: UUID | None, size: int) -> list[Entry]:
    rows = Entry.objects.all()
    wanted: dict[str, list[Any]] = {"action": [*(_exports() if kind == "exports" else DELETIONS)]}
    if kind == "staff":
        wanted = {"actor_kind": [*OUTSIDERS]}
    return streams.newest(rows, organization_id, wanted, window(None, None, before), size)


def _exports() -> list[str]:
    """Return the actions by which data is exported."""
    return [value for value, action in features.actions().items() if action.kind == Kind.EXPORTING]
