"""The plan as files: cards and lists for the printer, CSV and JSON for everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

import msgspec
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.documents import fonts, pdf
from seatrobot.documents.pdf import Occasion, Paper, Seated, SeatedTable
from seatrobot.documents.writing import write_csv
from seatrobot.events.models import Activity
from seatrobot.guests.guest_list import OpenGuest
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.seating import columns
from seatrobot.seating.columns import Column
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.floor import Seat
from seatrobot.seating.plan import View, note_shown
from seatrobot.seating.text import name_of

PREVIEWED = 7
"""How many guests a picture on the documents page shows."""


@dataclass(frozen=True, slots=True)
class Document:
    """One kind of file. name: in its address and its file name, with the extension."""

    name: str
    title: Promise
    note: Promise
    icon: str
    make: Callable[[View, Paper], bytes]

    @property
    def is_printed(self) -> bool:
        return self.name.endswith(".pdf")

    @property
    def content_type(self) -> str:
        kinds = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}
        return kinds.get(self.name.rpartition(".")[2], "application/json")


@dataclass(frozen=True, slots=True)
class Preview:
    """The first table with people, its guests, and the first guests by name with their table."""

    table: str
    guests: list[str]
    by_name: list[tuple[str, str]]


def export(*, actor: Principal, view: View, document: Document, paper: Paper) -> bytes:
    """Return the file, and record in the journal who took it."""
    event_id = view.activity.event_id
    actor.require(Permission.SEATING_EXPORT, event_id)
    content = document.make(view, paper)
    note_shown(view)
    journal.record(
        Action.SEATING_EXPORT, event_id=event_id, document=document.name, guests=len(view.coming)
    )
    return content


def preview(view: View) -> Preview | None:
    """Return what the pictures on the documents page show; None while nobody is seated."""
    taken = view.floor.by_table()
    first = next((table for table in view.floor.tables.values() if table.pk in taken), None)
    if first is None:
        return None
    at = list(taken[first.pk].values())
    seated = (guest for guest in view.coming if guest.id in view.floor.seats)
    by_name = [
        (_sort_name(view, guest), view.floor.tables[view.floor.seats[guest.id].table].name)
        for guest, _index in zip(seated, range(PREVIEWED), strict=False)
    ]
    return Preview(first.name, [view.name(guest) for guest in at[:PREVIEWED]], by_name)


def unprintable_names(view: View) -> list[str]:
    """Return the names of guests with signs that the printer's fonts lack, in their order."""
    names = {guest.id: f"{guest.record.title} {view.name(guest.id)}" for guest in view.coming}
    lacking = set(fonts.unprintable(names.values()))
    found = [guest_id for guest_id, name in names.items() if name in lacking]
    journal.shown(found)
    return [view.name(guest_id) for guest_id in found]


def occasion(activity: Activity) -> Occasion:
    event = activity.event
    local = (activity.starts_at or event.starts_at).astimezone(event.zone)
    return Occasion(
        title=name_of(activity),
        date=date_format(local, "DATE_FORMAT"),
        venue=activity.sealed.place or event.sealed.venue,
        printed=date_format(now().astimezone(event.zone), "SHORT_DATETIME_FORMAT"),
    )


def _table_cards(view: View, paper: Paper) -> bytes:
    return pdf.table_cards(occasion(view.activity), _by_table(view), paper)


def _place_cards(view: View, paper: Paper) -> bytes:
    cards = [guest for table in _by_table(view) for guest in table.guests]
    return pdf.place_cards(occasion(view.activity), cards, paper)


def _list_by_table(view: View, paper: Paper) -> bytes:
    return pdf.list_by_table(occasion(view.activity), _by_table(view), paper)


def _list_by_name(view: View, paper: Paper) -> bytes:
    everybody = [_seated(view, guest) for guest in view.coming]
    return pdf.list_by_name(occasion(view.activity), everybody, paper)


def _csv(view: View, _paper: Paper) -> bytes:
    found = list(columns.used(view.guests).values())
    heads = [_("Table"), _("Seat"), _("Locked"), _("Title"), _("First name"), _("Last name")]
    heads += [_("Suffix"), _("Reference"), *(column.label for column in found)]
    return write_csv(heads, (_row(view, guest, found) for guest in _in_order(view)))


def _row(view: View, guest: OpenGuest, found: list[Column]) -> list[str]:
    seat, r = view.floor.seats.get(guest.id), guest.record
    table = view.floor.tables[seat.table].name if seat else ""
    number = str(seat.number + 1) if seat else ""
    locked = _("yes") if seat and seat.locked else ""
    own = [r.title, r.first_name, r.last_name, r.suffix, r.reference]
    if not guest.is_named:
        own[2] = view.name(guest.id)
    return [table, number, locked, *own, *("; ".join(column.values(r)) for column in found)]


def _json(view: View, _paper: Paper) -> bytes:
    event, sitting = view.activity.event, _sitting(view)
    starts_at = view.activity.starts_at or event.starts_at
    data = {
        "event": {"id": str(event.pk), "title": name_of(view.activity), "starts_at": starts_at},
        "tables": [
            {
                "id": str(t.pk),
                "number": t.number,
                "name": t.name,
                "shape": t.shape,
                "seats": t.seats,
                "x": t.x,
                "y": t.y,
                "rotation": t.rotation,
                "guests": [
                    {
                        "id": str(guest.id),
                        "name": view.name(guest.id),
                        "seat": seat.number + 1,
                        "locked": seat.locked,
                    }
                    for seat, guest in sitting[t.pk]
                ],
            }
            for t in view.floor.tables.values()
        ],
        "unseated": [
            {"id": str(guest.id), "name": view.name(guest.id)}
            for guest in view.coming
            if guest.id not in view.floor.seats
        ],
    }
    return msgspec.json.format(msgspec.json.encode(data), indent=2)


def _by_table(view: View) -> list[SeatedTable]:
    """Return the tables with people at them."""
    sitting = _sitting(view)
    return [
        SeatedTable(t.name, [_seated(view, guest) for _seat, guest in sitting[t.pk]])
        for t in view.floor.tables.values()
        if sitting[t.pk]
    ]


def _sitting(view: View) -> dict[UUID, list[tuple[Seat, OpenGuest]]]:
    """Return who sits at each table, by seat."""
    taken = view.floor.by_table()
    return {
        table: [
            (view.floor.seats[guest], view.guests.guests[guest])
            for guest in taken.get(table, {}).values()
        ]
        for table in view.floor.tables
    }


def _seated(view: View, guest: OpenGuest) -> Seated:
    seat = view.floor.seats.get(guest.id)
    return Seated(
        name=view.name(guest.id),
        sort_name=_sort_name(view, guest),
        title=guest.record.title,
        table=view.floor.tables[seat.table].name if seat else "",
        seat=str(seat.number + 1) if seat else "",
        note=guest.record.company,
    )


def _sort_name(view: View, guest: OpenGuest) -> str:
    name = view.name(guest.id)
    return guest.record.sort_name or name


def _in_order(view: View) -> Iterable[OpenGuest]:
    """Return everybody by table and seat, who has none last."""
    order = {table: index for index, table in enumerate(view.floor.tables)}
    last = (len(order), 0)

    def key(guest: OpenGuest) -> tuple[int, int]:
        seat = view.floor.seats.get(guest.id)
        return (order[seat.table], seat.number) if seat else last

    return sorted(view.coming, key=key)


DOCUMENTS = {
    document.name: document
    for document in (
        Document(
            "table-cards.pdf",
            gettext_lazy("Table cards"),
            gettext_lazy("One tent card for each table, with its name and its guests."),
            "table",
            _table_cards,
        ),
        Document(
            "place-cards.pdf",
            gettext_lazy("Place cards"),
            gettext_lazy("A name card for every guest, ten to a page with cut marks."),
            "id-badge",
            _place_cards,
        ),
        Document(
            "list-by-table.pdf",
            gettext_lazy("List by table"),
            gettext_lazy("Every table with its guests, for the service team."),
            "list-details",
            _list_by_table,
        ),
        Document(
            "list-by-name.pdf",
            gettext_lazy("List by name"),
            gettext_lazy("Every guest with table and seat, for the entrance."),
            "address-book",
            _list_by_name,
        ),
        Document(
            "plan.csv",
            gettext_lazy("Plan as CSV"),
            gettext_lazy("One row for each guest with table and seat, for a spreadsheet."),
            "file-type-csv",
            _csv,
        ),
        Document(
            "plan.json",
            gettext_lazy("Plan as JSON"),
            gettext_lazy("Tables with their positions and guests, for other software."),
            "file-export",
            _json,
        ),
    )
}
