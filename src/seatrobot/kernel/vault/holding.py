"""What journals are told of keys beside what people do: by whoever commits something next.

Which process can open keys, once, in the platform's journal; and in an organization's how often its
own key was asked for, in the key service that it holds it in. `journal.services.write` claims
what is to be told, adds the entries, and says that they are told once they are committed; what a
transaction claimed that was undone is told by another, after a while. Whoever starts a process says
what it is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

TOLD_SECONDS = 600.0
"""After which a process tells again how often it has asked for an own key: an entry each, not one
for each of three requests a minute."""
CLAIM_SECONDS = 60.0
"""After which a claim counts as undone."""
_counting = Lock()


@dataclass(slots=True)
class Process:
    """has_opened: whether it has opened a keyring. is_named: whether the journal says so.

    claimed_at: when a transaction was about to say so (monotonic).
    """

    name: str = "command"
    has_opened: bool = False
    is_named: bool = False
    claimed_at: float = float("-inf")

    def claim(self) -> bool:
        """Return whether it is for the caller to write that it opens keys."""
        if not self.has_opened or self.is_named:
            return False
        with _counting:
            moment = time.monotonic()
            if self.is_named or moment - self.claimed_at < CLAIM_SECONDS:
                return False
            self.claimed_at = moment
        return True

    def told(self) -> None:
        """Note that the journal says so."""
        self.is_named = True


process = Process()


@dataclass(slots=True)
class Uses:
    """asked, refused: how often since the journal was told last. told_at: when (monotonic).

    claimed_at: when a transaction was about to tell it.
    """

    asked: int = 0
    refused: int = 0
    told_at: float = float("-inf")
    claimed_at: float = float("-inf")


_uses: dict[UUID, Uses] = {}


def count_use(organization_id: UUID, *, refused: bool) -> None:
    """Note that an organization's own key was asked for in its key service."""
    with _counting:
        uses = _uses.setdefault(organization_id, Uses())
        uses.asked += 1
        uses.refused += refused


def claim_uses(organization_id: UUID | None) -> tuple[int, int] | None:
    """Return how often it was asked for, and refused, where it is for the caller to write it."""
    uses = _uses.get(organization_id) if organization_id else None
    if uses is None or not uses.asked:
        return None
    with _counting:
        moment = time.monotonic()
        is_due = uses.asked and moment - uses.told_at >= TOLD_SECONDS
        if not is_due or moment - uses.claimed_at < CLAIM_SECONDS:
            return None
        uses.claimed_at = moment
        return uses.asked, uses.refused


def told_uses(organization_id: UUID, asked: int, refused: int) -> None:
    """Note that the journal says so; what came since is told the next time."""
    with _counting:
        uses = _uses[organization_id]
        uses.asked = max(uses.asked - asked, 0)
        uses.refused = max(uses.refused - refused, 0)
        uses.told_at, uses.claimed_at = time.monotonic(), float("-inf")
