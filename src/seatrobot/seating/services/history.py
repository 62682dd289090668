"""Every change of who sits where is a step that its maker can take back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.seating import floor as floors
from seatrobot.seating import people
from seatrobot.seating.errors import Refused
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.floor import Floor, Spot
from seatrobot.seating.models import Place, Room, Step

Spots = Mapping[UUID, Spot | None]


def change(
    floor: Floor, actor: Principal, kind: Step.Kind, after: Spots, split: Iterable[UUID] = ()
) -> Step | None:
    """Seat guests elsewhere (None: nowhere) as one step; None when nothing would change.

    The floor is locked and the new spots have been checked against each other.
    """
    moved = {guest: spot for guest, spot in after.items() if floor.spots.get(guest) != spot}
    if not moved:
        return None
    before = {guest: floor.spots.get(guest) for guest in moved}
    newly_split = [party for party in split if party not in floor.room.split_parties]
    _of(actor, floor.room.event_id).filter(undone=True).delete()
    step = Step.objects.create(
        organization_id=actor.organization_id,
        event_id=floor.room.event_id,
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


def undo(*, actor: Principal, event_id: UUID) -> Step:
    """Take back the member's latest step; refused when its people were moved since."""
    actor.require(Permission.SEATING_CHANGE, event_id)
    floor = floors.lock(event_id, actor.organization_id)
    step = latest(actor, event_id)
    if step is None:
        raise Refused(_("There is nothing of yours to undo."))
    _go(floor, step, step.after, step.before, _("%(name)s was moved since; undo would lose that."))
    _split(floor.room, remove=step.split)
    _mark(floor, step, undone=True)
    journal.record(Action.SEATING_UNDO, event=event_id, subject=step.pk, guests=len(step.before))
    return step


def redo(*, actor: Principal, event_id: UUID) -> Step:
    """Do again what the member last took back; refused when its people were moved since."""
    actor.require(Permission.SEATING_CHANGE, event_id)
    floor = floors.lock(event_id, actor.organization_id)
    step = earliest_undone(actor, event_id)
    if step is None:
        raise Refused(_("There is nothing of yours to redo."))
    _go(floor, step, step.before, step.after, _("%(name)s was moved since; redo would lose that."))
    _split(floor.room, add=step.split)
    _mark(floor, step, undone=False)
    journal.record(Action.SEATING_REDO, event=event_id, subject=step.pk, guests=len(step.after))
    return step


def latest(actor: Principal, event_id: UUID) -> Step | None:
    """Return the step that undo would take back."""
    return _of(actor, event_id).filter(undone=False).order_by("-id").first()


def earliest_undone(actor: Principal, event_id: UUID) -> Step | None:
    """Return the step that redo would do again."""
    return _of(actor, event_id).filter(undone=True).order_by("id").first()


def spots_of(rows: Sequence[Sequence[object]]) -> dict[UUID, Spot | None]:
    """Read `before` or `after` of a step."""
    return {
        UUID(str(guest)): Spot(UUID(str(table)), int(str(seat)), bool(locked)) if table else None
        for guest, table, seat, locked in rows
    }


def _of(actor: Principal, event_id: UUID) -> QuerySet[Step]:
    return Step.objects.filter(event_id=event_id, account_id=actor.account_id)


def _rows(spots: Spots) -> list[list[object]]:
    return [
        [str(guest), str(spot.table), spot.seat, spot.locked]
        if spot
        else [str(guest), None, None, False]
        for guest, spot in spots.items()
    ]


def _go(
    floor: Floor,
    step: Step,
    now_rows: Sequence[Sequence[object]],
    then_rows: Sequence[Sequence[object]],
    moved_since: str,
) -> None:
    """Bring the people of a step from one state to the other, if both are still possible."""
    then = _still_coming(step, spots_of(then_rows))
    for guest, spot in spots_of(now_rows).items():
        if guest in then and floor.spots.get(guest) != spot:
            raise Refused(moved_since % {"name": _name(floor, step, guest)})
    others = {(s.table, s.seat): g for g, s in floor.spots.items() if g not in then}
    for guest, spot in then.items():
        if spot is None:
            continue
        table = floor.tables.get(spot.table)
        if table is None or spot.seat >= table.seats:
            raise Refused(
                _("The seat that %(name)s had is no longer there.")
                % {"name": _name(floor, step, guest)}
            )
        if (spot.table, spot.seat) in others:
            raise Refused(
                _("The seat that %(name)s had at %(table)s is taken by %(other)s.")
                % {
                    "name": _name(floor, step, guest),
                    "table": table.name,
                    "other": _name(floor, step, others[spot.table, spot.seat]),
                }
            )
    _seat(floor, then)


def _still_coming(step: Step, spots: Spots) -> dict[UUID, Spot | None]:
    coming = people.coming(step.event_id, spots)
    return {guest: spot for guest, spot in spots.items() if guest in coming}


def _seat(floor: Floor, spots: Spots) -> None:
    Place.objects.filter(event_id=floor.room.event_id, guest_id__in=list(spots)).delete()
    Place.objects.bulk_create(
        Place(
            organization_id=floor.room.organization_id,
            event_id=floor.room.event_id,
            guest_id=guest,
            table_id=spot.table,
            seat=spot.seat,
            locked=spot.locked,
        )
        for guest, spot in spots.items()
        if spot
    )
    for guest, spot in spots.items():
        if spot:
            floor.spots[guest] = spot
        else:
            floor.spots.pop(guest, None)


def _split(room: Room, add: Iterable[UUID] = (), remove: Iterable[UUID] = ()) -> None:
    parties = [p for p in dict.fromkeys([*room.split_parties, *add]) if p not in set(remove)]
    if parties != room.split_parties:
        room.split_parties = parties
        room.save(update_fields=["split_parties"])


def _mark(floor: Floor, step: Step, *, undone: bool) -> None:
    step.undone = undone
    step.save(update_fields=["undone"])
    floors.bump(floor.room)


def _name(floor: Floor, step: Step, guest: UUID) -> str:
    found = people.named(step.event_id, floor.room.organization_id, [guest])
    return found[guest].name if guest in found else _("Somebody")
