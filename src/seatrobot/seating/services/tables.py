"""What can be done with tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.seating import floor as floors
from seatrobot.seating import layout
from seatrobot.seating.errors import Occupied, Refused
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.floor import Floor
from seatrobot.seating.models import Place, Shape, Table, TableRecord
from seatrobot.seating.shapes import draw

MOST_TABLES = 2_000
MOST_SEATS = 200
LONGEST_LABEL = 80
LONGEST_NOTE = 500
FARTHEST = 10_000
ONE_ROW = 1.2
"""Metres; tables whose centres differ less in y stand in one row."""


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What a person says about a table."""

    seats: int
    shape: str = Shape.ROUND
    label: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """Centre in metres, rotation in degrees clockwise."""

    x: float
    y: float
    rotation: int = 0


def add_tables(*, actor: Principal, event_id: UUID, count: int, facts: TableFacts) -> list[Table]:
    """Add equal tables on a grid, numbered on from the last one."""
    actor.require(Permission.SEATING_CHANGE, event_id)
    _check(facts)
    floor = floors.lock(event_id, actor.organization_id)
    if count < 1 or len(floor.tables) + count > MOST_TABLES:
        raise Refused(
            _("Add between 1 and %(most)s tables; an event has at most that many.")
            % {"most": MOST_TABLES}
        )
    standing = [(t.x, t.y, draw(t.shape, t.seats).reach) for t in floor.tables.values()]
    spots = layout.grid(count, facts.shape, facts.seats, standing)
    last = max((t.number for t in floor.tables.values()), default=0)
    tables = [
        Table(
            organization_id=actor.organization_id,
            event_id=event_id,
            number=last + index,
            shape=facts.shape,
            seats=facts.seats,
            x=x,
            y=y,
            sealed=TableRecord(facts.label.strip() if count == 1 else "", facts.note.strip()),
        )
        for index, (x, y) in enumerate(spots, start=1)
    ]
    Table.objects.bulk_create(tables)
    floors.bump(floor.room)
    journal.record(
        Action.SEATING_TABLE_CREATE,
        event=event_id,
        count=count,
        seats=facts.seats,
        shape=facts.shape,
    )
    return tables


def change_table(*, actor: Principal, event_id: UUID, table_id: UUID, facts: TableFacts) -> Table:
    """Change a table; refused when more people sit at it than it would have seats."""
    actor.require(Permission.SEATING_CHANGE, event_id)
    _check(facts)
    floor = floors.lock(event_id, actor.organization_id)
    table = floor.table(table_id)
    _make_fit(floor, table, facts.seats)
    table.seats, table.shape = facts.seats, facts.shape
    table.sealed = TableRecord(facts.label.strip(), facts.note.strip())
    table.save()
    floors.bump(floor.room)
    journal.record(Action.SEATING_TABLE_CHANGE, event=event_id, subject=table_id, name=table.name)
    return table


def remove_tables(
    *, actor: Principal, event_id: UUID, table_ids: Sequence[UUID], unseat: bool = False
) -> None:
    """Remove tables. People at them lose their seats, which `unseat` must say is meant."""
    actor.require(Permission.SEATING_CHANGE, event_id)
    floor = floors.lock(event_id, actor.organization_id)
    tables = [floor.table(table_id) for table_id in dict.fromkeys(table_ids)]
    for table in tables:
        if (seated := len(floor.at(table.pk))) and not unseat:
            raise Occupied(_occupied(table, seated))
    Table.objects.filter(event_id=event_id, pk__in=[table.pk for table in tables]).delete()
    floors.bump(floor.room)
    for table in tables:
        journal.record(
            Action.SEATING_TABLE_REMOVE, event=event_id, subject=table.pk, name=table.name
        )


def move_tables(*, actor: Principal, event_id: UUID, positions: Mapping[UUID, Position]) -> None:
    """Put tables elsewhere on the floor."""
    actor.require(Permission.SEATING_CHANGE, event_id)
    floor = floors.lock(event_id, actor.organization_id)
    moved = []
    for table_id, position in positions.items():
        if not (abs(position.x) <= FARTHEST and abs(position.y) <= FARTHEST):
            raise Refused(_("A table cannot stand that far away."))
        table = floor.table(table_id)
        table.x, table.y = round(position.x, 2), round(position.y, 2)
        table.rotation = position.rotation % 360
        moved.append(table)
    Table.objects.bulk_update(moved, ["x", "y", "rotation"])
    floors.bump(floor.room)
    journal.record(Action.SEATING_TABLE_CHANGE, event=event_id, moved=len(moved))


def renumber(*, actor: Principal, event_id: UUID) -> None:
    """Give the tables numbers from 1, row by row as they stand on the floor."""
    actor.require(Permission.SEATING_CHANGE, event_id)
    floor = floors.lock(event_id, actor.organization_id)
    tables = _row_by_row(list(floor.tables.values()))
    for number, table in enumerate(tables, start=1):
        table.number = number
    Table.objects.bulk_update(tables, ["number"])
    floors.bump(floor.room)
    journal.record(Action.SEATING_TABLE_CHANGE, event=event_id, renumbered=len(tables))


def _row_by_row(tables: list[Table]) -> list[Table]:
    rows: list[list[Table]] = []
    for table in sorted(tables, key=lambda t: (t.y, t.x)):
        if not rows or table.y - rows[-1][0].y > ONE_ROW:
            rows.append([])
        rows[-1].append(table)
    return [table for row in rows for table in sorted(row, key=lambda t: t.x)]


def _make_fit(floor: Floor, table: Table, seats: int) -> None:
    """Move people down to the seats that remain; raise Refused when they are too many."""
    at = floor.at(table.pk)
    too_many = len(at) - seats
    if too_many > 0:
        sentence = ngettext(
            "%(people)s people sit at %(table)s; with %(seats)s seats one of them must move first.",
            "%(people)s people sit at %(table)s;"
            " with %(seats)s seats %(move)s of them must move first.",
            too_many,
        )
        facts = {"people": len(at), "table": table.name, "seats": seats, "move": too_many}
        raise Refused(sentence % facts)
    free = [seat for seat in range(seats) if seat not in at]
    for guest in (guest for seat, guest in sorted(at.items()) if seat >= seats):
        Place.objects.filter(event_id=table.event_id, guest_id=guest).update(seat=free.pop(0))


def _occupied(table: Table, seated: int) -> str:
    return ngettext(
        "%(count)s person sits at %(table)s; removing it takes their seat.",
        "%(count)s people sit at %(table)s; removing it takes their seats.",
        seated,
    ) % {"count": seated, "table": table.name}


def _check(facts: TableFacts) -> None:
    if not 1 <= facts.seats <= MOST_SEATS:
        raise Refused(_("A table has between 1 and %(most)s seats.") % {"most": MOST_SEATS})
    if facts.shape not in Shape.values:
        raise Refused(_("Choose a shape from the list."))
    if len(facts.label.strip()) > LONGEST_LABEL or len(facts.note.strip()) > LONGEST_NOTE:
        raise Refused(
            _("A table's name has at most %(label)s characters and its note %(note)s.")
            % {"label": LONGEST_LABEL, "note": LONGEST_NOTE}
        )
