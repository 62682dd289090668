"""The command `seatrobot import`: the same import as on the pages, with the same report."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from seatrobot.kernel.staff.arguments import add_grant

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrobot.documents.reading import Sheet
    from seatrobot.events.models import Event
    from seatrobot.guests.guest_list import GuestList
    from seatrobot.guests.importing.mapping import Mapping
    from seatrobot.guests.importing.reports import Report
    from seatrobot.guests.services.imports import ParsedImport
    from seatrobot.kernel.principals import Principal

    Step = Callable[[Principal, argparse.Namespace, Sheet, Event], "Told"]

REFUSED = 1
"""Exit code: nothing was changed, and why is said on stderr."""

OPEN = 3
"""Exit code of a dry run that found rows which cannot be imported as it stands."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a step says. refusal: why nothing was changed, or ""."""

    lines: list[str] = field(default_factory=list)
    refusal: str = ""
    code: int = 0


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `import`, which does what the pages do."""
    parser = commands.add_parser("import", help="import a guest list into an event")
    parser.add_argument("event", type=UUID, help="identifier of the event")
    parser.add_argument("file", type=Path, help="CSV file or Excel workbook (.xlsx)")
    parser.add_argument("--organization", type=UUID, required=True, help="whose event it is")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen, and stop")
    parser.add_argument("--skip-problems", action="store_true", help="leave wrong rows out")
    parser.add_argument("--overbook", action="store_true", help="more guests than places")
    parser.add_argument("--contacts", action="store_true", help="keep new guests as contacts")
    parser.add_argument(
        "--default-status",
        default="",
        help="where a row names none: confirmed, or outstanding where other rows name one",
    )
    parser.add_argument("--sheet", default="", help="worksheet to read; the fitting one is taken")
    parser.add_argument("--encoding", default="", help="of a CSV file, such as windows-1250")
    parser.add_argument(
        "--no-headings", action="store_true", help="the first row is a guest, not headings"
    )
    parser.add_argument("--leave-hidden", action="store_true", help="leave hidden rows out")
    parser.add_argument(
        "--repair", action="store_true", help="repair texts that were decoded wrongly (JÃ¼rgen)"
    )
    parser.add_argument(
        "--value",
        action="append",
        default=[],
        metavar="WORD=STATUS",
        help='what a word of a status column means: "vielleicht=tentative", or "-" for nothing',
    )
    parser.add_argument(
        "--answer",
        action="append",
        default=[],
        metavar="ROW:QUESTION=ANSWER",
        help='answer to a question of the dry run: "7:couple=split", or for all rows "*:name=same"',
    )
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="HEADING=FIELD",
        help='what a column holds: "Familie=last_name", a column of the list, "new" or "ignore"',
    )
    add_grant(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Import, or say in one sentence why not; return the exit code."""
    from seatrobot.documents.reading import UnreadableSheet
    from seatrobot.grants import operating
    from seatrobot.guests.services.import_cards import refuse_cards
    from seatrobot.kernel.refusal import Refused

    try:
        sheet = _sheet(args)
        refuse_cards(sheet, args.file.read_bytes(), args.file.name)
        changes = not args.dry_run
        operator = operating.grant_for_command(args, args.organization, "import", changes=changes)
    except OSError as error:
        return _complain(f"{args.file} cannot be read: {error.strerror or error}.")
    except (UnreadableSheet, ValueError, Refused) as error:
        return _complain(str(error))
    with operating.hold_back_output(operator, f"import {args.event}"):
        return _steps(operator, args, sheet)


def _steps(operator: Principal, args: argparse.Namespace, sheet: Sheet) -> int:
    steps = [_compare] if args.dry_run else [_compare, _import]
    code = 0
    for step in steps:
        told = _in_one_unit(operator, args, sheet, step)
        for line in told.lines:
            sys.stdout.write(f"{line}\n")
        if told.refusal:
            return _complain(told.refusal)
        code = told.code
    return code


def _in_one_unit(operator: Principal, args: argparse.Namespace, sheet: Sheet, step: Step) -> Told:
    """Do a step and return what it says, once its entries are committed.

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
            return Told(refusal="This organization has no such event.")
        _record(event, step.__name__.strip("_"))
        try:
            with savepoint():
                return step(operator, args, sheet, event)
        except (Refused, ValueError) as refusal:
            return Told(refusal=str(refusal))


def _record(event: Event, step: str) -> None:
    from seatrobot.guests.feature import Action
    from seatrobot.kernel.journal import services as journal

    journal.record(Action.GUEST_IMPORT_PREVIEW, event_id=event.pk, step=step)


def _compare(operator: Principal, args: argparse.Namespace, sheet: Sheet, event: Event) -> Told:
    from seatrobot.guests import capacity
    from seatrobot.guests.importing.reports import Outcome

    activity = capacity.lock_list(event.pk)
    incoming, mapping, guest_list = _compared(operator, args, sheet, event)
    report = incoming.found.report()
    lines = [*_columns(sheet, mapping, guest_list), *_report(report)]
    lacking = capacity.lacking(activity, report.places)
    if lacking and not args.overbook:
        lines.append(f"{lacking} places too few: raise the capacity, or import with --overbook.")
    problems = report.counts[Outcome.WRONG] + report.counts[Outcome.ASKED]
    is_open = (problems and not args.skip_problems) or (lacking and not args.overbook)
    return Told(lines, code=OPEN if is_open else 0)


def _import(operator: Principal, args: argparse.Namespace, sheet: Sheet, event: Event) -> Told:
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
    return Told([summary(counts)])


def _compared(
    operator: Principal, args: argparse.Namespace, sheet: Sheet, event: Event
) -> tuple[ParsedImport, Mapping, GuestList]:
    from seatrobot.guests.guest_list import open_list
    from seatrobot.guests.services import imports
    from seatrobot.guests.statuses import STATUSES

    guest_list = open_list(operator, event.pk)
    mapping = _mapping(sheet, args, guest_list)
    status = STATUSES.get(args.default_status or imports.usual_status(sheet, mapping))
    if status is None:
        raise ValueError(f"The status “{args.default_status}” is unknown.")
    answers = dict(_pair(text) for text in args.answer)
    incoming = imports.comparison(guest_list, sheet, mapping, status, answers, event.zone)
    return incoming, mapping, guest_list


def _sheet(args: argparse.Namespace) -> Sheet:
    """Read the file as it is said to be; a heading that is mapped says that there are headings."""
    from seatrobot.documents.encodings import ENCODINGS
    from seatrobot.documents.reading import Choice, UnreadableSheet, read_sheet
    from seatrobot.guests.importing.headings import is_known

    if args.encoding and args.encoding not in ENCODINGS:
        raise ValueError(
            f"The encoding “{args.encoding}” is unknown; known are {', '.join(ENCODINGS)}."
        )
    data = args.file.read_bytes()
    choice = Choice(
        args.sheet,
        args.encoding,
        False if args.no_headings else None,
        args.leave_hidden,
        args.repair,
    )
    sheet = read_sheet(data, args.file.name, choice, is_known)
    if args.sheet and sheet.name != args.sheet:
        raise UnreadableSheet(f"The workbook has no sheet “{args.sheet}”.")
    named = {_pair(text)[0] for text in args.map}
    if not sheet.has_heading and not args.no_headings and named - set(sheet.columns):
        choice = Choice(args.sheet, args.encoding, True, args.leave_hidden, args.repair)
        sheet = read_sheet(data, args.file.name, choice, is_known)
    return sheet


def _pair(text: str) -> tuple[str, str]:
    """Split "HEADING=FIELD" at its last sign; raise ValueError for a text without one."""
    name, sign, value = text.rpartition("=")
    if not sign or not name:
        raise ValueError(f"“{text}” has no “=” between two parts.")
    return name, value


def _mapping(sheet: Sheet, args: argparse.Namespace, guest_list: GuestList) -> Mapping:
    """Return the guessed mapping with what the person says; raise ImportRefused, ValueError."""
    from seatrobot.guests.importing.headings import Target
    from seatrobot.guests.importing.mapping import NOTHING, Mapping
    from seatrobot.guests.importing.values import key_of
    from seatrobot.guests.services import imports
    from seatrobot.guests.statuses import REPLIES, STATUSES

    labels = {own.label: own.key for own in guest_list.fields}
    columns = dict(imports.guessed(sheet, guest_list.fields).columns)
    targets = {target.value for target in Target}
    for heading, target in map(_pair, args.map):
        if target not in labels and target not in targets:
            raise ValueError(f"“{target}” is no field; known are {', '.join([*targets, *labels])}.")
        columns[heading] = labels.get(target) or Target(target)
    values = {key_of(word): meaning for word, meaning in map(_pair, args.value)}
    for meaning in values.values():
        if meaning not in {*STATUSES, *REPLIES, NOTHING}:
            known = ", ".join([*STATUSES, *(word for word in REPLIES if word not in STATUSES)])
            raise ValueError(f"“{meaning}” is no status; known are {known}.")
    mapping = Mapping(columns, values)
    if problems := mapping.problems(sheet.columns, guest_list.fields):
        raise imports.ImportRefused(" ".join(problems))
    return mapping


def _columns(sheet: Sheet, mapping: Mapping, guest_list: GuestList) -> list[str]:
    labels = {own.key: f"column “{own.label}”" for own in guest_list.fields}
    targets = [
        f"  {heading} -> {labels.get(target, target)}"
        for heading, target in mapping.columns.items()
    ]
    return [*sheet.warnings, *targets]


def _report(report: Report) -> list[str]:
    from seatrobot.guests.importing.reports import Outcome

    lines = [", ".join(f"{count} {outcome.value}" for outcome, count in report.counts.items())]
    lines += [
        f"  “{word.text}” ({word.count}) -> {word.meaning or 'not known; say --value'}"
        for word in report.words
    ]
    for line in report.asked:
        question = line.question
        if question is None:
            continue
        said = question.answer or "no answer"
        offered = ", ".join(option.value for option in question.options)
        lines.append(f"Row {line.row}: {line.name}: {question.sentence}")
        lines.append(f"  --answer “{line.row}:{question.kind}=…” with {offered}; now: {said}")
    lines += [sentence for line in report.lines[Outcome.WRONG] for sentence in line.sentences]
    lines += [
        f"Taken as a title or suffix: {title} ({count}), as in “{example}”"
        for title, count, example in report.titles
    ]
    return [*lines, *report.notes]


def _complain(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return REFUSED
