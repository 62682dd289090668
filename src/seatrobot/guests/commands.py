"""The command `seatrobot import`: the same import as on the pages, with the same report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from seatrobot.documents.reading import Sheet
    from seatrobot.events.models import Event
    from seatrobot.guests.guest_list import GuestList
    from seatrobot.guests.importing.mapping import Mapping
    from seatrobot.guests.importing.reports import Report
    from seatrobot.kernel.principals import Principal

REFUSED = 1


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command; its last page of the web import shows it ready to copy."""
    parser = commands.add_parser("import", help="import a guest list into an event")
    parser.add_argument("event", type=UUID, help="identifier of the event")
    parser.add_argument("file", type=Path, help="CSV file or Excel workbook (.xlsx)")
    parser.add_argument("--organization", type=UUID, required=True, help="whose event it is")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen, and stop")
    parser.add_argument("--skip-problems", action="store_true", help="leave wrong rows out")
    parser.add_argument("--overbook", action="store_true", help="more guests than places")
    parser.add_argument("--contacts", action="store_true", help="keep new guests as contacts")
    parser.add_argument("--default-status", default="confirmed", help="where a row names none")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="HEADING=FIELD",
        help='what a column holds: "Familie=last_name", a column of the list, "new" or "ignore"',
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Import, or say in one sentence why not; return the exit code."""
    from django.http import Http404

    from seatrobot.documents.reading import UnreadableSheet
    from seatrobot.events.reading import load_event
    from seatrobot.kernel.principals import Operator
    from seatrobot.kernel.refusal import Refused

    operator = Operator.at(args.organization, "import")
    try:
        with operator.acting():
            return _import(args, operator, load_event(operator, args.event))
    except Http404:
        return _complain("This organization has no such event.")
    except (Refused, UnreadableSheet, OSError, ValueError) as error:
        return _complain(str(error))


def _import(args: argparse.Namespace, operator: Principal, event: Event) -> int:
    from seatrobot.documents.reading import read_sheet
    from seatrobot.guests import capacity
    from seatrobot.guests.guest_list import open_list
    from seatrobot.guests.jobs import summary
    from seatrobot.guests.services import imports
    from seatrobot.guests.statuses import STATUSES

    sheet = read_sheet(args.file.read_bytes(), args.file.name)
    status = STATUSES.get(args.default_status)
    if status is None:
        raise ValueError(f"The status “{args.default_status}” is unknown.")
    capacity.lock_list(event.pk)
    guest_list = open_list(operator, event.pk)
    mapping = _mapping(sheet, args.map, guest_list)
    incoming = imports.comparison(guest_list, sheet, mapping, status)
    _print_columns(sheet, mapping, guest_list)
    _print_report(incoming.found.report())
    if args.dry_run:
        return 0
    counts = imports.finish(
        actor=operator,
        event=event,
        incoming=incoming,
        skip_problems=args.skip_problems,
        overbook=args.overbook,
        keep_contacts=args.contacts,
        tell=_tell,
    )
    _say(summary(counts))
    return 0


def _mapping(sheet: Sheet, wanted: list[str], guest_list: GuestList) -> Mapping:
    """Return the guessed mapping with what the person says; raise ImportRefused."""
    from seatrobot.guests.importing.headings import Target
    from seatrobot.guests.importing.mapping import Mapping
    from seatrobot.guests.services import imports

    labels = {field.label: field.key for field in guest_list.fields}
    columns = dict(imports.guessed(sheet, guest_list.fields).columns)
    for pair in wanted:
        heading, _sign, target = pair.rpartition("=")
        columns[heading] = labels.get(target) or Target(target)
    mapping = Mapping(columns)
    if problems := mapping.problems(sheet.columns, guest_list.fields):
        raise imports.ImportRefused(" ".join(problems))
    return mapping


def _print_columns(sheet: Sheet, mapping: Mapping, guest_list: GuestList) -> None:
    labels = {field.key: f"column “{field.label}”" for field in guest_list.fields}
    for warning in sheet.warnings:
        _say(warning)
    for heading, target in mapping.columns.items():
        _say(f"  {heading} -> {labels.get(target, target)}")


def _print_report(report: Report) -> None:
    from seatrobot.guests.importing.reports import Outcome

    _say(", ".join(f"{count} {outcome.value}" for outcome, count in report.counts.items()))
    for outcome in (Outcome.WRONG, Outcome.DUPLICATE):
        for line in report.lines[outcome]:
            for sentence in line.sentences:
                _say(sentence)
    for line in report.asked:
        for sentence in line.sentences:
            _say(f"Row {line.row}: {sentence}")


def _tell(done: int, total: int) -> None:
    if sys.stdout.isatty():
        sys.stdout.write(f"\r{done} of {total}\r")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _complain(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return REFUSED
