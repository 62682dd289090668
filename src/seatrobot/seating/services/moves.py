"""What can be done with one guest, or a few, by hand: seat, take from the table, lock.

Only identifiers are read under the lock; a name is opened where a sentence needs one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.events.models import Activity
from seatrobot.guests import guest_list
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import TAKES_PLACE
from seatrobot.kernel.ids import one_of
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.seating import floor as floors
from seatrobot.seating import robot, seats
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.floor import Floor, NotInRoom, Seat
from seatrobot.seating.models import Rule, Step, Table
from seatrobot.seating.problems import rule_of
from seatrobot.seating.services import history
from seatrobot.seating.text import sentence_of

ANYONE: Final = "anyone"
"""Whoever sits there, swap with them."""

Expected = UUID | Literal["anyone"] | None
Seats = dict[UUID, Seat | None]


class Party(StrEnum):
    """What to do when a move would seat a party at different tables."""

    ASK = "ask"
    BRING = "bring"
    SPLIT = "split"


class PartySplit(Refused):
    """The change would seat a party at different tables; ask whether that is meant.

    guests: the members of the party who would be left behind. fits: whether the table has seats for
    all of them; needed, free: how many it would take, and has. swaps: who sits on the seat that the
    guest is moved to, and would take theirs.
    """

    type = "party-split"

    def __init__(
        self,
        sentence: str,
        guests: Sequence[UUID],
        needed: int = 0,
        free: int = 0,
        swaps: UUID | None = None,
    ) -> None:
        fits = needed <= free
        left = [str(guest) for guest in guests]
        other = str(swaps) if swaps else None
        super().__init__(sentence, guests=left, fits=fits, needed=needed, free=free, swaps=other)
        self.guests = tuple(guests)
        self.fits = fits


class MustBroken(Refused):
    """The change would break musts; ask whether that is meant. rules: those musts."""

    type = "must-broken"

    def __init__(self, sentence: str, rules: Sequence[UUID]) -> None:
        super().__init__(sentence, rules=[str(rule) for rule in rules])
        self.rules = tuple(rules)


@dataclass(frozen=True, slots=True)
class Target:
    """Where to: a table, perhaps a seat, and who the person saw on it (None: nobody)."""

    table: Table
    number: int | None = None
    expects: Expected = ANYONE


def place(  # noqa: PLR0913  each says something else, and by its name
    *,
    actor: Principal,
    activity: Activity,
    guest_id: UUID,
    table_id: UUID,
    seat: int | None = None,
    expects: Expected = ANYONE,
    party: Party = Party.ASK,
    despite: bool = False,
) -> Step | None:
    """Seat a guest; with no seat named, next to their party or on the first free seat.

    Who sits there already changes places with the guest. expects: who the person saw on the seat
    (None: nobody); refused when it is somebody else by now. Raises PartySplit when that would
    separate a party and `party` does not say what to do, MustBroken when it would break a must that
    holds now and `despite` does not say that this is meant. A party that was split stays a party.
    """
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity, Q(table_id=table_id) | Q(guest_id=guest_id))
    to = Target(floor.table(table_id), seat, expects)
    sitting = floor.at(table_id).get(seat) if seat is not None else None
    company = _Company.around(actor, floor, [guest_id, *filter(None, [sitting])])
    company.check_comes(guest_id)
    company.check_movable(guest_id)
    after = company.bring(guest_id, to) if party is Party.BRING else company.move(guest_id, to)
    separated = [] if party is Party.BRING else company.separated(after)
    if separated and party is Party.ASK:
        swaps = sitting if sitting != guest_id and guest_id in floor.seats else None
        raise company.question(separated[0], to, swaps)
    if not despite:
        _check_musts(actor, floor, after)
    step = history.change(floor, actor, Step.Kind.MOVE, after)
    if step:
        journal.record(
            Action.SEATING_MOVE,
            event_id=activity.event_id,
            subject_id=guest_id,
            table=str(table_id),
        )
    return step


def unseat(*, actor: Principal, activity: Activity, guest_ids: Collection[UUID]) -> Step | None:
    """Take guests from their tables; refused for a locked one."""
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity, Q(guest_id__in=one_of(guest_ids)))
    company = _Company.around(actor, floor, guest_ids)
    for guest_id in guest_ids:
        company.check_comes(guest_id)
        company.check_movable(guest_id)
    step = history.change(floor, actor, Step.Kind.UNSEAT, dict.fromkeys(guest_ids))
    if step:
        _record(step, Action.SEATING_MOVE, unseated=len(step.after))
    return step


def set_locked(
    *, actor: Principal, activity: Activity, guest_ids: Collection[UUID], locked: bool
) -> Step | None:
    """Lock guests to their seats, or unlock them; the robot leaves locked guests where they are."""
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity, Q(guest_id__in=one_of(guest_ids)))
    company = _Company.around(actor, floor, guest_ids)
    after: Seats = {}
    for guest_id in guest_ids:
        company.check_comes(guest_id)
        seat = floor.seats.get(guest_id)
        if seat is None:
            raise company.refused(
                _("%(name)s has no seat yet, so there is nothing to lock."), name=guest_id
            )
        after[guest_id] = seat._replace(locked=locked)
    kind = Step.Kind.LOCK if locked else Step.Kind.UNLOCK
    step = history.change(floor, actor, kind, after)
    if step:
        _record(step, Action.SEATING_LOCK, locked=locked, guests=len(step.after))
    return step


def clear(*, actor: Principal, activity: Activity) -> Step | None:
    """Take everybody from the tables but those who are locked."""
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity)
    after: Seats = {guest: None for guest, seat in floor.seats.items() if not seat.locked}
    step = history.change(floor, actor, Step.Kind.CLEAR, after)
    if step:
        _record(step, Action.SEATING_MOVE, cleared=len(step.after))
    return step


def set_party_split(*, actor: Principal, activity: Activity, party_id: UUID, split: bool) -> None:
    """Allow a party to sit at different tables, or keep it together again."""
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity)
    members = Guest.objects.filter(
        event_id=activity.event_id, party_id=party_id, status__in=TAKES_PLACE
    )
    if members.count() < 2:  # noqa: PLR2004  nobody to be parted from
        raise NotInRoom(_("This party is no longer there; reload the page."))
    others = [party for party in floor.room.split_parties if party != party_id]
    floor.room.split_parties = [*others, party_id] if split else others
    floor.room.save(update_fields=["split_parties"])
    floors.bump(floor.room)
    journal.record(
        Action.SEATING_RULE_CHANGE, event_id=activity.event_id, subject_id=party_id, split=split
    )


@dataclass(frozen=True, slots=True)
class _Company:
    """The locked floor, and the parties of those whom a change concerns.

    party_of: the party of each of these guests and of everybody they come with.
    """

    actor: Principal
    floor: Floor
    party_of: dict[UUID, UUID]

    @classmethod
    def around(cls, actor: Principal, floor: Floor, guest_ids: Collection[UUID]) -> _Company:
        """Return the company of these guests and of everybody they come with."""
        coming = Guest.objects.filter(event_id=floor.room.event_id, status__in=TAKES_PLACE)
        parties = coming.filter(pk__in=one_of(guest_ids)).values("party_id")
        rows = coming.filter(party_id__in=parties).order_by("pk")
        party_of = dict(rows.values_list("pk", "party_id"))
        floors.read_seats(floor, party_of)
        return cls(actor, floor, party_of)

    def check_comes(self, guest_id: UUID) -> None:
        """Raise NotInRoom for a guest who does not take a place at the event."""
        if guest_id not in self.party_of:
            raise NotInRoom(_("This guest no longer takes a place at the event; reload the page."))

    def check_movable(self, guest_id: UUID) -> None:
        """Raise Refused when the guest is locked."""
        seat = self.floor.seats.get(guest_id)
        if seat and seat.locked:
            raise self.refused(
                _("%(name)s is locked at %(table)s; unlock them first."),
                name=guest_id,
                table=self.floor.tables[seat.table].name,
            )

    def move(self, guest_id: UUID, to: Target) -> Seats:
        """Return where everybody concerned would sit when the guest moves alone."""
        at = self.floor.at(to.table.pk)
        if to.number is None:
            party = self.party_of[guest_id]
            mates = {number for number, g in at.items() if self.party_of.get(g) == party}
            return {guest_id: Seat(to.table.pk, self._free_seat(guest_id, to.table, mates))}
        if not 0 <= to.number < to.table.seats:
            raise NotInRoom(_("%(table)s has no such seat any more.") % {"table": to.table.name})
        sitting = at.get(to.number)
        if to.expects not in (ANYONE, sitting) and sitting != guest_id:
            raise self._given_away(to.table, to.number, sitting)
        after: Seats = {guest_id: Seat(to.table.pk, to.number)}
        if sitting and sitting != guest_id:
            self.check_movable(sitting)
            after[sitting] = self.floor.seats.get(guest_id)
        return after

    def bring(self, guest_id: UUID, to: Target) -> Seats:
        """Return where the guest's whole party would sit; who is there already keeps the seat."""
        taken = self.floor.seats
        party = [guest_id, *self.mates(guest_id)]
        here = {g for g in party if (seat := taken.get(g)) and seat.table == to.table.pk}
        coming = [g for g in party if g not in here]
        for guest in coming:
            self.check_movable(guest)
        free = self.floor.free_seats(to.table)
        if len(free) < len(coming):
            raise Refused(self._too_small(to.table, len(free), len(coming)))
        near = {taken[g].number for g in here} | ({to.number} if to.number is not None else set())
        after: Seats = {}
        for guest in coming:
            chosen = seats.nearest(free, near, to.table.seats)
            free.remove(chosen)
            near.add(chosen)
            after[guest] = Seat(to.table.pk, chosen)
        return after

    def separated(self, after: Seats) -> list[UUID]:
        """Return who would newly sit apart from their party: one of each, the moved one first."""
        found: dict[UUID, UUID] = {}
        for guest, seat in after.items():
            party = self.party_of[guest]
            if seat is None or party in self.floor.room.split_parties:
                continue
            was = self.floor.seats.get(guest)
            for mate in self.mates(guest):
                theirs = self.floor.seats.get(mate)
                other = after.get(mate, theirs)
                already = was and theirs and was.table != theirs.table
                if other and other.table != seat.table and not already:
                    found.setdefault(party, guest)
        return list(found.values())

    def question(self, guest: UUID, to: Target, swaps: UUID | None = None) -> PartySplit:
        """Return the question whether this guest is meant to sit apart from their party.

        swaps: who would take the seat of the one who is moved; they may be this guest.
        """
        rest = self.mates(guest)
        coming = [g for g in (guest, *rest) if not self._sits_at(g, to.table)]
        stuck = any((seat := self.floor.seats.get(g)) and seat.locked for g in coming)
        free = 0 if stuck else len(self.floor.free_seats(to.table))
        sentence = ngettext(
            "%(name)s comes with %(other)s, who would sit at another table.",
            "%(name)s comes with %(other)s and %(more)s more, who would sit at another table.",
            len(rest),
        )
        names = self._guest_names(name=guest, other=rest[0])
        said = sentence % {**names, "more": len(rest) - 1}
        if guest == swaps:
            return PartySplit(said, rest, needed=1, free=0, swaps=swaps)
        if len(coming) > free and not stuck:
            said += " " + self._too_small(to.table, free, len(coming))
        return PartySplit(said, rest, len(coming), free, swaps)

    def _sits_at(self, guest: UUID, table: Table) -> bool:
        seat = self.floor.seats.get(guest)
        return seat is not None and seat.table == table.pk

    def _too_small(self, table: Table, free: int, needed: int) -> str:
        sentence = ngettext(
            "%(table)s has %(free)s free seat and the party needs %(needed)s.",
            "%(table)s has %(free)s free seats and the party needs %(needed)s.",
            free,
        )
        return sentence % {"table": table.name, "free": free, "needed": needed}

    def mates(self, guest: UUID) -> list[UUID]:
        """Return the rest of a guest's party."""
        party = self.party_of[guest]
        return [other for other, p in self.party_of.items() if p == party and other != guest]

    def refused(self, sentence: str, **facts: Any) -> Refused:
        """Return a refusal; guests among the facts are named."""
        guests = {key: value for key, value in facts.items() if isinstance(value, UUID)}
        return Refused(sentence % {**facts, **self._guest_names(**guests)})

    def _guest_names(self, **guests: UUID) -> dict[str, str]:
        event_id = self.floor.room.event_id
        names = guest_list.display_names(self.actor, event_id, list(guests.values()))
        journal.shown(names)
        return {role: names[guest] for role, guest in guests.items()}

    def _free_seat(self, guest_id: UUID, table: Table, mates: set[int]) -> int:
        own = self.floor.seats.get(guest_id)
        if own and own.table == table.pk:
            return own.number
        free = self.floor.free_seats(table)
        if free:
            return seats.nearest(free, mates, table.seats)
        raise Refused(
            ngettext(
                "%(table)s is full: its %(seats)s seat is taken.",
                "%(table)s is full: all %(seats)s seats are taken.",
                table.seats,
            )
            % {"table": table.name, "seats": table.seats}
        )

    def _given_away(self, table: Table, number: int, sitting: UUID | None) -> Refused:
        facts = {"table": table.name, "seat": number + 1}
        if sitting is None:
            left = _("Seat %(seat)s at %(table)s was left meanwhile; nobody is there now.")
            return Refused(left % facts)
        given = _("Seat %(seat)s at %(table)s was given to %(name)s meanwhile.")
        return self.refused(given, name=sitting, **facts)


def _check_musts(actor: Principal, floor: Floor, after: Seats) -> None:
    """Raise MustBroken for musts that hold as people sit now and would not afterwards."""
    musts = Rule.objects.filter(
        room=floor.room, strength=Rule.Strength.MUST, guest_ids__overlap=list(after)
    )
    rules = [
        (row, rule)
        for row in musts
        if (rule := rule_of(row, None, [t for t in row.table_ids if t in floor.tables]))
    ]
    named = {guest for row, _rule in rules for guest in row.guest_ids}
    floors.read_seats(floor, named)
    now = {guest: seat for guest, seat in floor.seats.items() if guest in named}
    before = {str(guest): str(seat.table) for guest, seat in now.items()}
    then = {
        str(guest): str(seat.table) for guest, seat in {**now, **after}.items() if seat is not None
    }
    broken = [
        row for row, rule in rules if robot.breaks(rule, then) and not robot.breaks(rule, before)
    ]
    if broken:
        names = guest_list.display_names(
            actor, floor.room.event_id, list(named), Permission.SEATING_VIEW
        )
        words = [sentence_of(row, names, floor) for row in broken]
        journal.shown(names)
        sentence = ngettext(
            "This breaks the must “%(rules)s”.", "This breaks the musts “%(rules)s”.", len(words)
        )
        raise MustBroken(sentence % {"rules": "”, “".join(words)}, [row.pk for row in broken])


def _record(step: Step, action: Action, **facts: int) -> None:
    one = UUID(step.after[0][0]) if len(step.after) == 1 else step.pk
    journal.record(action, event_id=step.event_id, subject_id=one, **facts)
