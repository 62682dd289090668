"""Who may read what the evidence says beyond its numbers."""

from __future__ import annotations

from seatrobot.kernel.promises.declaring import Promise, Readers


def notes_are_public(promise: Promise) -> bool:
    """Whether everybody may read the notes of a promise's evidence; numbers are always public."""
    return promise.readers == Readers.EVERYBODY
