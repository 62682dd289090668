"""What can be done with tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.events.models import Activity
from seatrobot.kernel.ids import one_of
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.repeats import inserting
from seatrobot.kernel.versions import ChangedMeanwhile, version_of
from seatrobot.seating import floor as floors
from seatrobot.seating import geometry
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.floor import Floor
from seatrobot.seating.models import SeatAssignment, Shape, Table, TableRecord

MOST_TABLES = 2_000
MOST_SEATS = 200
LONGEST_LABEL = 80
LONGEST_NOTE = 500
FARTHEST = 10_000
ONE_ROW = 1.2
"""Metres; tables whose centres differ less in y stand in one row."""


class Occupied(Refused):
    """A table with people at it was to be removed."""


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


def add_tables(
    *,
    actor: Principal,
    activity: Activity,
    count: int,
    facts: TableFacts,
    first_id: UUID | None = None,
) -> list[Table]:
    """Add equal tables on a grid, numbered on from the last one.

    first_id: of the first table, from the form; the same form sent again adds nothing.
    """
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    _check(facts)
    floor = floors.lock(activity)
    if count < 1 or len(floor.tables) + count > MOST_TABLES:
        raise Refused(
            _("Add between 1 and %(most)s tables; a room has at most that many.")
            % {"most": MOST_TABLES}
        )
    if first_id and first_id in floor.tables:
        first = floor.tables[first_id].number
        return [t for t in floor.tables.values() if first <= t.number < first + count]
    standing = [(t.x, t.y, geometry.draw(t.shape, t.seats).reach) for t in floor.tables.values()]
    centres = geometry.grid(count, facts.shape, facts.seats, standing)
    last = max((t.number for t in floor.tables.values()), default=0)
    tables = [
        Table(
            organization_id=actor.organization_id,
            event_id=activity.event_id,
            room=floor.room,
            number=last + index,
            shape=facts.shape,
            seats=facts.seats,
            x=x,
            y=y,
            sealed=TableRecord(facts.label.strip() if count == 1 else "", facts.note.strip()),
        )
        for index, (x, y) in enumerate(centres, start=1)
    ]
    tables[0].pk = first_id or tables[0].pk
    with inserting():
        Table.objects.bulk_create(tables)
    floors.bump(floor.room)
    journal.record(
        Action.SEATING_TABLE_CREATE,
        event_id=activity.event_id,
        count=count,
        seats=facts.seats,
        shape=facts.shape,
    )
    return tables


def version(table: Table) -> str:
    """Return what changes with what the form of a table shows."""
    record = table.sealed
    return version_of(str(table.shape), table.seats, record.label, record.note)


def change_table(
    *, actor: Principal, activity: Activity, table_id: UUID, facts: TableFacts, seen: str
) -> Table:
    """Change a table; refused when more people sit at it than it would have seats.

    seen: the version that the person looked at.
    """
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    _check(facts)
    floor = floors.lock(activity)
    table = floor.table(table_id)
    if version(table) != seen:
        raise ChangedMeanwhile(_("Somebody else changed this table meanwhile."))
    _make_fit(floor, table, facts.seats)
    table.seats, table.shape = facts.seats, facts.shape
    table.sealed = TableRecord(facts.label.strip(), facts.note.strip())
    table.save()
    floors.bump(floor.room)
    journal.record(Action.SEATING_TABLE_CHANGE, event_id=activity.event_id, subject_id=table_id)
    return table


def remove_tables(
    *, actor: Principal, activity: Activity, table_ids: Sequence[UUID], unseat: bool = False
) -> None:
    """Remove tables. People at them lose their seats, which `unseat` must say is meant."""
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity)
    tables = [floor.table(table_id) for table_id in dict.fromkeys(table_ids)]
    for table in tables:
        if (seated := len(floor.at(table.pk))) and not unseat:
            raise Occupied(_occupied(table, seated))
    Table.objects.filter(pk__in=one_of(t.pk for t in tables), room=floor.room).delete()
    floors.bump(floor.room)
    for table in tables:
        journal.record(Action.SEATING_TABLE_REMOVE, event_id=activity.event_id, subject_id=table.pk)


def move_tables(
    *, actor: Principal, activity: Activity, positions: Mapping[UUID, Position]
) -> None:
    """Put tables elsewhere on the floor."""
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity)
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
    journal.record(Action.SEATING_TABLE_CHANGE, event_id=activity.event_id, moved=len(moved))


def renumber(*, actor: Principal, activity: Activity) -> None:
    """Give the tables numbers from 1, row by row as they stand on the floor."""
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity)
    tables = _row_by_row(list(floor.tables.values()))
    for number, table in enumerate(tables, start=1):
        table.number = number
    Table.objects.bulk_update(tables, ["number"])
    floors.bump(floor.room)
    journal.record(Action.SEATING_TABLE_CHANGE, event_id=activity.event_id, renumbered=len(tables))


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
        raise Refused(sentence % facts, field="seats")
    free = [seat for seat in range(seats) if seat not in at]
    for guest in (guest for seat, guest in sorted(at.items()) if seat >= seats):
        SeatAssignment.objects.filter(table=table, guest_id=guest).update(seat=free.pop(0))


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
