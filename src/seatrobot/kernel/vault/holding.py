"""What journals are told of keys beside what people do: by whoever commits something next.

Which process can open keys, once, in the platform's journal; and in an organization's how often its
own key was asked for, in the key service that it holds it in. `journal.services.write` adds the
entries; whoever starts a process says what it is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

TOLD_SECONDS = 600.0
"""After which a process tells again how often it has asked for an own key: an entry each, not one
for each of three requests a minute."""


@dataclass(slots=True)
class Process:
    """has_opened: whether it has opened a keyring. is_named: whether the journal says so."""

    name: str = "command"
    has_opened: bool = False
    is_named: bool = False

    @property
    def is_due(self) -> bool:
        return self.has_opened and not self.is_named


process = Process()


@dataclass(slots=True)
class Uses:
    """asked, refused: how often since the journal was told last. told_at: when (monotonic)."""

    asked: int = 0
    refused: int = 0
    told_at: float = float("-inf")


_uses: dict[UUID, Uses] = {}
_counting = Lock()


def count_use(organization_id: UUID, *, refused: bool) -> None:
    """Note that an organization's own key was asked for in its key service."""
    with _counting:
        uses = _uses.setdefault(organization_id, Uses())
        uses.asked += 1
        uses.refused += refused


def take_uses(organization_id: UUID | None) -> tuple[int, int] | None:
    """Return how often it was asked for, and refused, once that is due to be told."""
    uses = _uses.get(organization_id) if organization_id else None
    if uses is None or not uses.asked or time.monotonic() - uses.told_at < TOLD_SECONDS:
        return None
    with _counting:
        found = uses.asked, uses.refused
        uses.asked = uses.refused = 0
        uses.told_at = time.monotonic()
    return found
