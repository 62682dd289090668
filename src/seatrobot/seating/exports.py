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

from seatrobot.documents import pdf
from seatrobot.documents.pdf import Occasion, Paper, Seated, SeatedTable
from seatrobot.documents.writing import write_csv
from seatrobot.events.models import Event
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.seating import columns
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.floor import Spot
from seatrobot.seating.people import Person
from seatrobot.seating.state import View


@dataclass(frozen=True, slots=True)
class Document:
    """One kind of file. name: in its address and its file name, with the extension."""

    name: str
    title: Promise
    note: Promise
    icon: str
    make: Callable[[Event, View, Paper], bytes]

    @property
    def is_printed(self) -> bool:
        return self.name.endswith(".pdf")

    @property
    def content_type(self) -> str:
        kinds = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}
        return kinds.get(self.name.rpartition(".")[2], "application/json")


def export(
    *, actor: Principal, event: Event, view: View, document: Document, paper: Paper
) -> bytes:
    """Return the file, and tell the journal who took it."""
    actor.require(Permission.SEATING_EXPORT, event.pk)
    content = document.make(event, view, paper)
    journal.record(
        Action.SEATING_EXPORT, event=event.pk, document=document.name, guests=len(view.people)
    )
    return content


def occasion(event: Event) -> Occasion:
    local = event.starts_at.astimezone(event.zone)
    return Occasion(
        title=event.title,
        date=date_format(local, "DATE_FORMAT"),
        venue=event.sealed.venue,
        printed=date_format(now().astimezone(event.zone), "SHORT_DATETIME_FORMAT"),
    )


def _table_cards(event: Event, view: View, paper: Paper) -> bytes:
    return pdf.table_cards(occasion(event), _by_table(view), paper)


def _place_cards(event: Event, view: View, paper: Paper) -> bytes:
    cards = [guest for table in _by_table(view) for guest in table.guests]
    return pdf.place_cards(occasion(event), cards, paper)


def _list_by_table(event: Event, view: View, paper: Paper) -> bytes:
    return pdf.list_by_table(occasion(event), _by_table(view), paper)


def _list_by_name(event: Event, view: View, paper: Paper) -> bytes:
    everybody = [_seated(view, person) for person in view.people.values()]
    return pdf.list_by_name(occasion(event), everybody, paper)


def _csv(_event: Event, view: View, _paper: Paper) -> bytes:
    keys = columns.keys(person.record for person in view.people.values())
    heads = [_("Table"), _("Seat"), _("Locked"), _("Title"), _("First name"), _("Last name")]
    heads += [_("Suffix"), _("Reference"), *map(columns.label, keys)]
    rows = (_row(view, person, keys) for person in _in_order(view))
    return write_csv(heads, rows)


def _row(view: View, person: Person, keys: list[str]) -> list[str]:
    spot, r = view.floor.spots.get(person.id), person.record
    table = view.floor.tables[spot.table].name if spot else ""
    seat = str(spot.seat + 1) if spot else ""
    locked = _("yes") if spot and spot.locked else ""
    own = [r.title, r.first_name, r.last_name, r.suffix, r.reference]
    return [table, seat, locked, *own, *("; ".join(columns.values(r, key)) for key in keys)]


def _json(event: Event, view: View, _paper: Paper) -> bytes:
    data = {
        "event": {"id": str(event.pk), "title": event.title, "starts_at": event.starts_at},
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
                    {"id": str(p.id), "name": p.name, "seat": s.seat + 1, "locked": s.locked}
                    for s, p in _sitting(view, t.pk)
                ],
            }
            for t in view.floor.tables.values()
        ],
        "unseated": [
            {"id": str(p.id), "name": p.name}
            for p in view.people.values()
            if p.id not in view.floor.spots
        ],
    }
    return msgspec.json.format(msgspec.json.encode(data), indent=2)


def _by_table(view: View) -> list[SeatedTable]:
    return [
        SeatedTable(
            table.name, [_seated(view, person) for _spot, person in _sitting(view, table.pk)]
        )
        for table in view.floor.tables.values()
        if any(spot.table == table.pk for spot in view.floor.spots.values())
    ]


def _sitting(view: View, table_id: UUID) -> list[tuple[Spot, Person]]:
    at = view.floor.at(table_id)
    return [(view.floor.spots[at[s]], view.people[at[s]]) for s in sorted(at)]


def _seated(view: View, person: Person) -> Seated:
    spot = view.floor.spots.get(person.id)
    return Seated(
        name=person.name,
        sort_name=person.record.sort_name or person.name,
        title=person.record.title,
        table=view.floor.tables[spot.table].name if spot else "",
        seat=str(spot.seat + 1) if spot else "",
        note=person.record.company,
    )


def _in_order(view: View) -> Iterable[Person]:
    """Return everybody by table and seat, who has none last."""
    order = {table: index for index, table in enumerate(view.floor.tables)}
    last = (len(order), 0)

    def key(person: Person) -> tuple[int, int]:
        spot = view.floor.spots.get(person.id)
        return (order[spot.table], spot.seat) if spot else last

    return sorted(view.people.values(), key=key)


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
