"""The dry run of an import: each row of a sheet against the guests already there.

The same walk serves both steps: `report` counts and keeps lines to show, `operations` yields what
the commit step does, one at a time. Neither holds more of the sheet than the keys of its rows.
"""

from collections.abc import Iterable, Iterator, Sequence

from seatrobot.guests.importing.existing import Existing, Guest
from seatrobot.guests.importing.judging import Judge, Verdict
from seatrobot.guests.importing.mapping import Mapping
from seatrobot.guests.importing.parties import Parties
from seatrobot.guests.importing.plan import Plan
from seatrobot.guests.importing.reports import Line, Operation, Outcome, Report
from seatrobot.guests.statuses import Status

Rows = Iterable[tuple[int, Sequence[str]]]
LINES_SHOWN = 200
_LONGEST_NAME_SHOWN = 200


class Comparison:
    """One import into one event.

    `rows` are numbered and can be walked more than once, as a Sheet's can; `mapping` has no
    problems with the headings; `existing` are the guests of the event; a new guest whose row
    names no status gets `default_status`.
    """

    def __init__(
        self,
        headings: Sequence[str],
        rows: Rows,
        mapping: Mapping,
        existing: Iterable[Guest],
        default_status: Status,
    ) -> None:
        self.rows = rows
        self.default_status = default_status
        self.plan = Plan(headings, mapping)
        self.existing = Existing(existing)
        self.parties = Parties(self.plan, rows, self.existing)

    def report(self, lines_shown: int = LINES_SHOWN) -> Report:
        """Walk all rows; at most `lines_shown` lines of each outcome are kept."""
        counts = dict.fromkeys(Outcome, 0)
        lines: dict[Outcome, list[Line]] = {outcome: [] for outcome in Outcome}
        for verdict in self.verdicts():
            counts[verdict.outcome] += 1
            if len(lines[verdict.outcome]) < lines_shown:
                lines[verdict.outcome].append(_line(verdict))
        return Report(counts, lines, self.parties.joined)

    def operations(self) -> Iterator[Operation]:
        """Yield what is to be done, in the order of the rows."""
        return (verdict.operation for verdict in self.verdicts() if verdict.operation)

    def verdicts(self) -> Iterator[Verdict]:
        """Yield one verdict per row."""
        judge = Judge(self.plan, self.existing, self.parties, self.default_status)
        return (judge.judge(row, cells) for row, cells in self.rows)


def compare(
    headings: Sequence[str],
    rows: Rows,
    mapping: Mapping,
    existing: Iterable[Guest],
    default_status: Status,
) -> Report:
    """Return the dry run of an import; changes nothing."""
    return Comparison(headings, rows, mapping, existing, default_status).report()


def _line(verdict: Verdict) -> Line:
    name = verdict.record.full_name[:_LONGEST_NAME_SHOWN]
    return Line(verdict.row, name, list(verdict.sentences), list(verdict.changes))
