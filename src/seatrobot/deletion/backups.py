"""Which backups still hold what was deleted; a package that makes backups says so.

It names the class that answers here in its `feature.py`. Without one the service keeps no backups,
and nothing has to age.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from seatrobot.kernel import features


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup in one store. destroyed_by: when it is destroyed at the latest."""

    store: str
    made_at: datetime
    destroyed_by: datetime


class Backups(ABC):
    """Implemented by a package that makes backups."""

    @abstractmethod
    def existing(self) -> Iterable[Backup]:
        """Return every backup that has not been destroyed."""


def made_before(moment: datetime) -> list[Backup]:
    """Return the backups that may hold what was deleted at a moment."""
    found = (each for source in features.extensions(Backups) for each in source.existing())
    return sorted((each for each in found if each.made_at <= moment), key=lambda e: e.destroyed_by)
