"""The command `seatrobot import`: the same import as on the pages, with the same report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrobot.documents.reading import Sheet
    from seatrobot.events.models import Event
    from seatrobot.guests.guest_list import GuestList
    from seatrobot.guests.importing.mapping import Mapping
    from seatrobot.guests.importing.reports import Report
    from seatrobot.guests.services.imports import Incoming
    from seatrobot.kernel.principals import Principal

    Step = Callable[[Principal, argparse.Namespace, Sheet, Event], list[str]]

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
    from seatrobot.documents.reading import UnreadableSheet, read_sheet
    from seatrobot.guests.statuses import STATUSES
    from seatrobot.kernel.principals import Operator

    operator = Operator.at(args.organization, "import")
    try:
        sheet = read_sheet(args.file.read_bytes(), args.file.name)
    except (UnreadableSheet, OSError, ValueError) as error:
        return _complain(str(error))
    if args.default_status not in STATUSES:
        return _complain(f"The status “{args.default_status}” is unknown.")
    steps = [_compare] if args.dry_run else [_compare, _import]
    for step in steps:
        lines, refusal = _in_one_unit(operator, args, sheet, step)
        for line in lines:
            sys.stdout.write(f"{line}\n")
        if refusal:
            return _complain(refusal)
    return 0


def _in_one_unit(
    operator: Principal, args: argparse.Namespace, sheet: Sheet, step: Step
) -> tuple[list[str], str]:
    """Return what a step says, and why it was refused if it was; its entries are committed.

    A refusal may say what is on the list, too. It undoes what the step has changed, and leaves the
    entry that the list was read.
    """
    from django.http import Http404

    from seatrobot.events.reading import load_event
    from seatrobot.kernel.acting import savepoint
    from seatrobot.kernel.refusal import Refused

    with operator.acting():
        try:
            event = load_event(operator, args.event)
        except Http404:
            return [], "This organization has no such event."
        _record(event, step.__name__.strip("_"))
        try:
            with savepoint():
                return step(operator, args, sheet, event), ""
        except (Refused, ValueError) as refusal:
            return [], str(refusal)


def _record(event: Event, step: str) -> None:
    from seatrobot.guests.feature import Action
    from seatrobot.kernel.journal import services as journal

    journal.record(Action.GUEST_IMPORT_PREVIEW, event_id=event.pk, step=step)


def _compare(
    operator: Principal, args: argparse.Namespace, sheet: Sheet, event: Event
) -> list[str]:
    incoming, mapping, guest_list = _compared(operator, args, sheet, event)
    return [*_columns(sheet, mapping, guest_list), *_report(incoming.found.report())]


def _import(operator: Principal, args: argparse.Namespace, sheet: Sheet, event: Event) -> list[str]:
    """Import against the list as it is now."""
    from seatrobot.guests import capacity
    from seatrobot.guests.jobs import summary
    from seatrobot.guests.services import imports

    capacity.lock_list(event.pk)
    incoming, _mapping, _guest_list = _compared(operator, args, sheet, event)
    counts = imports.finish(
        actor=operator,
        event=event,
        incoming=incoming,
        skip_problems=args.skip_problems,
        overbook=args.overbook,
        keep_contacts=args.contacts,
    )
    return [summary(counts)]


def _compared(
    operator: Principal, args: argparse.Namespace, sheet: Sheet, event: Event
) -> tuple[Incoming, Mapping, GuestList]:
    from seatrobot.guests.guest_list import open_list
    from seatrobot.guests.services import imports
    from seatrobot.guests.statuses import STATUSES

    guest_list = open_list(operator, event.pk)
    mapping = _mapping(sheet, args.map, guest_list)
    status = STATUSES[args.default_status]
    return imports.comparison(guest_list, sheet, mapping, status), mapping, guest_list


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


def _columns(sheet: Sheet, mapping: Mapping, guest_list: GuestList) -> list[str]:
    labels = {field.key: f"column “{field.label}”" for field in guest_list.fields}
    targets = [
        f"  {heading} -> {labels.get(target, target)}"
        for heading, target in mapping.columns.items()
    ]
    return [*sheet.warnings, *targets]


def _report(report: Report) -> list[str]:
    from seatrobot.guests.importing.reports import Outcome

    lines = [", ".join(f"{count} {outcome.value}" for outcome, count in report.counts.items())]
    for outcome in (Outcome.WRONG, Outcome.DUPLICATE):
        lines += [sentence for line in report.lines[outcome] for sentence in line.sentences]
    lines += [f"Row {line.row}: {sentence}" for line in report.asked for sentence in line.sentences]
    return lines


def _complain(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return REFUSED
