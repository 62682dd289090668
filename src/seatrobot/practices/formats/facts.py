"""What every format tells, read once; whatever cannot be read is missing and said to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from seatrobot.kernel.promises import reading, statements
from seatrobot.kernel.promises.models import Evidence
from seatrobot.kernel.promises.reading import Strip
from seatrobot.kernel.promises.standing import Standing, State
from seatrobot.practices.unavailable import or_nothing


@dataclass(frozen=True)
class Facts:
    """The promises as they stand at a moment."""

    moment: datetime

    @cached_property
    def standings(self) -> list[Standing]:
        return reading.standings(self.moment)

    @cached_property
    def strips(self) -> dict[str, Strip]:
        return or_nothing(lambda: reading.strips(self.moment.date()), {})

    @cached_property
    def hashes(self) -> dict[str, str]:
        """Return the SHA-256 of each newest evidence, as the journal holds it, by its id."""
        ids = [row.examination.id for row in self.standings if row.examination]
        rows = Evidence.objects.filter(id__in=ids).values_list("id", "text")
        texts = or_nothing(lambda: dict(rows), {})
        return {str(pk): statements.digest(text) for pk, text in texts.items()}


def counts(standings: Sequence[Standing]) -> dict[State, int]:
    """Return how many promises are in each state."""
    found = Counter(row.state for row in standings)
    return {state: found[state] for state in State}
