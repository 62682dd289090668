"""The dry run of an import: each row of a sheet against the guests already there.

The same walk serves both steps: `report` counts and keeps lines to show, `verdicts` yields what
the commit step does, one at a time. Neither holds more of the sheet than the keys of its rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from datetime import tzinfo

from django.utils.translation import gettext as _

from seatrobot.guests.fields import OpenField
from seatrobot.guests.importing.asking import Answers
from seatrobot.guests.importing.judging import RowMatcher, Verdict, listed
from seatrobot.guests.importing.mapping import Mapping, Plan
from seatrobot.guests.importing.matching import Existing
from seatrobot.guests.importing.parties import Parties
from seatrobot.guests.importing.reports import (
    Change,
    Create,
    ExistingGuest,
    Kind,
    Line,
    Outcome,
    Report,
    Update,
)
from seatrobot.guests.statuses import Reply, Status
from seatrobot.normalizing import clean_line

Rows = Iterable[tuple[int, Sequence[str]]]
LINES_SHOWN = 200
LARGE_PARTY = 12
"""A party of more people fits at few tables; the dry run names it."""

_LONGEST_NAME_SHOWN = 200


class Comparison:
    """One import into one event.

    `rows` are numbered and can be walked more than once, as a Sheet's can; `mapping` has no
    problems with the headings; `existing` are the guests of the event; `fields` are its columns,
    and those that the import makes, by heading; a new guest whose row names no status gets
    `default_status`; `answers` are those that a person gave to what the dry run asked; `zone` is
    that of times without one.
    """

    def __init__(  # noqa: PLR0913, PLR0917  all that an import is
        self,
        headings: Sequence[str],
        rows: Rows,
        mapping: Mapping,
        existing: Iterable[ExistingGuest],
        default_status: Status,
        fields: MappingOf[str, OpenField] | None = None,
        answers: MappingOf[str, str] | None = None,
        zone: tzinfo | None = None,
    ) -> None:
        self.rows = rows
        self.default_status = default_status
        self.plan = Plan(headings, mapping, fields or {})
        self.plan.zone = zone
        self.plan.look_at(rows)
        self.existing = Existing(existing, self._references())
        self.answers = Answers(answers or {})
        self.parties = Parties(self.plan, rows, self.existing, self.answers)
        if self.parties.is_needed and self.existing.guests:
            self._settle_parties()

    def _references(self) -> Counter[str]:
        """Count the rows of each reference."""
        place = self.plan.reference
        if place is None:
            return Counter()
        return Counter(clean_line(cells[place]) for _row, cells in self.rows)

    def report(self, lines_shown: int = LINES_SHOWN) -> Report:
        """Walk all rows; at most `lines_shown` lines of each outcome are kept."""
        report = Report(dict.fromkeys(Outcome, 0), {outcome: [] for outcome in Outcome})
        self.plan.words.clear()
        self.plan.titles.clear()
        sizes: Counter[str] = Counter()
        usual: list[Line] = []
        settled: list[Line] = []
        for verdict in self.verdicts():
            report.counts[verdict.outcome] += 1
            report.places += verdict.places
            report.companions += len(verdict.companions)
            if verdict.operation is not None and verdict.operation.group:
                sizes[verdict.operation.group] += 1
            line = _line(verdict, self._guest_of(verdict))
            if question := verdict.question:
                report.questions[question.kind] = report.questions.get(question.kind, 0) + 1
                kept = report.asked if not question.answer else settled
                if question.is_usual:
                    report.usual[question.kind] = report.usual.get(question.kind, 0) + 1
                    kept = usual
                if question.kind is not Kind.WORD and len(kept) < lines_shown:
                    kept.append(line)
            if len(report.lines[verdict.outcome]) < lines_shown:
                report.lines[verdict.outcome].append(line)
        report.asked = [*report.asked, *usual, *settled][:lines_shown]
        report.words = self.plan.noted_words()
        report.titles = self.plan.noted_titles()
        report.notes = [*self.plan.dates.notes(), *self._without_names(report)]
        report.notes += self.plan.notes_on_seconds(self.rows)
        report.notes += [
            _("“%(name)s” is a party of %(count)s people, who would all sit together.")
            % {"name": self.parties.name_of(key) or key.partition(" ")[2], "count": size}
            for key, size in sizes.most_common(3)
            if size > LARGE_PARTY
        ]
        return report

    def _without_names(self, report: Report) -> list[str]:
        """Say what becomes of guests of whom the file has no name."""
        if self.plan.names or not report.questions.get(Kind.NAMELESS):
            return []
        return [
            _(
                "The file has addresses and no names: a place is held under each address until "
                "its guest has a name, unless you have them named as the addresses read."
            )
        ]

    def verdicts(self) -> Iterator[Verdict]:
        """Yield one verdict per row, in their order."""
        for verdict, key, host in self._judged():
            if verdict.guest_id is None:
                yield verdict
            else:
                yield self._in_party(verdict, key, host)

    def _judged(self) -> Iterator[tuple[Verdict, str, str]]:
        known = self.parties.known_rows
        judge = RowMatcher(self.plan, self.existing, self.default_status, self.answers, known)
        for row, cells in self.rows:
            record, problems = self.plan.record(cells)
            belonging = self.parties.of(row, cells, record)
            verdict = judge.judge(row, cells, belonging, (record, problems))
            yield verdict, belonging.key, belonging.host

    def _settle_parties(self) -> None:
        """Walk all rows once to see which guests of the list are in which group of the file."""
        members: dict[str, list[ExistingGuest]] = defaultdict(list)
        for verdict, key, _host in self._judged():
            if verdict.guest_id is not None:
                guest = self.existing.by_id[verdict.guest_id]
                self.parties.known_rows[verdict.row] = guest
                if key:
                    members[key].append(guest)
        self.parties.settle(members)

    def _in_party(self, verdict: Verdict, key: str, host: str) -> Verdict:
        """Let a known guest join the party that the file names, and be somebody's plus-one."""
        guest = self.existing.by_id[verdict.guest_id] if verdict.guest_id else None
        if guest is None or not key:
            return verdict
        if guest.id in self.parties.staying:
            sentence = _("The guest is in another party with others, and stays there.")
            return verdict._replace(sentences=[*verdict.sentences, sentence])
        moves = self.parties.moves.get(guest.id, "")
        host = host if host and guest.host_id is None and self._is_host(host, guest) else ""
        if not moves and not host:
            return verdict
        was = verdict.operation
        update = (
            Update(guest.id, was.record, was.facts, was.arrived, moves, host)
            if isinstance(was, Update)
            else Update(guest.id, None, None, None, moves, host)
        )
        changes = list(verdict.changes)
        if moves:
            changes.append(Change("party", _("Party"), "", self.parties.name_of(moves)))
        if host:
            changes.append(Change("host", _("Guest of"), "", self._host_name(host)))
        return verdict._replace(outcome=Outcome.UPDATED, operation=update, changes=changes)

    def _is_host(self, host: str, guest: ExistingGuest) -> bool:
        """Whether a host is of the party that the guest is in, or joins."""
        kind, _blank, number = host.partition(" ")
        if kind == "guest":
            return host != f"guest {guest.id}"
        known = self.parties.known_rows.get(int(number))
        return known is None or known.id != guest.id

    def _guest_of(self, verdict: Verdict) -> str:
        """Return what a place that a row holds for somebody's plus-one is called; "" for others."""
        create, record = verdict.operation, verdict.record
        is_named = verdict.name or record.full_name or record.email
        if is_named or not isinstance(create, Create) or not create.host:
            return ""
        host = self.parties.name_of_host(create.host) or self._host_name(create.host)
        return _("Guest of %(host)s") % {"host": host}

    def _host_name(self, host: str) -> str:
        kind, _blank, number = host.partition(" ")
        known = self.parties.known_rows.get(int(number)) if kind == "row" else None
        return known.record.full_name if known else _("row %(row)s") % {"row": number}


def _line(verdict: Verdict, guest_of: str) -> Line:
    record = verdict.record
    name = (verdict.name or record.full_name or record.email or guest_of)[:_LONGEST_NAME_SHOWN]
    sentences, changes = list(verdict.sentences), list(verdict.changes)
    if verdict.companions and not changes:
        sentences.append(_("is added, with %(names)s") % {"names": listed(verdict.companions)})
    status, email = "", ""
    if isinstance(create := verdict.operation, Create):
        status = str(create.facts.status(has_arrived=create.arrived is not None).label)
        email = record.email[:_LONGEST_NAME_SHOWN]
        if create.facts.reply is Reply.TENTATIVE:
            status = str(Reply.TENTATIVE.label)
    return Line(verdict.row, name, sentences, changes, verdict.question, status, email)
