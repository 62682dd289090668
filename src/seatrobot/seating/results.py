"""What the robot proposes, and how the plan stands now, as pages show it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.seating import problems, robot
from seatrobot.seating.floor import Seat
from seatrobot.seating.models import Proposal, Report, Rule
from seatrobot.seating.plan import View, address
from seatrobot.seating.services.robot import proposed
from seatrobot.seating.services.rules import ABOUT_TABLES
from seatrobot.seating.text import Words

EXCELLENT, GOOD, FAIR = 95, 85, 60
MOST_SHOWN = 100
"""Changes of a proposal that a page lists."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One rule and how far it is fulfilled."""

    text: str
    why: str
    rule: str
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One guest who would sit elsewhere. source: the present table, empty without a seat."""

    guest: str
    name: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Guests who would have no seat, and why."""

    names: str
    why: str


@dataclass(frozen=True, slots=True)
class Cause:
    """One part of a contradiction; url: where to change it."""

    text: str
    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class Result:
    """One run of the robot: what it proposes, or why it proposes nothing."""

    proposal: Proposal
    report: Report
    headline: str
    summary: str
    new: list[Change]
    moves: list[Change]
    better: list[str]
    worse: list[str]
    unmet: list[Wish]
    mixes: list[Wish]
    waiting: list[Waiting]
    gone: list[str]
    conflict: str
    causes: list[Cause]

    @property
    def quality(self) -> int:
        """Return whole points; only a plan without a flaw has 100."""
        return int(self.report.quality)

    @property
    def before(self) -> int | None:
        return None if self.report.before is None else int(self.report.before)

    @property
    def more_new(self) -> int:
        return max(0, len(self.new) - MOST_SHOWN)

    @property
    def more_moves(self) -> int:
        return max(0, len(self.moves) - MOST_SHOWN)

    @property
    def is_open(self) -> bool:
        """Whether it can still be accepted or left."""
        return self.proposal.outcome == Proposal.Outcome.READY

    @classmethod
    def of(cls, view: View, proposal: Proposal) -> Self:
        report, words = proposal.sealed, view.words
        seats = view.floor.seats
        changes = _changes(view, report)
        unmet = _wishes(words, report)
        return cls(
            proposal=proposal,
            report=report,
            headline=_("Nobody was moved") if report.conflict else _title(proposal),
            summary=_("The robot found no way to keep every must, so it left the plan as it was.")
            if report.conflict
            else proposed(report, seats),
            new=[change for change in changes if not change.source],
            moves=[change for change in changes if change.source],
            better=_texts(words, report.better),
            worse=_texts(words, report.worse),
            unmet=[wish for wish in unmet if wish.percent is None],
            mixes=_mixes(words, report.evenness),
            waiting=[
                Waiting(words.names(map(UUID, left.guests)), words.left(left))
                for left in report.left
            ],
            gone=without_table(view),
            conflict=words.conflict(report.conflict) if report.conflict else "",
            causes=_causes(view, words, report),
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """How the plan stands to the rules now. broken: musts that it breaks, with their rules."""

    seated: int
    guests: int
    score: robot.Score
    headline: str
    broken: list[Wish]
    parted: list[str]
    gone: list[str]
    missed: list[Wish]
    mixes: list[Wish]

    @property
    def quality(self) -> int:
        return int(self.score.quality)

    @classmethod
    def of(cls, view: View) -> Self:
        """Return how the plan on the screen stands."""
        words = view.words
        asked = problems.ask(view.floor, view.guests, view.rules)
        stands = robot.standing(asked.problem, asked.seating)
        missed = stands.missed - stands.broken - stands.score.evenness.keys()
        gone = without_table(view)
        return cls(
            seated=len(view.floor.seats),
            guests=len(view.coming),
            score=stands.score,
            headline=_headline(len(stands.broken) + len(gone), stands.score),
            broken=_rules(words, stands.broken),
            parted=[words.party(party) for party in sorted(stands.parted)],
            gone=gone,
            missed=_rules(words, missed),
            mixes=_mixes(words, stands.score.evenness),
        )


def latest_result(view: View) -> Result | None:
    """Return the last run while it waits for an answer, or its contradiction while it is one."""
    shown = [Proposal.Outcome.READY, Proposal.Outcome.CONTRADICTION]
    done = [*shown, Proposal.Outcome.SEATED, Proposal.Outcome.LEFT]
    run = Proposal.objects.filter(room=view.floor.room, outcome__in=done).order_by("-id").first()
    if run is None or run.outcome not in shown:
        return None
    conflict = run.sealed.conflict
    if conflict and not {str(rule.pk) for rule in view.rules}.issuperset(conflict.rules):
        return None
    return Result.of(view, run)


def without_table(view: View) -> list[str]:
    """Return the musts that cannot be kept because all their tables are gone."""
    return [
        view.words.rule(rule)
        for rule in view.rules
        if rule.strength == Rule.Strength.MUST
        and rule.kind in ABOUT_TABLES
        and not view.floor.tables.keys() & set(rule.table_ids)
    ]


def _title(proposal: Proposal) -> str:
    titles = {
        Proposal.Outcome.READY: _("The robot proposes"),
        Proposal.Outcome.SEATED: _("The proposal was accepted"),
    }
    return titles.get(Proposal.Outcome(proposal.outcome), _("The proposal was left"))


def _changes(view: View, report: Report) -> list[Change]:
    """Return who would change tables, by name; a new seat at the same table is none."""
    tables, seats = view.floor.tables, view.floor.seats
    guests = view.guests.guests

    def place(seat: Seat | None) -> str:
        return tables[seat.table].name if seat else ""

    order = {guest.id: position for position, guest in enumerate(view.coming)}
    rows = sorted(
        ((UUID(guest), table) for guest, table, _seat, _locked in report.after),
        key=lambda row: order.get(row[0], len(order)),
    )
    found = []
    for guest, table in rows:
        target = tables.get(UUID(table)) if table else None
        source = place(seats.get(guest))
        name = target.name if target else ""
        if guest in guests and name != source:
            found.append(Change(str(guest), view.name(guest), source, name))
    return found


def _headline(broken: int, score: robot.Score) -> str:
    if broken:
        return ngettext("%(count)s must is not kept", "%(count)s musts are not kept", broken) % {
            "count": broken
        }
    if not score.wishes_total:
        return _("Every must is kept")
    if score.quality >= EXCELLENT:
        return _("An excellent plan")
    if score.quality >= GOOD:
        return _("A good plan")
    return _("A fair plan") if score.quality >= FAIR else _("The wishes pull apart")


def _texts(words: Words, ids: Iterable[str]) -> list[str]:
    return [wish.text for wish in _rules(words, set(ids))]


def _rules(words: Words, ids: Collection[str]) -> list[Wish]:
    return [
        Wish(words.rule(rule), "", str(pk)) for pk, rule in words.rules.items() if str(pk) in ids
    ]


def _wishes(words: Words, report: Report) -> list[Wish]:
    return [
        Wish(
            words.rule(words.rules[UUID(one.rule)]),
            words.why(one),
            one.rule,
            report.evenness.get(one.rule),
        )
        for one in report.unmet
        if UUID(one.rule) in words.rules
    ]


def _mixes(words: Words, evenness: dict[str, float]) -> list[Wish]:
    """Return every mixing rule with how even it is, the least even first."""
    found = [
        Wish(words.column(words.rules[UUID(rule)]), "", rule, percent)
        for rule, percent in evenness.items()
        if UUID(rule) in words.rules
    ]
    return sorted(found, key=lambda wish: wish.percent or 0)


def _causes(view: View, words: Words, report: Report) -> list[Cause]:
    conflict = report.conflict
    if conflict is None:
        return []
    setup, plan = address(view.activity, "setup"), address(view.activity, "plan")
    causes = [
        Cause(words.rule(rule), _("must"), address(view.activity, "rule", rule.pk))
        for rule in (words.rules.get(UUID(r)) for r in conflict.rules)
        if isinstance(rule, Rule)
    ]
    causes += [
        Cause(words.party(party), _("stays together"), f"{setup}#party-{party}")
        for party in conflict.parties
    ]
    causes += [
        Cause(words.locked(guest), _("locked"), f"{plan}#guest-{guest}")
        for guest in conflict.locked
    ]
    return causes
