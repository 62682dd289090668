"""The whole log as a file, written while it is read, a thousand entries per transaction."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from seatrobot.documents.formulas import protect
from seatrobot.kernel.acting import acting
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.organizations.event_titles import all_titles
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.log.lines import Line, lines_of
from seatrobot.organizations.log.reading import LogFilter, newest

CHUNK = 1000
COLUMNS = ("at", "who", "what", "action", "event", "ip", "device", "records read", "details", "id")

Writer = Callable[[Sequence[Line]], bytes]


def export(*, actor: Principal, chosen: LogFilter, before: UUID, write: Writer) -> Iterator[bytes]:
    """Give the entries older than `before` as bytes of a file.

    Each chunk is a unit of work of its own: nothing stays open while the browser takes its time.
    """
    actor.require(Permission.JOURNAL_EXPORT)
    last: UUID | None = before
    while last:
        with acting(actor.actor, actor.organization_id):
            found = newest(actor.organization_id, chosen, last, CHUNK)
            journal.record(Action.JOURNAL_EXPORT, entries=len(found), filters=chosen.words())
            text = write(lines_of(found, all_titles()))
        last = found[-1].pk if len(found) == CHUNK else None
        yield text


def csv_writer() -> Writer:
    """Return a writer of CSV (UTF-8 with a byte order mark) that no spreadsheet will evaluate."""
    heading: list[Sequence[str]] = [COLUMNS]

    def write(lines: Sequence[Line]) -> bytes:
        buffer = io.StringIO(newline="")
        if heading:
            buffer.write("\ufeff")
        rows = [heading.pop()] if heading else []
        rows += [[protect(cell) for cell in _cells(line)] for line in lines]
        csv.writer(buffer).writerows(rows)
        return buffer.getvalue().encode()

    return write


def json_lines(lines: Sequence[Line]) -> bytes:
    """Write one JSON object per line."""
    records = (
        {
            "id": str(line.id),
            "at": line.at.isoformat(),
            "who": line.who,
            "what": line.sentence,
            "action": line.action,
            "event": line.event,
            "ip": line.ip,
            "device": line.device,
            "records_read": line.opened,
            "details": line.facts,
        }
        for line in lines
    )
    return "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in records).encode()


def _cells(line: Line) -> list[str]:
    facts = json.dumps(line.facts, ensure_ascii=False) if line.facts else ""
    return [
        line.at.isoformat(timespec="seconds"),
        line.who,
        line.sentence,
        line.action,
        line.event,
        line.ip,
        line.device,
        str(line.opened),
        facts,
        str(line.id),
    ]
