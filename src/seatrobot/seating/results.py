"""A run of the robot as a page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.seating.models import Proposal, Report, Rule
from seatrobot.seating.plan import View, address
from seatrobot.seating.text import Words

EXCELLENT, GOOD, FAIR = 95, 85, 60
MOST_EXAMINED = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """One rule and how far it is fulfilled. guests: identifiers, to show them on the plan."""

    text: str
    whom: str
    why: str
    guests: list[str]
    rule: str
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """One part of a contradiction; url: where to change it."""

    text: str
    kind: str
    url: str


@dataclass(frozen=True, slots=True)
class Result:
    proposal: Proposal
    report: Report
    headline: str
    summary: str
    unmet: list[Wish]
    mixes: list[Wish]
    unseated: list[str]
    conflict: str
    causes: list[Cause]

    @property
    def quality(self) -> int:
        """Return whole points; only a plan without a flaw has 100."""
        return int(self.report.quality)

    @classmethod
    def of(cls, view: View, proposal: Proposal) -> Self:
        report, words = proposal.sealed, view.words
        unmet = [
            Wish(
                words.rule(words.rules[UUID(u.rule)]),
                words.whom(u),
                words.why(u),
                u.guests,
                u.rule,
                report.evenness.get(u.rule),
            )
            for u in report.unmet
            if UUID(u.rule) in words.rules
        ]
        return cls(
            proposal=proposal,
            report=report,
            headline=_headline(report),
            summary=_summary(report),
            unmet=[wish for wish in unmet if wish.percent is None],
            mixes=_mixes(report, words),
            unseated=[words.name(UUID(guest)) for guest in report.unseated],
            conflict=words.conflict(report.conflict) if report.conflict else "",
            causes=_causes(view, words, report),
        )


def latest_result(view: View) -> Result | None:
    """Return the last run with a result; a contradiction only while its rules are there."""
    done = [Proposal.Outcome.SEATED, Proposal.Outcome.CONTRADICTION]
    runs = Proposal.objects.filter(room=view.floor.room, outcome__in=done).order_by("-id")
    rules = {str(rule.pk) for rule in view.rules}
    for run in runs[:MOST_EXAMINED]:
        conflict = run.sealed.conflict
        if conflict is None or rules.issuperset(conflict.rules):
            return Result.of(view, run)
    return None


def _headline(report: Report) -> str:
    if report.conflict:
        return _("Nobody was moved")
    if report.unseated:
        return ngettext(
            "%(count)s guest has no seat", "%(count)s guests have no seat", len(report.unseated)
        ) % {"count": len(report.unseated)}
    if not report.wishes_total:
        return _("Everyone is seated")
    if report.quality >= EXCELLENT:
        return _("An excellent plan")
    if report.quality >= GOOD:
        return _("A good plan")
    return _("A fair plan") if report.quality >= FAIR else _("The wishes pull apart")


def _summary(report: Report) -> str:
    if report.conflict:
        return _("The robot found no way to keep every must, so it left the plan as it was.")
    seated = ngettext(
        "%(guests)s guest sits at %(tables)s tables; every must is kept.",
        "%(guests)s guests sit at %(tables)s tables; every must is kept.",
        report.guests,
    ) % {"guests": report.guests - len(report.unseated), "tables": report.tables}
    if report.optimal and report.wishes_total:
        seated += " " + _("No plan fulfils the wishes better.")
    return seated


def _mixes(report: Report, words: Words) -> list[Wish]:
    """Return every mixing rule with how even it came out, the least even first."""
    found = [
        Wish(words.column(words.rules[UUID(rule)]), "", "", [], rule, percent)
        for rule, percent in report.evenness.items()
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
    if conflict.missing_seats:
        causes.append(Cause(_("Add tables or seats"), _("tables"), f"{setup}#add"))
    return causes
