"""Whether today's log of heads contains one that somebody has kept, and who witnesses it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from django.utils.translation import gettext as _

from seatrobot.kernel.heads import checkpoint, cosigning, memory, services
from seatrobot.kernel.heads import witnesses as asking
from seatrobot.kernel.heads.checkpoint import ML_DSA_KEY, HeadClaim, claim_of
from seatrobot.kernel.journal import signing
from seatrobot.kernel.refusal import Refused


class NoHead(Refused):
    """A text is no head of this service."""

    status: ClassVar[int] = 422


@dataclass(frozen=True, slots=True)
class Comparison:
    """A kept head beside today's log."""

    older: HeadClaim
    size: int
    is_contained: bool

    @property
    def sentence(self) -> str:
        if self.is_contained:
            return _(
                "Today's log of %(size)d heads contains yours, which was number %(older)d, and"
                " continues it. Whether the journals still hold what was last published is measured"
                " on the page of practices."
            ) % {"size": self.size, "older": self.older.size}
        return _(
            "Today's log does not contain your head, although this service signed it. Its past was"
            " changed or cut off. Keep your head, and ask the operator."
        )


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness as the page shows it. at: when it last cosigned; None: never."""

    name: str
    at: datetime | None
    size: int
    trouble: str
    is_alarm: bool


def compare(text: str) -> Comparison:
    """Compare a kept head with today's log; raises NoHead."""
    note = "\n".join(text.strip().splitlines()) + "\n"
    try:
        older = claim_of(signing.verify_note(note, signing.public_key()))
    except (signing.BadSignature, ValueError):
        older = None
    if older is None or not older.origin.endswith("/heads") or not _is_whole(note, older.origin):
        raise NoHead(_("This is not a head that this service has signed."), field="head")
    log, size = services.stored_log(), services.stored_size()
    is_contained = older.size <= size and log.root(older.size) == older.root
    return Comparison(older, size, is_contained)


def _is_whole(note: str, origin: str) -> bool:
    """Return whether the head's signature of the other kind is ours, where it is there."""
    lines = checkpoint.cosignatures(note, origin, ML_DSA_KEY)
    return all(cosigning.is_signed(note, line, origin) for line in lines)


def witnesses() -> list[Witness]:
    """Return every witness that is set up."""
    answers = memory.answers()
    found = []
    for name in asking.configured():
        answer = answers.get(name) or memory.Answer()
        at = datetime.fromtimestamp(answer.at, UTC) if answer.at else None
        found.append(Witness(name, at, answer.size, answer.trouble, answer.refused))
    return found
