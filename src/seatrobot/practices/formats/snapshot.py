"""The promises at a moment, read once for every format, and how formats name and date things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings

from seatrobot.kernel.promises import reading, statements
from seatrobot.kernel.promises.models import Evidence
from seatrobot.kernel.promises.reading import DayHistory
from seatrobot.kernel.promises.status import PromiseStatus, State
from seatrobot.practices.addresses import NAMESPACE
from seatrobot.practices.degraded import default_if_unreadable

OURS = uuid5(NAMESPACE_URL, NAMESPACE)


@dataclass(frozen=True)
class Snapshot:
    """The promises at a moment; what cannot be read is missing."""

    moment: datetime

    @cached_property
    def statuses(self) -> list[PromiseStatus]:
        return reading.statuses(self.moment)

    @cached_property
    def days(self) -> dict[str, DayHistory]:
        return default_if_unreadable(lambda: reading.day_histories(self.moment.date()), {})

    @cached_property
    def hashes(self) -> dict[str, str]:
        """Return the SHA-256 of each newest evidence, as its journal entry has it, by its id."""
        ids = [row.examination.id for row in self.statuses if row.examination]
        rows = Evidence.objects.filter(id__in=ids).values_list("id", "text")
        texts = default_if_unreadable(lambda: dict(rows), {})
        return {str(pk): statements.digest(text) for pk, text in texts.items()}


def counts(statuses: Sequence[PromiseStatus]) -> dict[State, int]:
    """Return how many promises are in each state."""
    found = Counter(row.state for row in statuses)
    return {state: found[state] for state in State}


def written(moment: datetime) -> str:
    """Return a moment in UTC to the second, as in `2026-11-24T22:15:04Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def stable_id(*words: str) -> UUID:
    """Return the identifier (UUIDv5) of something in this instance; the same in every document."""
    return uuid5(OURS, "\n".join([settings.BASE_URL, *words]))
