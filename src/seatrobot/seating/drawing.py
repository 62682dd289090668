"""The floor as it is drawn: whole centimetres, so that text in it has an ordinary size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from seatrobot.seating.floor import Floor
from seatrobot.seating.models import Table
from seatrobot.seating.people import Person
from seatrobot.seating.shapes import SEAT_RADIUS, draw

CENTIMETRES = 100
MARGIN = 60
SMALLEST = 600


@dataclass(frozen=True, slots=True)
class DrawnSeat:
    """A seat; `classes` and `transform` are as they stand in the drawing."""

    number: int
    transform: str
    person: Person | None
    locked: bool

    @property
    def classes(self) -> str:
        if self.person is None:
            return "seat"
        return "seat is-taken is-locked" if self.locked else "seat is-taken"


@dataclass(frozen=True, slots=True)
class DrawnTable:
    table: Table
    x: int
    y: int
    circle: bool
    width: int
    height: int
    seats: list[DrawnSeat]

    @property
    def left(self) -> int:
        return -self.width // 2

    @property
    def top(self) -> int:
        return -self.height // 2

    @property
    def radius(self) -> int:
        return self.width // 2

    @property
    def plate(self) -> str:
        """What stands on the table: its label, or else its number."""
        return self.table.sealed.label or str(self.table.number)

    @property
    def taken(self) -> int:
        return sum(1 for seat in self.seats if seat.person)

    @property
    def upright(self) -> int:
        """Turn text back so that it stands upright on a turned table."""
        return -self.table.rotation


@dataclass(frozen=True, slots=True)
class DrawnFloor:
    """left, top, width, height: of everything, with a margin."""

    tables: list[DrawnTable]
    left: int
    top: int
    width: int
    height: int
    seat_radius: int = round(SEAT_RADIUS * CENTIMETRES)


def drawn(floor: Floor, people: dict[UUID, Person]) -> DrawnFloor:
    """Return the drawing of a floor with the people at its tables."""
    at: dict[tuple[UUID, int], tuple[Person, bool]] = {}
    for guest, spot in floor.spots.items():
        if guest in people:
            at[spot.table, spot.seat] = (people[guest], spot.locked)
    tables = [_table(table, at) for table in floor.tables.values()]
    left, top, right, bottom = _bounds(floor.tables.values())
    return DrawnFloor(tables, left, top, right - left, bottom - top)


def _table(table: Table, at: dict[tuple[UUID, int], tuple[Person, bool]]) -> DrawnTable:
    shape = draw(table.shape, table.seats)
    upright = f" rotate({-table.rotation})" if table.rotation else ""
    seats = []
    for number, (x, y) in enumerate(shape.seats):
        person, locked = at.get((table.pk, number), (None, False))
        transform = f"translate({_cm(x)} {_cm(y)}){upright}"
        seats.append(DrawnSeat(number, transform, person, locked))
    return DrawnTable(
        table, _cm(table.x), _cm(table.y), shape.circle, _cm(shape.width), _cm(shape.height), seats
    )


def _bounds(tables: Iterable[Table]) -> tuple[int, int, int, int]:
    boxes = [(t.x, t.y, draw(t.shape, t.seats).reach) for t in tables]
    if not boxes:
        return 0, 0, SMALLEST, SMALLEST
    return (
        _cm(min(x - reach for x, _, reach in boxes)) - MARGIN,
        _cm(min(y - reach for _, y, reach in boxes)) - MARGIN,
        _cm(max(x + reach for x, _, reach in boxes)) + MARGIN,
        _cm(max(y + reach for _, y, reach in boxes)) + MARGIN,
    )


def _cm(metres: float) -> int:
    return round(metres * CENTIMETRES)
