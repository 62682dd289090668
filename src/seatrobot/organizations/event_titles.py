"""The events of an organization by title, for choosing which ones a member sees.

Events are a package above this one; it names what answers here in its `feature.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from uuid import UUID

from seatrobot.kernel import features


class EventTitles(ABC):
    """Answers for the organization acted for."""

    @abstractmethod
    def titles(self, ids: Collection[UUID] | None = None) -> dict[UUID, str]:
        """Return titles by identifier, the newest event first; of all events without `ids`."""

    @abstractmethod
    def existing(self, ids: Collection[UUID]) -> set[UUID]:
        """Return those of the identifiers that are events, opening nothing."""


def titles(ids: Collection[UUID] | None = None) -> dict[UUID, str]:
    """Return titles by identifier, the newest event first; of all events without `ids`."""
    return _source().titles(ids)


def existing(ids: Collection[UUID]) -> set[UUID]:
    """Return those of the identifiers that are events, opening nothing."""
    return _source().existing(ids)


def _source() -> EventTitles:
    (source,) = features.extensions(EventTitles)
    return source
