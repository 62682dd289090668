"""What exists for examinations alone: organizations and people of staff that are nobody's.

Pages of staff mark them, so that nobody takes one for a customer or a colleague.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from uuid import UUID

from seatrobot.kernel import features


class MadeForExaminations(ABC):
    """Implemented by the package that makes them; named in its `feature.py`."""

    @abstractmethod
    def ids(self) -> frozenset[UUID]:
        """Return the identifiers of organizations and accounts."""


def made_for_examinations() -> frozenset[UUID]:
    """Return the identifiers of all organizations and accounts that are for examinations alone."""
    return frozenset().union(*(each.ids() for each in features.extensions(MadeForExaminations)))
