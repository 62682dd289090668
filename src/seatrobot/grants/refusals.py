"""What cannot be done with a grant, each with its sentence."""

from __future__ import annotations

from seatrobot.kernel.refusal import Refused


class GrantNotPossible(Refused):
    """A request, decision, end or review is refused.

    why: one word for the journal.
    """

    def __init__(self, sentence: object, *, why: str, field: str = "") -> None:
        super().__init__(sentence, field=field)
        self.why = why
