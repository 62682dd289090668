"""The promises that concern a customer most, as they stand."""

from __future__ import annotations

from seatrobot.kernel.promises import reading
from seatrobot.kernel.promises.standing import Standing

SECTIONS = frozenset(
    {"confidentiality", "administrators", "access", "retention", "encryption", "recovery"}
    | {"incidents"}
)
"""Sections about what becomes of an organization's own data."""


def concerning() -> list[Standing]:
    """Return promises of these sections, in the order of the page."""
    return [row for row in reading.standings() if row.promise.section in SECTIONS]
