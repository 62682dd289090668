"""Every change of who sits where is a step, which the account that made it can undo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from seatrobot.events.models import Activity
from seatrobot.guests import guest_list
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import TAKES_PLACE
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.seating import floor as floors
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.floor import Floor, Seat
from seatrobot.seating.models import Room, SeatAssignment, Step

Seats = Mapping[UUID, Seat | None]
Rows = Sequence[Sequence[object]]


def change(
    floor: Floor, actor: Principal, kind: Step.Kind, after: Seats, split: Iterable[UUID] = ()
) -> Step | None:
    """Seat guests elsewhere (None: nowhere) as one step; None when nothing would change.

    The floor is locked and the new seats have been checked against each other.
    """
    moved = {guest: seat for guest, seat in after.items() if floor.seats.get(guest) != seat}
    if not moved:
        return None
    before = {guest: floor.seats.get(guest) for guest in moved}
    newly_split = [party for party in split if party not in floor.room.split_parties]
    _of(actor, floor.room).filter(undone=True).delete()
    step = Step.objects.create(
        organization_id=actor.organization_id,
        event_id=floor.room.event_id,
        room=floor.room,
        account_id=actor.account_id,
        kind=kind,
        before=_rows(before),
        after=_rows(moved),
        split=newly_split,
        at=now(),
    )
    _seat(floor, moved)
    _split(floor.room, add=newly_split)
    floors.bump(floor.room)
    return step


def undo(*, actor: Principal, activity: Activity) -> Step:
    """Take back the member's latest step; refused when its people were moved since."""
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity)
    step = latest(actor, floor.room)
    if step is None:
        raise Refused(_("There is nothing of yours to undo."))
    _replay(floor, actor, step, step.after, step.before)
    _split(floor.room, remove=step.split)
    _mark(floor, step, undone=True)
    _record(Action.SEATING_UNDO, step)
    return step


def redo(*, actor: Principal, activity: Activity) -> Step:
    """Do again what the member last took back; refused when its people were moved since."""
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity)
    step = earliest_undone(actor, floor.room)
    if step is None:
        raise Refused(_("There is nothing of yours to redo."))
    _replay(floor, actor, step, step.before, step.after)
    _split(floor.room, add=step.split)
    _mark(floor, step, undone=False)
    _record(Action.SEATING_REDO, step)
    return step


def latest(actor: Principal, room: Room) -> Step | None:
    """Return the step that undo would take back."""
    return _of(actor, room).filter(undone=False).order_by("-id").first()


def earliest_undone(actor: Principal, room: Room) -> Step | None:
    """Return the step that redo would do again."""
    return _of(actor, room).filter(undone=True).order_by("id").first()


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
        if guest in then and floor.seats.get(guest) != seat:
            raise Refused(
                _("%(name)s was moved since, and that would be lost.")
                % _names(actor, step, name=guest)
            )
    others = {(s.table, s.number): g for g, s in floor.seats.items() if g not in then}
    for guest, seat in then.items():
        if seat is None:
            continue
        table = floor.tables.get(seat.table)
        if table is None or seat.number >= table.seats:
            raise Refused(
                _("The seat that %(name)s had is no longer there.")
                % _names(actor, step, name=guest)
            )
        if other := others.get((seat.table, seat.number)):
            raise Refused(
                _("The seat that %(name)s had at %(table)s is taken by %(other)s.")
                % {"table": table.name, **_names(actor, step, name=guest, other=other)}
            )
    _seat(floor, then)


def _still_coming(step: Step, seats: Seats) -> dict[UUID, Seat | None]:
    rows = Guest.objects.filter(event_id=step.event_id, pk__in=list(seats), status__in=TAKES_PLACE)
    coming = set(rows.values_list("pk", flat=True))
    return {guest: seat for guest, seat in seats.items() if guest in coming}


def _seat(floor: Floor, seats: Seats) -> None:
    SeatAssignment.objects.filter(room=floor.room, guest_id__in=list(seats)).delete()
    SeatAssignment.objects.bulk_create(
        SeatAssignment(
            organization_id=floor.room.organization_id,
            event_id=floor.room.event_id,
            room=floor.room,
            guest_id=guest,
            table_id=seat.table,
            seat=seat.number,
            locked=seat.locked,
        )
        for guest, seat in seats.items()
        if seat
    )
    for guest, seat in seats.items():
        if seat:
            floor.seats[guest] = seat
        else:
            floor.seats.pop(guest, None)


def _split(room: Room, add: Iterable[UUID] = (), remove: Iterable[UUID] = ()) -> None:
    parties = [p for p in dict.fromkeys([*room.split_parties, *add]) if p not in set(remove)]
    if parties != room.split_parties:
        room.split_parties = parties
        room.save(update_fields=["split_parties"])


def _mark(floor: Floor, step: Step, *, undone: bool) -> None:
    step.undone = undone
    step.save(update_fields=["undone"])
    floors.bump(floor.room)


def _names(actor: Principal, step: Step, **guests: UUID) -> dict[str, str]:
    names = guest_list.names(actor, step.event_id, list(guests.values()))
    journal.shown(names)
    return {role: names.get(guest, _("Somebody")) for role, guest in guests.items()}
