"""What can be done with one guest, or a few, by hand."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.seating import floor as floors
from seatrobot.seating import people
from seatrobot.seating.errors import NotInEvent, Refused
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.models import Step
from seatrobot.seating.services import history
from seatrobot.seating.services.moving import ANYONE, Company, Expected, Spots, Target


class Party(StrEnum):
    """What to do when a move would seat a party at different tables."""

    ASK = "ask"
    BRING = "bring"
    SPLIT = "split"


def place(  # noqa: PLR0913  each says something else, and by its name
    *,
    actor: Principal,
    event_id: UUID,
    guest_id: UUID,
    table_id: UUID,
    seat: int | None = None,
    expects: Expected = ANYONE,
    party: Party = Party.ASK,
) -> Step | None:
    """Seat a guest; with no seat named, next to their party or on the first free seat.

    Who sits there already changes places with the guest. expects: who the person saw on the seat
    (None: nobody); refused when it is somebody else by now. Raises PartySplit when that would
    separate a party and `party` does not say what to do.
    """
    actor.require(Permission.SEATING_CHANGE, event_id)
    company = Company.locked(actor, event_id)
    guest, table = company.guest(guest_id), company.floor.table(table_id)
    company.check_movable(guest_id)
    to = Target(table, seat, expects)
    after = company.bring(guest, to) if party is Party.BRING else company.move(guest, to)
    separated = [] if party is Party.BRING else company.separated(after)
    if separated and party is Party.ASK:
        raise company.question(separated[0])
    split = [person.party_id for person in separated]
    step = history.change(company.floor, actor, Step.Kind.MOVE, after, split)
    if step:
        journal.record(
            Action.SEATING_MOVE,
            event=event_id,
            subject=guest_id,
            name=guest.name,
            table=table.name,
        )
    return step


def unseat(*, actor: Principal, event_id: UUID, guest_ids: Collection[UUID]) -> Step | None:
    """Take guests from their tables; refused for a locked one."""
    actor.require(Permission.SEATING_CHANGE, event_id)
    company = Company.locked(actor, event_id)
    for guest_id in guest_ids:
        company.guest(guest_id)
        company.check_movable(guest_id)
    after: Spots = dict.fromkeys(guest_ids)
    step = history.change(company.floor, actor, Step.Kind.UNSEAT, after)
    if step:
        _record_moves(step, Action.SEATING_MOVE, unseated=len(step.after))
    return step


def set_locked(
    *, actor: Principal, event_id: UUID, guest_ids: Collection[UUID], locked: bool
) -> Step | None:
    """Lock guests to their seats, or unlock them; the robot leaves locked guests where they are."""
    actor.require(Permission.SEATING_CHANGE, event_id)
    company = Company.locked(actor, event_id)
    after: Spots = {}
    for guest_id in guest_ids:
        spot = company.floor.spots.get(guest_id)
        if spot is None:
            name = company.guest(guest_id).name
            raise Refused(
                _("%(name)s has no seat yet, so there is nothing to lock.") % {"name": name}
            )
        after[guest_id] = spot._replace(locked=locked)
    kind = Step.Kind.LOCK if locked else Step.Kind.UNLOCK
    step = history.change(company.floor, actor, kind, after)
    if step:
        _record_moves(step, Action.SEATING_LOCK, locked=locked, guests=len(step.after))
    return step


def clear(*, actor: Principal, event_id: UUID) -> Step | None:
    """Take everybody from the tables but those who are locked."""
    actor.require(Permission.SEATING_CHANGE, event_id)
    floor = floors.lock(event_id, actor.organization_id)
    after: Spots = {g: None for g, spot in floor.spots.items() if not spot.locked}
    step = history.change(floor, actor, Step.Kind.CLEAR, after)
    if step:
        _record_moves(step, Action.SEATING_MOVE, cleared=len(step.after))
    return step


def set_party_split(*, actor: Principal, event_id: UUID, party_id: UUID, split: bool) -> None:
    """Allow a party to sit at different tables, or keep it together again."""
    actor.require(Permission.SEATING_CHANGE, event_id)
    floor = floors.lock(event_id, actor.organization_id)
    known = people.parties(people.of_event(event_id, actor.organization_id).values())
    if party_id not in known:
        raise NotInEvent(_("This party is no longer there; reload the page."))
    others = [p for p in floor.room.split_parties if p != party_id]
    floor.room.split_parties = [*others, party_id] if split else others
    floor.room.save(update_fields=["split_parties"])
    floors.bump(floor.room)
    journal.record(Action.SEATING_RULE_CHANGE, event=event_id, subject=party_id, split=split)


def _record_moves(step: Step, action: Action, **facts: int) -> None:
    one = UUID(step.after[0][0]) if len(step.after) == 1 else step.pk
    journal.record(action, event=step.event_id, subject=one, **facts)
