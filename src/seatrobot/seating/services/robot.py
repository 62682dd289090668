"""Ask the robot, let it think outside any transaction, and accept or leave what it proposes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.events.models import Activity
from seatrobot.guests.guest_list import open_list
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import TAKES_PLACE
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.progress import services as progress
from seatrobot.kernel.progress.models import Progress
from seatrobot.kernel.refusal import Refused
from seatrobot.seating import floor as floors
from seatrobot.seating import problems
from seatrobot.seating import robot as robots
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.floor import Floor, NotInRoom, Seat
from seatrobot.seating.models import (
    Conflict,
    Left,
    Proposal,
    Report,
    Room,
    Rule,
    Step,
    Unmet,
)
from seatrobot.seating.problems import Question
from seatrobot.seating.robot import Contradiction, Plan, propose
from seatrobot.seating.robot.clock import Progress as Tell
from seatrobot.seating.services import history

SECONDS = 3.0
MOST_SECONDS = 60.0
MOST_MOVES = 100_000
Mode = Proposal.Mode
Outcome = Proposal.Outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """What the robot found: a plan, or what contradicts each other."""

    plan: Plan | None
    contradiction: Contradiction | None


def usual_mode(floor: Floor) -> Proposal.Mode:
    """Return what is asked of the robot unless somebody says otherwise."""
    return Mode.REST if floor.seats else Mode.AGAIN


def request(
    *,
    actor: Principal,
    activity: Activity,
    mode: Proposal.Mode | None = None,
    most_moves: int = 0,
    seconds: float = SECONDS,
) -> Proposal:
    """Note that the robot is asked; the caller defers the job. Refused while one runs.

    most_moves: for `IMPROVE`, how many of those who sit may change tables.
    """
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity)
    if not floor.tables:
        raise Refused(_("There are no tables yet; add some first."))
    coming = Guest.objects.filter(event_id=activity.event_id, status__in=TAKES_PLACE).count()
    if not coming:
        raise Refused(_("Nobody on the guest list takes a place yet."))
    if _is_running(floor.room):
        raise Refused(_("The robot is already thinking about this room; wait until it is done."))
    chosen = mode or usual_mode(floor)
    if chosen is Mode.REST and len(floor.seats) == coming:
        raise Refused(_("Everybody has a seat already."))
    if chosen is Mode.IMPROVE and not 1 <= most_moves <= MOST_MOVES:
        raise Refused(_("Say how many guests may change tables: at least one."))
    _leave(Q(room=floor.room, outcome=Outcome.READY))
    work = progress.start("seating.propose", event_id=activity.event_id, total=100)
    moves = {Mode.REST: 0, Mode.IMPROVE: most_moves}
    return Proposal.objects.create(
        organization_id=actor.organization_id,
        event_id=activity.event_id,
        room=floor.room,
        progress_id=work.pk,
        mode=chosen,
        most_moves=moves.get(chosen) if floor.seats else None,
        seconds_allowed=min(max(seconds, 0.5), MOST_SECONDS),
        created_at=now(),
        sealed=Report(),
    )


def question(*, actor: Principal, activity: Activity, proposal: Proposal | None = None) -> Question:
    """Return what the robot is asked about a room as it is now."""
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    asked = _question(actor, activity, floors.read(activity), proposal)
    journal.record(Action.SEATING_VIEW, event_id=activity.event_id, guests=len(asked.guests))
    return asked


def think(asked: Question, seconds: float, tell: Tell | None = None) -> Answer:
    """Let the robot think; touches no row."""
    try:
        return Answer(propose(asked.problem, seconds, progress=tell), None)
    except Contradiction as error:
        return Answer(None, error)


def offer(
    *, actor: Principal, activity: Activity, proposal: Proposal, asked: Question, answer: Answer
) -> None:
    """Keep what the robot found as a proposal; nobody moves."""
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    if answer.contradiction:
        _close(proposal, Outcome.CONTRADICTION, _conflict(answer.contradiction, asked))
        journal.record(
            Action.SEATING_CONTRADICTION, event_id=activity.event_id, subject_id=proposal.pk
        )
        sentence = _("Not every must can be kept at the same time; nobody was moved.")
        progress.fail(proposal.progress_id, sentence)
        return
    assert answer.plan is not None
    report = _report(answer.plan, asked)
    _close(proposal, Outcome.READY, report)
    progress.finish(proposal.progress_id, proposed(report, asked.floor.seats))
    journal.record(
        Action.SEATING_PROPOSE,
        event_id=activity.event_id,
        subject_id=proposal.pk,
        mode=proposal.mode,
        guests=len(report.after),
        quality=report.quality,
    )


def accept(*, actor: Principal, activity: Activity, proposal_id: UUID) -> Step | None:
    """Seat the guests as proposed, as one step.

    Refused when tables, rules, seats or guests were changed since the robot was asked.
    """
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity)
    proposal = _ready(floor, proposal_id)
    report: Report = proposal.sealed
    if _question(actor, activity, floor, proposal).fingerprint != report.asked:
        raise Refused(
            _(
                "Guests, tables, rules or seats were changed since the robot was asked."
                " Nobody was moved; ask it again."
            )
        )
    after = {
        UUID(guest): Seat(UUID(table), seat or 0, locked) if table else None
        for guest, table, seat, locked in report.after
    }
    step = history.change(floor, actor, Step.Kind.ROBOT, after)
    _close(proposal, Outcome.SEATED, _without_seats(report))
    journal.record(
        Action.SEATING_ACCEPT,
        event_id=activity.event_id,
        subject_id=proposal.pk,
        moved=len(step.after) if step else 0,
    )
    return step


def leave(*, actor: Principal, activity: Activity, proposal_id: UUID) -> None:
    """Leave the plan as it is and forget what was proposed."""
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    proposal = _ready(floors.lock(activity), proposal_id)
    _close(proposal, Outcome.LEFT, _without_seats(proposal.sealed))
    journal.record(Action.SEATING_LEAVE, event_id=activity.event_id, subject_id=proposal.pk)


def seat_everyone(
    *,
    actor: Principal,
    activity: Activity,
    mode: Proposal.Mode | None = None,
    most_moves: int = 0,
    seconds: float = SECONDS,
) -> Proposal:
    """Ask, think and accept in the unit of work at hand, for commands and demonstrations."""
    proposal = request(
        actor=actor, activity=activity, mode=mode, most_moves=most_moves, seconds=seconds
    )
    asked = question(actor=actor, activity=activity, proposal=proposal)
    answer = think(asked, proposal.seconds_allowed)
    offer(actor=actor, activity=activity, proposal=proposal, asked=asked, answer=answer)
    if answer.plan:
        accept(actor=actor, activity=activity, proposal_id=proposal.pk)
        proposal.refresh_from_db()
    return proposal


def give_up(proposal: Proposal, sentence: str) -> None:
    """Note that a run came to nothing, and why; whoever asked for it may be gone by now."""
    _close(proposal, Outcome.REFUSED, Report())
    progress.fail(proposal.progress_id, sentence)


def proposed(report: Report, seats: Mapping[UUID, Seat]) -> str:
    """Return in a few words what a proposal would do."""
    new = sum(1 for guest, *_seat in report.after if UUID(guest) not in seats)
    moved = sum(
        1
        for guest, table, *_seat in report.after
        if (seat := seats.get(UUID(guest))) and str(seat.table) != table
    )
    left = sum(len(one.guests) for one in report.left)
    parts = []
    if new:
        found = ngettext("%(n)s guest gets a seat.", "%(n)s guests get a seat.", new)
        parts.append(found % {"n": new})
    if moved:
        found = ngettext("%(n)s guest changes tables.", "%(n)s guests change tables.", moved)
        parts.append(found % {"n": moved})
    if left:
        found = ngettext("%(n)s guest has no seat.", "%(n)s guests have no seat.", left)
        parts.append(found % {"n": left})
    return _("Proposed: %(what)s") % {"what": " ".join(parts)} if parts else _("Nothing changes.")


def _question(
    actor: Principal, activity: Activity, floor: Floor, proposal: Proposal | None
) -> Question:
    guests = open_list(actor, activity.event_id, Permission.SEATING_VIEW)
    most_moves = proposal.most_moves if proposal else None
    return problems.ask(floor, guests, Rule.objects.filter(room=floor.room), most_moves)


def _ready(floor: Floor, proposal_id: UUID) -> Proposal:
    rows = Proposal.objects.filter(room=floor.room, outcome=Outcome.READY)
    if proposal := rows.filter(pk=proposal_id).first():
        return proposal
    raise NotInRoom(_("This proposal is no longer there; ask the robot again."))


def _leave(which: Q) -> None:
    for proposal in Proposal.objects.filter(which):
        _close(proposal, Outcome.LEFT, _without_seats(proposal.sealed))


def _without_seats(report: Report) -> Report:
    report.after = []
    return report


def _is_running(room: Room) -> bool:
    """Return whether a run waits or thinks; one whose process died does not count."""
    waiting = Proposal.objects.filter(room=room, outcome=Outcome.WAITING)
    runs = Progress.objects.filter(
        pk__in=waiting.values("progress_id"), state=Progress.State.RUNNING
    )
    return any(run.is_alive for run in runs)


def _close(proposal: Proposal, outcome: Proposal.Outcome, report: Report) -> None:
    proposal.outcome = outcome
    proposal.sealed = report
    proposal.save(update_fields=["outcome", "sealed"])


def _report(plan: Plan, asked: Question) -> Report:
    seats, before = asked.floor.seats, asked.seating
    after = {
        guest: seat
        for guest, seat in problems.seats_of(asked, plan.assignments).items()
        if seats.get(guest) != seat
    }
    stood = robots.standing(asked.problem, before)
    stands = robots.standing(asked.problem, plan.assignments)
    return Report(
        guests=len(asked.guests),
        tables=len(asked.floor.tables),
        quality=plan.score.quality,
        before=stood.score.quality if len(before) == len(asked.guests) else None,
        wishes_met=plan.score.wishes_met,
        wishes_total=plan.score.wishes_total,
        evenness=dict(plan.score.evenness),
        unmet=[_unmet(one) for one in plan.unmet],
        left=[
            Left(list(one.guests), one.needed, one.available, list(one.tables), one.free)
            for one in plan.left
        ],
        optimal=plan.optimal,
        seconds=plan.seconds,
        after=[
            (str(guest), str(seat.table), seat.number, seat.locked)
            if seat
            else (str(guest), None, None, False)
            for guest, seat in after.items()
        ],
        asked=asked.fingerprint,
        better=sorted(stands.kept - stood.kept),
        worse=sorted(stands.missed - stood.missed),
    )


def _unmet(one: robots.Unmet) -> Unmet:
    return Unmet(
        rule=one.rule,
        guests=list(one.guests),
        cost=one.cost,
        reason=one.reason.value,
        rules=list(one.rules),
        parties=list(one.parties),
        locked=list(one.locked),
        tables=list(one.tables),
        needed=one.needed,
        available=one.available,
        proven=one.proven,
    )


def _conflict(error: Contradiction, asked: Question) -> Report:
    conflict = Conflict(
        rules=list(error.rules),
        parties=list(error.parties),
        locked=list(error.locked),
        tables=list(error.tables),
        minimal=error.minimal,
    )
    return Report(guests=len(asked.guests), tables=len(asked.floor.tables), conflict=conflict)
