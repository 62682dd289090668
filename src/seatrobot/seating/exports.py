"""The plan as files: cards and lists for the printer, CSV and JSON for everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from uuid import UUID

import msgspec
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.documents import fonts, pdf
from seatrobot.documents.pdf import Occasion, Paper, Seated, SeatedTable
from seatrobot.documents.writing import write_csv
from seatrobot.events.models import Activity, Field
from seatrobot.guests.fields import OpenField
from seatrobot.guests.guest_list import GuestList, OpenGuest
from seatrobot.guests.importing.layout import headings_of
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.seating import columns
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.floor import Seat
from seatrobot.seating.plan import View, note_shown
from seatrobot.seating.text import name_of

PREVIEWED = 7
"""How many guests a picture on the documents page shows."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a document is to show.

    fields: columns of the guest list beside the name; answers: where they are read, with special
    answers for whoever holds their class. names: on the kitchen sheet, too. table: only this one.
    """

    answers: GuestList
    fields: tuple[OpenField, ...] = ()
    names: bool = False
    table: UUID | None = None
    paper: Paper = "a4"

    def answer(self, guest_id: UUID, field: OpenField) -> str:
        guest = self.answers.guests.get(guest_id)
        return self.answers.answer(guest, field) if guest else ""

    def note(self, guest: OpenGuest, otherwise: str = "") -> str:
        """Return what stands beside a name: the chosen columns, else something else."""
        if not self.fields:
            return otherwise
        return " · ".join(filter(None, (self.answer(guest.id, field) for field in self.fields)))


@dataclass(frozen=True, slots=True)
class Document:
    """One kind of file. name: in its address and its file name, with the extension."""

    name: str
    title: Promise
    note: Promise
    icon: str
    make: Callable[[View, Choice], bytes]

    @property
    def is_printed(self) -> bool:
        return self.name.endswith(".pdf")

    @property
    def permission(self) -> Permission:
        """Whoever sees the plan may print it; files for other software are exports."""
        return Permission.SEATING_PRINT if self.is_printed else Permission.SEATING_EXPORT

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


def export(*, actor: Principal, view: View, document: Document, choice: Choice) -> bytes:
    """Return the file, and record in the journal who took it."""
    event_id = view.activity.event_id
    actor.require(document.permission, event_id)
    content = document.make(view, choice)
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
        printed=date_format(now().astimezone(event.zone), "DATETIME_FORMAT"),
    )


def _table_cards(view: View, choice: Choice) -> bytes:
    return pdf.table_cards(occasion(view.activity), _by_table(view, choice), choice.paper)


def _place_cards(view: View, choice: Choice) -> bytes:
    cards = [
        replace(guest, note=guest.note if choice.fields else "")
        for table in _by_table(view, choice)
        for guest in table.guests
    ]
    return pdf.place_cards(occasion(view.activity), cards, choice.paper)


def _list_by_table(view: View, choice: Choice) -> bytes:
    return pdf.list_by_table(occasion(view.activity), _by_table(view, choice), choice.paper)


def _list_by_name(view: View, choice: Choice) -> bytes:
    everybody = [
        replace(_seated(view, guest, choice), note=choice.note(guest)) for guest in view.coming
    ]
    return pdf.list_by_name(occasion(view.activity), everybody, choice.paper)


def _kitchen_sheet(view: View, choice: Choice) -> bytes:
    """Return counts for the whole room, then table by table."""
    sitting = _sitting(view)
    wanted = [t for t in view.floor.tables.values() if choice.table in {None, t.pk}]
    at = {t.name: [guest for _seat, guest in sitting[t.pk]] for t in wanted if sitting[t.pk]}
    everybody = [guest for guests in at.values() for guest in guests]
    whole = replace(choice, names=False)
    tables = [
        pdf.KitchenTable(name, len(guests), _portions(view, guests, choice))
        for name, guests in at.items()
    ]
    if len(tables) > 1:
        every = _portions(view, everybody, whole)
        tables.insert(0, pdf.KitchenTable(_("All tables"), len(everybody), every))
    return pdf.kitchen_sheet(occasion(view.activity), tables, len(everybody), choice.paper)


def _portions(
    view: View, guests: list[OpenGuest], choice: Choice
) -> list[tuple[str, list[pdf.Portion]]]:
    """Return by column how many of these guests have each value, those without one last."""
    found = []
    for field in choice.fields or kitchen_fields(choice.answers):
        by_value: dict[str, list[str]] = {}
        for guest in guests:
            by_value.setdefault(choice.answer(guest.id, field), []).append(view.name(guest.id))
        rows = sorted(by_value.items(), key=lambda row: (not row[0], -len(row[1]), row[0]))
        portions = [
            pdf.Portion(
                value or _("Nothing said"),
                len(names),
                names if choice.names and value else (),
            )
            for value, names in rows
        ]
        found.append((field.label, portions))
    return found


def kitchen_fields(answers: GuestList) -> list[OpenField]:
    """Return what a kitchen asks for where nobody chose: diets, else what offers choices."""
    diets = [field for field in answers.fields if field.type == Field.Type.DIET]
    return diets or [field for field in answers.fields if field.type == Field.Type.CHOICE]


def _csv(view: View, choice: Choice) -> bytes:
    built_in = [columns.columns(view.guests)[key] for key in ("company", "tags")]
    fields = choice.fields or tuple(view.guests.fields)
    heads = [_("Table"), _("Seat"), _("Locked"), _("Title"), _("First name"), _("Last name")]
    heads += [_("Suffix"), _("E-mail"), _("Phone"), _("Status"), _("Reference")]
    heads += [*(column.label for column in built_in), *headings_of(fields)]
    rows = (
        [
            *_row(view, guest),
            *("; ".join(column.values(guest.record)) for column in built_in),
            *(choice.answer(guest.id, field) for field in fields),
        ]
        for guest in _in_order(view)
    )
    return write_csv(heads, rows)


def _row(view: View, guest: OpenGuest) -> list[str]:
    seat, r = view.floor.seats.get(guest.id), guest.record
    table = view.floor.tables[seat.table].name if seat else ""
    number = str(seat.number + 1) if seat else ""
    locked = _("yes") if seat and seat.locked else ""
    own = [r.title, r.first_name, r.last_name, r.suffix, r.email, r.phone]
    if not guest.is_named:
        own[2] = view.name(guest.id)
    return [table, number, locked, *own, str(guest.status.label), r.reference]


def _json(view: View, choice: Choice) -> bytes:
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
                        **_answers(choice, guest),
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


def _answers(choice: Choice, guest: OpenGuest) -> dict[str, dict[str, str]]:
    """Return the chosen columns of a guest, where some were chosen."""
    if not choice.fields:
        return {}
    return {"answers": {field.label: choice.answer(guest.id, field) for field in choice.fields}}


def _by_table(view: View, choice: Choice) -> list[SeatedTable]:
    """Return the tables with people at them."""
    sitting = _sitting(view)
    return [
        SeatedTable(t.name, [_seated(view, guest, choice) for _seat, guest in sitting[t.pk]])
        for t in view.floor.tables.values()
        if sitting[t.pk] and choice.table in {None, t.pk}
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


def _seated(view: View, guest: OpenGuest, choice: Choice) -> Seated:
    seat = view.floor.seats.get(guest.id)
    return Seated(
        name=view.name(guest.id),
        sort_name=_sort_name(view, guest),
        title=guest.record.title,
        table=view.floor.tables[seat.table].name if seat else "",
        seat=str(seat.number + 1) if seat else "",
        note=choice.note(guest, guest.record.company),
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
            "kitchen-sheet.pdf",
            gettext_lazy("Kitchen sheet"),
            gettext_lazy("How many guests of each table have which diet or course."),
            "tools-kitchen-2",
            _kitchen_sheet,
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
