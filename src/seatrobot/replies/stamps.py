"""Stamps of a form's two steps: whose link, which step, and what was said; signed, for an hour."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.core import signing

from seatrobot.kernel.clock import now

SALT = "seatrobot.replies.stamp"
PROOF = "seatrobot.replies.proof"
VALID = timedelta(hours=1)
FASTEST = {1: timedelta(seconds=2), 2: timedelta(seconds=1)}
"""Nobody reads a page and answers sooner; a program that fills in forms does."""
PROVEN = timedelta(hours=2)


def make(link_id: UUID, step: int, said: Iterable[tuple[str, str]] = ()) -> str:
    facts = [str(link_id), step, now().timestamp(), _digest(said)]
    return signing.dumps(facts, salt=SALT)


def is_good(stamp: str, link_id: UUID, step: int, said: Iterable[tuple[str, str]] = ()) -> bool:
    """Return whether a stamp is of this link and step, neither too young nor too old."""
    try:
        its_link, its_step, at, digest = signing.loads(stamp, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return False
    age = timedelta(seconds=now().timestamp() - at)
    return (
        its_link == str(link_id)
        and its_step == step
        and digest == _digest(said)
        and FASTEST[step] <= age <= VALID
    )


def prove(link_id: UUID) -> str:
    """Return what a browser keeps after a code was typed."""
    return signing.dumps([str(link_id), now().timestamp()], salt=PROOF)


def proves(text: str, link_id: UUID) -> bool:
    """Return whether a browser has typed a code for this link lately."""
    try:
        its_link, at = signing.loads(text, salt=PROOF)
    except (signing.BadSignature, ValueError, TypeError):
        return False
    return its_link == str(link_id) and 0 <= now().timestamp() - at <= PROVEN.total_seconds()


def _digest(said: Iterable[tuple[str, str]]) -> str:
    return hashlib.sha256(repr(sorted(said)).encode()).hexdigest()[:32]
