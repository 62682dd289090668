"""The columns of our own guest lists; reading one back changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from seatrobot.guests.fields import OpenField
from seatrobot.guests.records import LABELS, LIMITS, GuestRecord
from seatrobot.guests.statuses import Facts
from seatrobot.normalizing import fold

_FIELDS = ("reference", *(name for name in LIMITS if name != "reference"))


_PLACE = re.compile(r"\S+ \((?:.* )?plan\)(?: \(\d+\))?")


class Listed(NamedTuple):
    """One guest of a list.

    group: what the party shares. host: whose plus-one this is. identifier: by which the guest is
    known again when the list comes back.
    """

    record: GuestRecord
    facts: Facts
    checked_in_at: datetime | None = None
    group: str = ""
    host: str = ""
    identifier: str = ""


def export_columns(
    guests: Sequence[Listed], fields: Sequence[OpenField] = ()
) -> tuple[list[str], Iterator[list[str]]]:
    """Return headings and rows for `write_csv` and `write_xlsx`; tags are joined by ";"."""
    headings = [*_own_headings(), *headings_of(fields), _identifier_heading()]
    return headings, (_row(guest, fields) for guest in guests)


def headings_of(fields: Sequence[OpenField]) -> list[str]:
    """Return what fields are headed; one with the label of another column gets a number.

    Two labels are the same when an import takes them for one: whatever their case and accents.
    """
    taken = set(map(fold, [*_own_headings(), _identifier_heading()]))
    headings = []
    for field in fields:
        name, number = field.label, 2
        while fold(name) in taken:
            name, number = f"{field.label} ({number})", number + 1
        taken.add(fold(name))
        headings.append(name)
    return headings


def _identifier_heading() -> str:
    return _("Seatrobot ID")


def _own_headings() -> list[str]:
    return [
        *(str(LABELS[field]) for field in _FIELDS),
        str(LABELS["tags"]),
        _("Status"),
        _("Reply"),
        _("Mail delivery"),
        _("Payment"),
        _("Checked in at"),
        _("Party group"),
        _("Guest of"),
    ]


def _row(guest: Listed, fields: Sequence[OpenField]) -> list[str]:
    record, facts = guest.record, guest.facts
    own = [getattr(record, field) for field in _FIELDS]
    more = [
        "; ".join(record.tags),
        facts.status(has_arrived=guest.checked_in_at is not None).value,
        facts.reply_word,
        facts.delivery.value if facts.delivery else "",
        facts.money.value if facts.money else "",
        guest.checked_in_at.isoformat() if guest.checked_in_at else "",
        guest.group,
        guest.host,
    ]
    answers = [field.written(record.answers.get(field.id, "")) for field in fields]
    return [*own, *more, *answers, guest.identifier]


def place_heading(what: str, room: str = "") -> str:
    """Return how our lists head a column about seats; an import leaves such a column out."""
    plan = _("%(room)s plan") % {"room": room} if room else _("plan")
    return f"{what} ({plan})"


def is_place_heading(heading: str) -> bool:
    """Whether a heading is one of `place_heading`."""
    return bool(_PLACE.fullmatch(heading.strip()))
