"""The sign-ins as a file, written while they are read, a thousand per transaction."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from seatrobot.accounts.sign_in_log.lines import SignInLine
from seatrobot.documents.formulas import protect
from seatrobot.kernel.acting import acting
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.log.sign_ins import SignInFilter, named, newest

CHUNK = 1000

Record = dict[str, str]
Writer = Callable[[Sequence[Record]], bytes]


def export(
    *, actor: Principal, chosen: SignInFilter, before: UUID, write: Writer
) -> Iterator[bytes]:
    """Give the sign-ins older than `before` as bytes of a file, each chunk in its own unit."""
    actor.require(Permission.JOURNAL_EXPORT)
    last: UUID | None = before
    while last:
        with acting(actor.actor, actor.organization_id):
            found = newest(actor.organization_id, chosen, last, CHUNK)
            journal.record(
                Action.JOURNAL_SIGN_INS_EXPORT, sign_ins=len(found), filters=chosen.words()
            )
            text = write([_record(line) for line in named(actor.organization_id, found)])
        last = found[-1].pk if len(found) == CHUNK else None
        yield text


def csv_writer() -> Writer:
    """Return a writer of CSV (UTF-8 with a byte order mark) that no spreadsheet will evaluate."""
    is_begun = False

    def write(records: Sequence[Record]) -> bytes:
        nonlocal is_begun
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer)
        if not is_begun:
            buffer.write("\ufeff")
            writer.writerow(COLUMNS)
            is_begun = True
        writer.writerows([[protect(record[name]) for name in COLUMNS] for record in records])
        return buffer.getvalue().encode()

    return write


def json_lines(records: Sequence[Record]) -> bytes:
    """Write one JSON object per line."""
    return "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in records).encode()


COLUMNS = (
    *("at", "who", "outcome", "reason", "method", "factors", "device", "browser", "system"),
    *("ip", "network", "place", "agent", "session", "reported as somebody else", "id"),
)


def _record(line: SignInLine) -> Record:
    row = line.row
    values = (
        row.at.isoformat(),
        line.who,
        row.outcome,
        row.reason,
        row.method,
        " ".join(row.factors),
        row.device,
        *(line.browser, line.system, line.ip, line.network, line.place, line.agent),
        str(row.session_id or ""),
        "yes" if line.disowned else "",
        str(row.pk),
    )
    return dict(zip(COLUMNS, values, strict=True))
