"""One room as a member sees it, and as the floor plan's script gets it."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.urls import reverse

from seatrobot.events import reading as events
from seatrobot.events.models import Activity
from seatrobot.guests.guest_list import GuestList, OpenGuest, open_list
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.seating import columns, geometry, problems
from seatrobot.seating import floor as floors
from seatrobot.seating.columns import Column
from seatrobot.seating.feature import Permission
from seatrobot.seating.floor import Floor
from seatrobot.seating.models import Room, Rule, Step
from seatrobot.seating.services import history
from seatrobot.seating.text import Words

CENTIMETRES = 100
LONGEST_VALUE = 120
"""Characters of a value that the plan shows."""


@dataclass(frozen=True)
class View:
    """The seating of one activity as a member sees it."""

    member: Principal
    activity: Activity
    floor: Floor
    guests: GuestList
    rules: list[Rule]

    @property
    def coming(self) -> list[OpenGuest]:
        """Everybody who gets a seat, by name."""
        return self.guests.taking_place

    @property
    def version(self) -> str:
        return floors.version(self.floor.room, self.guests.version)

    @cached_property
    def columns(self) -> dict[str, Column]:
        return columns.columns(self.guests)

    @cached_property
    def parties(self) -> dict[UUID, list[OpenGuest]]:
        return problems.parties_of(self.coming)

    @cached_property
    def words(self) -> Words:
        rules = {rule.pk: rule for rule in self.rules}
        return Words(self.guests, self.floor, rules, self.columns)

    @property
    def seats(self) -> int:
        return sum(table.seats for table in self.floor.tables.values())

    @property
    def may_change(self) -> bool:
        return self.member.may(Permission.SEATING_CHANGE, self.activity.event_id)

    def name(self, guest_id: UUID) -> str:
        """Return what a guest is called, and note in the journal that they are shown."""
        journal.shown([guest_id])
        return self.guests.plain_name(self.guests.guests[guest_id])


def load(member: Principal, event_id: UUID, activity_id: UUID | None = None) -> View:
    """Return what a member sees of the seating of an activity; Http404 where there is none."""
    activity = events.load_activity(member, event_id, activity_id)
    guests = open_list(member, event_id, Permission.SEATING_VIEW)
    floor = floors.read(activity)
    return View(member, activity, floor, guests, list(Rule.objects.filter(room=floor.room)))


def note_shown(view: View) -> None:
    """Note in the journal that everybody who gets a seat is shown."""
    if len(view.coming) == len(view.guests):
        journal.shown_everybody()
    else:
        journal.shown(guest.id for guest in view.coming)


def address(activity: Activity, name: str, *parts: object) -> str:
    """Return the URL of a page about the seating of an activity."""
    where = [activity.organization_id, activity.event_id]
    if activity.position == 0:
        return reverse(f"seating:{name}", args=[*where, *parts])
    return reverse(f"activity-seating:{name}", args=[*where, activity.pk, *parts])


def as_data(view: View, known: str = "") -> dict[str, Any]:
    """Return a room for the script: as short as possible, for ten thousand guests.

    Guests and tables are named by their position in `people` and `tables`. `people` is left out
    for a script that has read them at version `known` of the guest list.
    """
    positions = {guest.id: position for position, guest in enumerate(view.coming)}
    data = {
        "version": view.version,
        "mayChange": view.may_change,
        **_tables(view.floor, positions),
        "rules": _rules(view, positions),
        **steps(view.member, view.floor.room),
    }
    if known != view.guests.version:
        data["people"] = _people(view, positions)
    return data


def values_data(view: View) -> dict[str, Any]:
    """Return what the columns of the guest list say of everybody on the plan.

    cells: for each guest the position of the value, -1 without one, a list of several.
    """
    found = [(column, _cells(column, view.coming)) for column in view.columns.values()]
    return {
        "people": view.guests.version,
        "columns": [
            {"key": column.key, "label": column.label, "values": values, "cells": cells}
            for column, (values, cells) in found
            if values
        ],
    }


def steps(member: Principal, room: Room) -> dict[str, str | None]:
    """Return what undo and redo would do, None for nothing."""
    if not member.may(Permission.SEATING_CHANGE, room.event_id):
        return {"undo": None, "redo": None}
    last, following = history.latest(member, room), history.earliest_undone(member, room)
    return {"undo": _label(last), "redo": _label(following)}


def changed(rows: Iterable[list[Any]]) -> list[dict[str, Any]]:
    """Return `before` or `after` of a step as seats."""
    return [
        {"guest": guest, "table": table, "seat": seat, "locked": locked}
        for guest, table, seat, locked in rows
    ]


def _label(step: Step | None) -> str | None:
    return str(Step.Kind(step.kind).label) if step else None


def _short(pk: UUID) -> str:
    """Return an identifier in 22 characters."""
    return urlsafe_b64encode(pk.bytes)[:22].decode()


def _tables(floor: Floor, positions: dict[UUID, int]) -> dict[str, Any]:
    """Return tables, their distinct shapes, and who sits at them.

    A table is `[id, name, label or number, shape, x, y, rotation, guest by seat or -1]`, in whole
    centimetres; a shape is `[circle, width, height, [x, y of each seat]]`.
    """
    shapes: dict[tuple[str, int], int] = {}
    at = {table.pk: [-1] * table.seats for table in floor.tables.values()}
    locked = []
    for guest, seat in floor.seats.items():
        if guest in positions and seat.number < len(at[seat.table]):
            at[seat.table][seat.number] = positions[guest]
            if seat.locked:
                locked.append(positions[guest])
    tables = [
        [
            _short(t.pk),
            t.name,
            t.sealed.label or t.number,
            shapes.setdefault((t.shape, t.seats), len(shapes)),
            _cm(t.x),
            _cm(t.y),
            t.rotation,
            at[t.pk],
        ]
        for t in floor.tables.values()
    ]
    return {"tables": tables, "shapes": [_shape(*key) for key in shapes], "locked": sorted(locked)}


def _shape(shape: str, seats: int) -> list[Any]:
    drawing = geometry.draw(shape, seats)
    centres = [_cm(value) for centre in drawing.seats for value in centre]
    return [int(drawing.circle), _cm(drawing.width), _cm(drawing.height), centres]


def _cm(metres: float) -> int:
    return round(metres * CENTIMETRES)


def _people(view: View, positions: dict[UUID, int]) -> dict[str, Any]:
    """Return everybody on the plan, by name.

    ids: 22 characters each, without separators. shorts: what stands on the seat, 0 for the last
    word of the name, another number for the name from that UTF-16 unit on. initials: by position,
    where they are not those of the name and of what stands on the seat.
    """
    names, shorts, initials = [], [], {}
    for position, guest in enumerate(view.coming):
        name, short = view.guests.plain_name(guest), view.guests.short_name(guest)
        names.append(name)
        shorts.append(_cut(name, short))
        own = view.guests.initials(guest)
        if own != (name[0] if short == name else name[0] + short[0]).upper():
            initials[position] = own
    return {
        "version": view.guests.version,
        "ids": "".join(_short(guest.id) for guest in view.coming),
        "names": names,
        "shorts": shorts,
        "initials": initials,
        "parties": [[positions[g.id] for g in members] for members in view.parties.values()],
    }


def _cut(name: str, short: str) -> int | str:
    if short == name.rpartition(" ")[2]:
        return 0
    if name.endswith(short) and short != name:
        return len(name[: -len(short)].encode("utf-16-le")) // 2
    return short


def _cells(column: Column, coming: Iterable[OpenGuest]) -> tuple[list[str], list[int | list[int]]]:
    numbers: dict[str, int] = {}
    cells: list[int | list[int]] = []
    for guest in coming:
        found = [
            numbers.setdefault(value[:LONGEST_VALUE], len(numbers))
            for value in column.values(guest.record)
        ]
        cells.append(found if len(found) > 1 else found[0] if found else -1)
    return list(numbers), cells


def _rules(view: View, positions: dict[UUID, int]) -> list[dict[str, Any]]:
    tables = {table: position for position, table in enumerate(view.floor.tables)}
    return [
        {
            "id": str(rule.pk),
            "kind": rule.kind,
            "must": rule.strength == Rule.Strength.MUST,
            "text": view.words.rule(rule),
            "guests": [positions[guest] for guest in rule.guest_ids if guest in positions],
            "tables": [tables[table] for table in rule.table_ids if table in tables],
        }
        for rule in view.rules
    ]
