"""The guest list as a table for others: CSV or Excel; importing it again changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from seatrobot.documents.writing import write_csv, write_xlsx
from seatrobot.events.models import Event
from seatrobot.guests.directory import Directory
from seatrobot.guests.opened import OpenGuest
from seatrobot.guests.records import LABELS
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.actions import Action
from seatrobot.organizations.members import Member
from seatrobot.organizations.permissions import Permission

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FIRST = ("title", "first_name", "last_name", "suffix", "email", "phone", "company")


def export(
    *,
    actor: Member,
    event: Event,
    directory: Directory,
    guests: Sequence[OpenGuest],
    kind: str,
    searched: str = "",
) -> bytes:
    """Return these guests as a file of a kind of KINDS; `searched` tells the journal which."""
    actor.require(Permission.GUEST_EXPORT, event.pk)
    journal.record(
        Action.GUEST_EXPORT, event=event.pk, kind=kind, count=len(guests), search=searched
    )
    columns = headings(directory)
    rows = (cells(directory, guest) for guest in guests)
    if kind == "csv":
        return write_csv(columns, rows)
    return write_xlsx(columns, rows, event.title)


def headings(directory: Directory) -> list[str]:
    """Return the headings, in words that an import recognises."""
    fields = [str(LABELS[field]) for field in ("reference", *_FIRST)]
    more = [_("Status"), _("Party number"), _("Guest of")]
    last = [str(LABELS["tags"]), str(LABELS["notes"])]
    return [*fields, *more, *last, *directory.columns]


def cells(directory: Directory, guest: OpenGuest) -> list[str]:
    """Return one row; a guest without a reference gets the identifier, so that it is known again."""
    record = guest.record
    number = directory.party_numbers.get(guest.party_id)
    host = directory.guests.get(guest.host_id) if guest.host_id else None
    return [
        record.reference or str(guest.id),
        *(getattr(record, field) for field in _FIRST),
        guest.status.value,
        str(number or ""),
        directory.name(host) if host else "",
        "; ".join(record.tags),
        record.notes,
        *_extra(directory, guest),
    ]


def _extra(directory: Directory, guest: OpenGuest) -> Iterator[str]:
    return (guest.record.extra.get(name, "") for name in directory.columns)
