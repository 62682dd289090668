"""Every change of who sits where is a step, which the account that made it can undo."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from seatrobot.events.models import Activity
from seatrobot.guests import guest_list
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import TAKES_PLACE
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id, one_of
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.seating import floor as floors
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.floor import Floor, Seat
from seatrobot.seating.models import Room, SeatAssignment, Step

MOST_TRIED = 100
"""Steps that are looked at until one can be undone."""

Seats = Mapping[UUID, Seat | None]
Rows = Sequence[Sequence[object]]


def change(floor: Floor, actor: Principal, kind: Step.Kind, after: Seats) -> Step | None:
    """Seat guests elsewhere (None: nowhere) as one step; None when nothing would change.

    The floor is locked and the new seats have been checked against each other.
    """
    moved = {guest: seat for guest, seat in after.items() if floor.seats.get(guest) != seat}
    if not moved:
        return None
    before = {guest: floor.seats.get(guest) for guest in moved}
    _of(actor, floor.room).filter(undone=True).delete()
    step = Step.objects.create(
        organization_id=actor.organization_id,
        event_id=floor.room.event_id,
        room=floor.room,
        account_id=actor.account_id,
        kind=kind,
        before=_rows(before),
        after=_rows(moved),
        at=now(),
    )
    _seat(floor, moved)
    floors.bump(floor.room)
    return step


_TAKE_SEATS = """
INSERT INTO seating_assignment
    (id, organization_id, event_id, room_id, guest_id, table_id, seat, locked)
SELECT id, %(organization)s, %(event)s, %(room)s, guest, place, number, is_locked
FROM unnest(%(ids)s::uuid[], %(guests)s::uuid[], %(tables)s::uuid[], %(numbers)s::int[],
    %(locked)s::bool[]) AS taken (id, guest, place, number, is_locked)
"""


@dataclass(frozen=True, slots=True)
class Undone:
    """What undo or redo did. skipped: steps that could not be, each with the reason.

    step: None when all that were left had to be skipped.
    """

    step: Step | None
    skipped: tuple[str, ...] = ()


def undo(*, actor: Principal, activity: Activity) -> Undone:
    """Take back the member's latest step that can be.

    A step whose people were moved since, or whose seats are gone, is skipped for good and named,
    also when no other is left. Refused when there was none.
    """
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity)
    steps = _of(actor, floor.room).filter(undone=False).order_by("-id")
    return _first(floor, actor, steps, Action.SEATING_UNDO, _("There is nothing of yours to undo."))


def redo(*, actor: Principal, activity: Activity) -> Undone:
    """Do again what the member last took back and can be; others are skipped as in `undo`."""
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity)
    steps = _of(actor, floor.room).filter(undone=True).order_by("id")
    return _first(floor, actor, steps, Action.SEATING_REDO, _("There is nothing of yours to redo."))


def latest(actor: Principal, room: Room) -> Step | None:
    """Return the step that undo would take back, if it can be."""
    return _of(actor, room).filter(undone=False).order_by("-id").first()


def earliest_undone(actor: Principal, room: Room) -> Step | None:
    """Return the step that redo would do again, if it can be."""
    return _of(actor, room).filter(undone=True).order_by("id").first()


def _first(
    floor: Floor, actor: Principal, steps: QuerySet[Step], action: Action, nothing: str
) -> Undone:
    """Bring the first of these steps that can be to its other state; the ones before it go."""
    undoing = action is Action.SEATING_UNDO
    skipped: dict[UUID, str] = {}
    for step in steps[:MOST_TRIED]:
        present, wanted = (step.after, step.before) if undoing else (step.before, step.after)
        try:
            _replay(floor, actor, step, present, wanted)
        except Refused as refusal:
            facts = {"step": Step.Kind(step.kind).label, "reason": refusal.sentence}
            skipped[step.pk] = _("%(step)s: %(reason)s") % facts
            continue
        _forget(skipped)
        _mark(floor, step, undone=undoing)
        _record(action, step)
        return Undone(step, tuple(skipped.values()))
    if not skipped:
        raise Refused(nothing)
    _forget(skipped)
    return Undone(None, tuple(skipped.values()))


_FORGET = """
UPDATE seating_step SET before = (
    SELECT coalesce(jsonb_agg(moved ORDER BY place), '[]')
    FROM jsonb_array_elements(before) WITH ORDINALITY AS listed (moved, place)
    WHERE moved ->> 0 <> ALL(%(guests)s)
), after = (
    SELECT coalesce(jsonb_agg(moved ORDER BY place), '[]')
    FROM jsonb_array_elements(after) WITH ORDINALITY AS listed (moved, place)
    WHERE moved ->> 0 <> ALL(%(guests)s)
)
WHERE event_id = %(event)s AND EXISTS (
    SELECT FROM jsonb_array_elements(before || after) AS moved
    WHERE moved ->> 0 = ANY(%(guests)s))
"""


def forget(event_id: UUID, guest_ids: Collection[UUID]) -> None:
    """Take guests who are removed for good out of all steps; one that moved nobody else goes."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, {"event": event_id, "guests": [str(each) for each in guest_ids]})
    Step.objects.filter(event_id=event_id, after=[]).delete()


def _forget(steps: Collection[UUID]) -> None:
    Step.objects.filter(pk__in=one_of(steps)).delete()


def _of(actor: Principal, room: Room) -> QuerySet[Step]:
    return Step.objects.filter(room=room, account_id=actor.account_id)


def _record(action: Action, step: Step) -> None:
    journal.record(action, event_id=step.event_id, subject_id=step.pk, guests=len(step.after))


def _rows(seats: Seats) -> list[list[object]]:
    return [
        [str(guest), str(seat.table), seat.number, seat.locked]
        if seat
        else [str(guest), None, None, False]
        for guest, seat in seats.items()
    ]


def _seats_of(rows: Rows) -> dict[UUID, Seat | None]:
    """Read `before` or `after` of a step."""
    return {
        UUID(str(guest)): Seat(UUID(str(table)), int(str(number)), bool(locked)) if table else None
        for guest, table, number, locked in rows
    }


def _replay(floor: Floor, actor: Principal, step: Step, present: Rows, wanted: Rows) -> None:
    """Bring the people of a step from one state to the other, if both are still possible."""
    then = _still_coming(step, _seats_of(wanted))
    for guest, seat in _seats_of(present).items():
        if guest not in then or (at := floor.seats.get(guest)) == seat:
            continue
        sentence = (
            _("%(name)s was moved since, and that would be lost.")
            if at
            else _("%(name)s has lost the seat since, by a reply or by hand.")
        )
        raise Refused(sentence % _guest_names(actor, step, name=guest))
    others = {(s.table, s.number): g for g, s in floor.seats.items() if g not in then}
    for guest, seat in then.items():
        if seat is None:
            continue
        table = floor.tables.get(seat.table)
        if table is None or seat.number >= table.seats:
            raise Refused(
                _("The seat that %(name)s had is no longer there.")
                % _guest_names(actor, step, name=guest)
            )
        if other := others.get((seat.table, seat.number)):
            raise Refused(
                _("The seat that %(name)s had at %(table)s is taken by %(other)s.")
                % {"table": table.name, **_guest_names(actor, step, name=guest, other=other)}
            )
    _seat(floor, then)


def _still_coming(step: Step, seats: Seats) -> dict[UUID, Seat | None]:
    rows = Guest.objects.filter(
        pk__in=one_of(seats), event_id=step.event_id, status__in=TAKES_PLACE
    )
    coming = set(rows.values_list("pk", flat=True))
    return {guest: seat for guest, seat in seats.items() if guest in coming}


def _seat(floor: Floor, seats: Seats) -> None:
    SeatAssignment.objects.filter(guest_id__in=one_of(seats), room=floor.room).delete()
    taken = [(guest, seat) for guest, seat in seats.items() if seat]
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE_SEATS,
            {
                "organization": floor.room.organization_id,
                "event": floor.room.event_id,
                "room": floor.room.pk,
                "ids": [new_id() for _row in taken],
                "guests": [guest for guest, _seat in taken],
                "tables": [seat.table for _guest, seat in taken],
                "numbers": [seat.number for _guest, seat in taken],
                "locked": [seat.locked for _guest, seat in taken],
            },
        )
    for guest, seat in seats.items():
        if seat:
            floor.seats[guest] = seat
        else:
            floor.seats.pop(guest, None)


def _mark(floor: Floor, step: Step, *, undone: bool) -> None:
    step.undone = undone
    step.save(update_fields=["undone"])
    floors.bump(floor.room)


def _guest_names(actor: Principal, step: Step, **guests: UUID) -> dict[str, str]:
    names = guest_list.display_names(actor, step.event_id, list(guests.values()))
    journal.shown(names)
    return {role: names.get(guest, _("Somebody")) for role, guest in guests.items()}
