"""The columns of our own guest lists; reading one back gives the same records."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from seatrobot.guests.records import LABELS, LIMITS, GuestRecord
from seatrobot.guests.statuses import Status

_FIELDS = ("reference", *(name for name in LIMITS if name != "reference"))


class Listed(NamedTuple):
    """One guest of a list; group: what the party shares; host: whose plus-one this is."""

    record: GuestRecord
    status: Status
    group: str = ""
    host: str = ""


def lay_out(guests: Sequence[Listed]) -> tuple[list[str], Iterator[list[str]]]:
    """Return headings and rows for `write_csv` and `write_xlsx`; tags are joined by ";"."""
    names = list(dict.fromkeys(name for guest in guests for name in guest.record.extra))
    fields = [str(LABELS[field]) for field in _FIELDS]
    more = [str(LABELS["tags"]), _("Status"), _("Party number"), _("Guest of")]
    return [*fields, *more, *names], (_row(guest, names) for guest in guests)


def _row(guest: Listed, names: Sequence[str]) -> list[str]:
    record = guest.record
    fields = [getattr(record, field) for field in _FIELDS]
    more = ["; ".join(record.tags), guest.status.value, guest.group, guest.host]
    return [*fields, *more, *(record.extra.get(name, "") for name in names)]
