"""Who is told when guests answer: packages above, which mail them, implement `ReplyTold`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from uuid import UUID

from seatrobot.kernel import features


class ReplyTold(ABC):
    """Declared in `feature.py`: `extends={ReplyTold: "seatrobot.invitations.….Told"}`.

    Each method is called inside the transaction of the act. With a guest's link that is a unit of
    work in the scope of one party, which shows no other row, so an implementation defers a job.
    """

    @abstractmethod
    def recorded(self, party_id: UUID, *, event_id: UUID, answer_id: UUID) -> None:
        """Tell a party what was recorded: its own answer, or places from the waiting list."""

    @abstractmethod
    def code(self, party_id: UUID, *, event_id: UUID, code_id: UUID) -> bool:
        """Mail the code of a row of `replies.models.Code`; return whether there is a way to."""

    def stop_mail_url(self, party_id: UUID, *, event_id: UUID) -> str:  # noqa: ARG002  for implementations
        """Return the address of the page on which the party stops mail; empty without one."""
        return ""

    def sent_mail(self, party_id: UUID, *, event_id: UUID) -> Sequence[tuple[str, str]]:  # noqa: ARG002  for implementations
        """Return what was mailed to the party, as pairs of date and subject, for its own page."""
        return ()


def told() -> tuple[ReplyTold, ...]:
    return features.extensions(ReplyTold)
