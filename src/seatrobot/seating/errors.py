"""Why a change of the seating was refused, as a sentence for the person who asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID


class Refused(Exception):
    """Nothing was changed; `str(error)` says why in one sentence."""


class NotInEvent(Refused):
    """A guest, table or rule that this event does not have (any more)."""


class Occupied(Refused):
    """A table with people at it was to be removed."""


class PartySplit(Refused):
    """The change would seat a party at different tables; ask whether that is meant.

    guests: the members of the party who would be left behind.
    """

    def __init__(self, sentence: str, guests: Sequence[UUID]) -> None:
        super().__init__(sentence)
        self.guests = tuple(guests)
