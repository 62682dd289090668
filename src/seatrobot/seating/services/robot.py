"""Seat everyone: ask, let the robot think outside any transaction, and take its plan at once."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.progress import services as progress
from seatrobot.kernel.progress.models import Progress
from seatrobot.seating import floor as floors
from seatrobot.seating import people, problems
from seatrobot.seating.errors import Refused
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.models import Proposal, Rule, Step
from seatrobot.seating.problems import Question
from seatrobot.seating.reports import Report
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


def request(*, actor: Principal, event_id: UUID, seconds: float = SECONDS) -> Proposal:
    """Note that everyone is to be seated; the caller defers the job. Refused while one runs."""
    actor.require(Permission.SEATING_CHANGE, event_id)
    floor = floors.lock(event_id, actor.organization_id)
    if not floor.tables:
        raise Refused(_("There are no tables yet; add some first."))
    if not people.signature(event_id).partition("-")[0].strip("0"):
        raise Refused(_("Nobody on the guest list takes a place yet."))
    if _is_running(event_id):
        raise Refused(_("The robot is already seating everyone; wait until it is done."))
    work = progress.start("seating.propose", event_id=event_id, total=100)
    return Proposal.objects.create(
        organization_id=actor.organization_id,
        event_id=event_id,
        progress_id=work.pk,
        seconds_allowed=min(max(seconds, 0.5), MOST_SECONDS),
        created_at=now(),
        sealed=Report(),
    )


def question(*, actor: Principal, event_id: UUID) -> Question:
    """Return what the robot is asked about an event as it is now."""
    actor.require(Permission.SEATING_CHANGE, event_id)
    floor = floors.read(event_id, actor.organization_id)
    everybody = people.of_event(event_id, actor.organization_id)
    rules = Rule.objects.filter(event_id=event_id)
    journal.record(Action.SEATING_VIEW, event=event_id, guests=len(everybody))
    return problems.ask(floor, everybody, rules)


def think(asked: Question, seconds: float, tell: Tell | None = None) -> Answer:
    """Let the robot think; touches no row."""
    try:
        return Answer(propose(asked.problem, seconds, progress=tell), None)
    except Contradiction as error:
        return Answer(None, error)


def accept(*, actor: Principal, proposal: Proposal, asked: Question, answer: Answer) -> Step | None:
    """Seat everyone as the robot says, as one step; a contradiction changes nothing.

    Refused when tables, rules, seats or guests were changed while it was thinking.
    """
    event_id = proposal.event_id
    actor.require(Permission.SEATING_CHANGE, event_id)
    floor = floors.lock(event_id, actor.organization_id)
    counts = {"guests": len(asked.people), "tables": len(asked.floor.tables)}
    if answer.contradiction:
        report = Report.of_contradiction(answer.contradiction, **counts)
        _close(proposal, Proposal.Outcome.CONTRADICTION, report)
        journal.record(Action.SEATING_CONTRADICTION, event=event_id, subject=proposal.pk)
        return None
    assert answer.plan is not None
    if floor.version != asked.version:
        raise Refused(
            _("Guests, tables or rules were changed while the robot was thinking. ")
            + _("Nothing was moved; press Seat everyone again.")
        )
    after = problems.spots(asked, answer.plan.assignments)
    step = history.change(floor, actor, Step.Kind.ROBOT, after)
    report = Report.of_plan(answer.plan, **counts)
    _close(proposal, Proposal.Outcome.SEATED, report)
    seated = sum(1 for spot in after.values() if spot)
    journal.record(
        Action.SEATING_PROPOSE,
        event=event_id,
        subject=proposal.pk,
        seated=seated,
        moved=len(step.after) if step else 0,
        quality=report.quality,
    )
    return step


def refuse(*, actor: Principal, proposal: Proposal, sentence: str) -> None:
    """Note that a run came to nothing, and why."""
    actor.require(Permission.SEATING_CHANGE, proposal.event_id)
    _close(proposal, Proposal.Outcome.REFUSED, Report())
    progress.fail(proposal.progress_id, sentence)


def seat_everyone(*, actor: Principal, event_id: UUID, seconds: float = SECONDS) -> Proposal:
    """Ask, think and accept in the unit of work at hand, for commands and demonstrations."""
    proposal = request(actor=actor, event_id=event_id, seconds=seconds)
    asked = question(actor=actor, event_id=event_id)
    answer = think(asked, proposal.seconds_allowed)
    accept(actor=actor, proposal=proposal, asked=asked, answer=answer)
    return proposal


def _is_running(event_id: UUID) -> bool:
    """Whether a run waits or thinks; one whose process died does not count."""
    waiting = Proposal.objects.filter(event_id=event_id, outcome=Proposal.Outcome.WAITING)
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
