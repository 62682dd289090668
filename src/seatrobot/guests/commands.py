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
    parser.add_argument("--default-status", default="confirmed", help="where a row names none")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="HEADING=FIELD",
        help='what a column holds, such as "Familie=last_name"; "ignore" leaves it out',
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Import, or say in one sentence why not; return the exit code."""
    from django.http import Http404

    from seatrobot.documents.reading import UnreadableSheet
    from seatrobot.events.loaders import load_event
    from seatrobot.guests.services.imports import ImportRefused
    from seatrobot.kernel.principals import Operator

    member = Operator.at(args.organization, "import")
    try:
        with member.acting():
            return _import(args, member, load_event(member, args.event))
    except Http404:
        return _complain("This organization has no such event.")
    except (ImportRefused, UnreadableSheet, OSError, ValueError) as error:
        return _complain(str(error))


def _import(args: argparse.Namespace, member: Principal, event: Event) -> int:
    from seatrobot.documents.reading import read_sheet
    from seatrobot.guests.jobs import said
    from seatrobot.guests.services import imports
    from seatrobot.guests.statuses import STATUSES

    sheet = read_sheet(args.file.read_bytes(), args.file.name)
    mapping = _mapping(sheet, args.map)
    status = STATUSES.get(args.default_status)
    if status is None:
        raise ValueError(f"The status “{args.default_status}” is unknown.")
    imports.lock(event)
    found = imports.comparison(event, sheet, mapping, status)
    _print_columns(sheet, mapping)
    _print_report(found.report())
    if args.dry_run:
        return 0
    counts = imports.finish(
        actor=member,
        event=event,
        incoming=imports.Incoming(found, args.file.name, sheet.row_count),
        skip_problems=args.skip_problems,
        tell=_tell,
    )
    _say(said(counts))
    return 0


def _mapping(sheet: Sheet, said: list[str]) -> Mapping:
    """Return the guessed mapping with what the person says; raise ImportRefused."""
    from seatrobot.guests.importing.headings import Target
    from seatrobot.guests.importing.mapping import Mapping
    from seatrobot.guests.services import imports

    columns = dict(imports.guessed(sheet).columns)
    for pair in said:
        heading, _sign, target = pair.rpartition("=")
        columns[heading] = Target(target)
    mapping = Mapping(columns)
    if problems := mapping.problems(sheet.columns):
        raise imports.ImportRefused(" ".join(problems))
    return mapping


def _print_columns(sheet: Sheet, mapping: Mapping) -> None:
    for warning in sheet.warnings:
        _say(warning)
    for heading, target in mapping.columns.items():
        _say(f"  {heading} -> {target.value}")


def _print_report(report: Report) -> None:
    from seatrobot.guests.importing.reports import Outcome

    _say(", ".join(f"{count} {outcome.value}" for outcome, count in report.counts.items()))
    for outcome in (Outcome.WRONG, Outcome.DUPLICATE):
        for line in report.lines[outcome]:
            for sentence in line.sentences:
                _say(sentence)


def _tell(done: int, total: int) -> None:
    if sys.stdout.isatty():
        sys.stdout.write(f"\r{done} of {total}\r")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _complain(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return REFUSED
