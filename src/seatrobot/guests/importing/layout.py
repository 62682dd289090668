"""The columns of our own guest lists; reading one back gives the same records."""

from collections.abc import Iterable, Iterator, Sequence

from seatrobot.guests.importing.headings import Target
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Status

Listed = tuple[GuestRecord, Status, str]
"""A record, its status, and the group that its party shares (empty for a guest alone)."""

_FIELDS = (
    Target.REFERENCE,
    Target.TITLE,
    Target.FIRST_NAME,
    Target.LAST_NAME,
    Target.SUFFIX,
    Target.EMAIL,
    Target.PHONE,
    Target.COMPANY,
    Target.NOTES,
)


def lay_out(guests: Sequence[Listed]) -> tuple[list[str], Iterator[list[str]]]:
    """Return headings and rows for `write_csv` and `write_xlsx`; tags are joined by ";"."""
    names = _extra_names(record for record, _status, _group in guests)
    headings = [*(field.value for field in _FIELDS), "tags", "status", "group", *names]
    return headings, (_row(guest, names) for guest in guests)


def _row(guest: Listed, names: Sequence[str]) -> list[str]:
    record, status, group = guest
    fields = [getattr(record, field) for field in _FIELDS]
    extra = [record.extra.get(name, "") for name in names]
    return [*fields, "; ".join(record.tags), status.value, group, *extra]


def _extra_names(records: Iterable[GuestRecord]) -> list[str]:
    """Return the names of all extra columns, in the order in which they first occur."""
    return list(dict.fromkeys(name for record in records for name in record.extra))
