"""Seat everyone: ask, let the robot think outside any transaction, and take its plan at once."""

from __future__ import annotations

from dataclasses import dataclass

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
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.models import Conflict, Proposal, Report, Room, Rule, Step, Unmet
from seatrobot.seating.problems import Question
from seatrobot.seating.robot import Contradiction, Plan, propose
from seatrobot.seating.robot.clock import Progress as Tell
from seatrobot.seating.services import history

SECONDS = 3.0
MOST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the robot found: a plan, or what contradicts each other."""

    plan: Plan | None
    contradiction: Contradiction | None


def request(*, actor: Principal, activity: Activity, seconds: float = SECONDS) -> Proposal:
    """Note that everyone is to be seated; the caller defers the job. Refused while one runs."""
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity)
    if not floor.tables:
        raise Refused(_("There are no tables yet; add some first."))
    coming = Guest.objects.filter(event_id=activity.event_id, status__in=TAKES_PLACE)
    if not coming.exists():
        raise Refused(_("Nobody on the guest list takes a place yet."))
    if _is_running(floor.room):
        raise Refused(_("The robot is already seating everyone; wait until it is done."))
    work = progress.start("seating.propose", event_id=activity.event_id, total=100)
    return Proposal.objects.create(
        organization_id=actor.organization_id,
        event_id=activity.event_id,
        room=floor.room,
        progress_id=work.pk,
        seconds_allowed=min(max(seconds, 0.5), MOST_SECONDS),
        created_at=now(),
        sealed=Report(),
    )


def question(*, actor: Principal, activity: Activity) -> Question:
    """Return what the robot is asked about a room as it is now."""
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.read(activity)
    guests = open_list(actor, activity.event_id, Permission.SEATING_VIEW)
    asked = problems.ask(floor, guests, Rule.objects.filter(room=floor.room))
    journal.record(Action.SEATING_VIEW, event_id=activity.event_id, guests=len(asked.guests))
    return asked


def think(asked: Question, seconds: float, tell: Tell | None = None) -> Answer:
    """Let the robot think; touches no row."""
    try:
        return Answer(propose(asked.problem, seconds, progress=tell), None)
    except Contradiction as error:
        return Answer(None, error)


def accept(
    *, actor: Principal, activity: Activity, proposal: Proposal, asked: Question, answer: Answer
) -> Step | None:
    """Seat everyone as the robot says, as one step; a contradiction changes nothing.

    Refused when tables, rules, seats or guests were changed while it was thinking.
    """
    actor.require(Permission.SEATING_CHANGE, activity.event_id)
    floor = floors.lock(activity)
    if answer.contradiction:
        _close(proposal, Proposal.Outcome.CONTRADICTION, _conflict(answer.contradiction, asked))
        journal.record(
            Action.SEATING_CONTRADICTION, event_id=activity.event_id, subject_id=proposal.pk
        )
        return None
    assert answer.plan is not None
    if floors.version(floor.room) != asked.version:
        raise Refused(
            _(
                "Guests, tables or rules were changed while the robot was thinking."
                " Nothing was moved; press Seat everyone again."
            )
        )
    after = problems.seats_of(asked, answer.plan.assignments)
    step = history.change(floor, actor, Step.Kind.ROBOT, after)
    report = _report(answer.plan, asked)
    _close(proposal, Proposal.Outcome.SEATED, report)
    journal.record(
        Action.SEATING_PROPOSE,
        event_id=activity.event_id,
        subject_id=proposal.pk,
        seated=sum(1 for seat in after.values() if seat),
        moved=len(step.after) if step else 0,
        quality=report.quality,
    )
    return step


def seat_everyone(*, actor: Principal, activity: Activity, seconds: float = SECONDS) -> Proposal:
    """Ask, think and accept in the unit of work at hand, for commands and demonstrations."""
    proposal = request(actor=actor, activity=activity, seconds=seconds)
    asked = question(actor=actor, activity=activity)
    answer = think(asked, proposal.seconds_allowed)
    accept(actor=actor, activity=activity, proposal=proposal, asked=asked, answer=answer)
    return proposal


def give_up(proposal: Proposal, sentence: str) -> None:
    """Note that a run came to nothing, and why; whoever asked for it may be gone by now."""
    _close(proposal, Proposal.Outcome.REFUSED, Report())
    progress.fail(proposal.progress_id, sentence)


def _is_running(room: Room) -> bool:
    """Return whether a run waits or thinks; one whose process died does not count."""
    waiting = Proposal.objects.filter(room=room, outcome=Proposal.Outcome.WAITING)
    runs = Progress.objects.filter(
        pk__in=waiting.values("progress_id"), state=Progress.State.RUNNING
    )
    return any(run.is_alive for run in runs)


def _close(proposal: Proposal, outcome: Proposal.Outcome, report: Report) -> None:
    proposal.outcome = outcome
    proposal.sealed = report
    proposal.save(update_fields=["outcome", "sealed"])
    if outcome == Proposal.Outcome.SEATED:
        progress.finish(proposal.progress_id, _seated(report))
    elif outcome == Proposal.Outcome.CONTRADICTION:
        progress.fail(proposal.progress_id, _("The rules contradict each other; nobody was moved."))


def _seated(report: Report) -> str:
    seated = report.guests - len(report.unseated)
    return ngettext("%(count)s guest is seated.", "%(count)s guests are seated.", seated) % {
        "count": seated
    }


def _report(plan: Plan, asked: Question) -> Report:
    unmet = [
        Unmet(
            rule=u.rule,
            guests=list(u.guests),
            cost=u.cost,
            reason=u.reason.value,
            rules=list(u.rules),
            parties=list(u.parties),
            locked=list(u.locked),
            tables=list(u.tables),
            needed=u.needed,
            available=u.available,
            proven=u.proven,
        )
        for u in plan.unmet
    ]
    return Report(
        guests=len(asked.guests),
        tables=len(asked.floor.tables),
        quality=plan.score.quality,
        wishes_met=plan.score.wishes_met,
        wishes_total=plan.score.wishes_total,
        evenness=dict(plan.score.evenness),
        unmet=unmet,
        unseated=list(plan.unseated),
        optimal=plan.optimal,
        seconds=plan.seconds,
    )


def _conflict(error: Contradiction, asked: Question) -> Report:
    conflict = Conflict(
        rules=list(error.rules),
        parties=list(error.parties),
        locked=list(error.locked),
        tables=list(error.tables),
        minimal=error.minimal,
        missing_seats=error.missing_seats,
    )
    return Report(guests=len(asked.guests), tables=len(asked.floor.tables), conflict=conflict)
