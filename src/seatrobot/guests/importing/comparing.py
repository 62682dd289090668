"""The dry run of an import: each row of a sheet against the guests already there.

The same walk serves both steps: `report` counts and keeps lines to show, `verdicts` yields what
the commit step does, one at a time. Neither holds more of the sheet than the keys of its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from uuid import UUID

from seatrobot.guests.fields import OpenField
from seatrobot.guests.importing.judging import Existing, Group, Judge, Verdict
from seatrobot.guests.importing.mapping import Mapping, Plan
from seatrobot.guests.importing.reports import Known, Line, Outcome, Report
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Status
from seatrobot.normalizing import clean_line, fold, normalized_name

Rows = Iterable[tuple[int, Sequence[str]]]
LINES_SHOWN = 200
_LONGEST_NAME_SHOWN = 200


class Comparison:
    """One import into one event.

    `rows` are numbered and can be walked more than once, as a Sheet's can; `mapping` has no
    problems with the headings; `existing` are the guests of the event; `fields` are its columns,
    and those that the import makes, by heading; a new guest whose row names no status gets
    `default_status`.
    """

    def __init__(  # noqa: PLR0913, PLR0917  all that an import is
        self,
        headings: Sequence[str],
        rows: Rows,
        mapping: Mapping,
        existing: Iterable[Known],
        default_status: Status,
        fields: MappingOf[str, OpenField] | None = None,
    ) -> None:
        self.rows = rows
        self.default_status = default_status
        self.plan = Plan(headings, mapping, fields or {})
        self.existing = Existing(existing)
        self.parties = Parties(self.plan, rows, self.existing)

    def report(self, lines_shown: int = LINES_SHOWN) -> Report:
        """Walk all rows; at most `lines_shown` lines of each outcome are kept."""
        report = Report(dict.fromkeys(Outcome, 0), {outcome: [] for outcome in Outcome})
        for verdict in self.verdicts():
            report.counts[verdict.outcome] += 1
            report.places += verdict.places
            if verdict.question:
                report.questions += 1
                if len(report.asked) < lines_shown:
                    report.asked.append(_line(verdict, [verdict.question]))
            if len(report.lines[verdict.outcome]) < lines_shown:
                report.lines[verdict.outcome].append(_line(verdict, list(verdict.sentences)))
        return report

    def verdicts(self) -> Iterator[Verdict]:
        """Yield one verdict per row, in their order."""
        judge = Judge(self.plan, self.existing, self.default_status)
        for row, cells in self.rows:
            record, problems = self.plan.record(cells)
            group = self.parties.group_of(cells, record)
            verdict, guest = judge.judge(row, cells, group, (record, problems))
            if guest:
                self.parties.join(group.key, guest)
            yield verdict


class Parties:
    """Names the group of each row; "" is a guest alone.

    With a group column, rows with the same value are one group. With a host column, a row belongs
    to the group of the host it names, and the host's own row does too, wherever it stands.
    `joined` collects the groups that have an existing guest, whose party new guests join; `labels`
    what the file calls a group.
    """

    def __init__(self, plan: Plan, rows: Rows, existing: Existing) -> None:
        self.group = plan.group
        self.host = plan.host
        self.joined: dict[str, Known] = {}
        self.labels: dict[str, str] = {}
        self.hosts: set[str] = set()
        if self.host is not None:
            self.hosts = {_key(cells[self.host]) for _row, cells in rows} - {""}
            self._find_hosts(existing)

    def group_of(self, cells: Sequence[str], record: GuestRecord) -> Group:
        """Return the group of a row, and whether the row names a host other than itself."""
        host = _key(cells[self.host]) if self.host is not None else ""
        is_plus_one = host != "" and host not in _names(record)
        return Group(self._key_of(cells, host, record), is_plus_one)

    def _key_of(self, cells: Sequence[str], host: str, record: GuestRecord) -> str:
        if self.group is not None and (text := clean_line(cells[self.group])):
            group = f"group {_key(text)}"
            if not text.isdigit():
                self.labels.setdefault(group, text)
            return group
        if host:
            return f"host {host}"
        if not self.hosts:
            return ""
        return next((f"host {name}" for name in _names(record) if name in self.hosts), "")

    def join(self, group: str, guest: Known) -> None:
        """Note that an existing guest belongs to this group."""
        if group:
            self.joined.setdefault(group, guest)

    def party_of(self, group: str) -> UUID | None:
        """Return the party that new guests of a group join, None when they make their own."""
        return guest.party_id if (guest := self.joined.get(group)) else None

    def _find_hosts(self, existing: Existing) -> None:
        for guest in existing.guests:
            for name in _names(guest.record):
                if name in self.hosts:
                    self.joined.setdefault(f"host {name}", guest)


def _line(verdict: Verdict, sentences: list[str]) -> Line:
    name = verdict.record.full_name[:_LONGEST_NAME_SHOWN]
    return Line(verdict.row, name, sentences, list(verdict.changes))


def _key(text: str) -> str:
    """Return what is equal for what two cells call the same: names in any spelling."""
    text = clean_line(text)
    if "@" in text:
        return fold(text)
    return ", ".join(normalized_name(part) for part in text.split(",")) if text else ""


def _names(record: GuestRecord) -> list[str]:
    """Return what a "guest of" cell may call a host."""
    plain = f"{record.first_name} {record.last_name}".strip()
    names = (record.reference, record.email, record.full_name, plain, record.sort_name)
    return [_key(name) for name in names if name]
