"""How long rows are kept that only grow: each package declares its own (`Retained`).

`organizations.retention` deletes what is older, every night; an organization reads the times on its
practices page.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of rows of an organization. column: the time that counts. name: for the journal."""

    name: str
    what: str
    days: int
    rows: QuerySet[Any]
    column: str

    def older(self, moment: datetime) -> QuerySet[Any]:
        """Return the rows that are not kept any more at a moment."""
        return self.rows.filter(**{f"{self.column}__lt": moment - timedelta(days=self.days)})


class Retained(ABC):
    """Implemented by each package with rows that only grow; named in its `feature.py`."""

    @abstractmethod
    def kept(self) -> Iterable[Kept]:
        """Return them for the organization acted for."""
