"""The access log or the sign-ins as a file, written while it is read, a thousand rows at a time.

Each chunk is a unit of work of its own, so nothing stays open while the browser takes its time. It
names the address and device of the request that began the export, and ends the file where the
member has lost the permission meanwhile.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from seatrobot.documents.formulas import protect
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import NotAllowed, Principal
from seatrobot.organizations import event_titles, members
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.log import entries, sign_ins
from seatrobot.organizations.log.entries import LogFilter
from seatrobot.organizations.log.sign_ins import SignInFilter

CHUNK = 1000
MOST_NAMED = 500
"""How many of the people whom an entry showed are named in a file."""

Record = dict[str, Any]
Writer = Callable[[Sequence[Record]], bytes]


class Source(Protocol):
    """What is exported. action: what the journal calls it."""

    action: Action
    columns: Sequence[str]
    filters: list[str]

    def read(self, before: UUID) -> tuple[list[Record], UUID | None]:
        """Return the newest CHUNK records older than `before`, and where the next ones begin."""


class LogSource:
    """Entries of an organization's access log."""

    action = Action.JOURNAL_EXPORT
    columns = (
        *("at", "who", "what", "action", "event", "guest", "guest_id", "showed", "changed"),
        *("ip", "device", "records_read", "details", "id"),
    )

    def __init__(self, organization_id: UUID, chosen: LogFilter) -> None:
        self.organization_id, self.chosen = organization_id, chosen
        self.filters = chosen.words()
        self._titles: dict[UUID, str] = {}

    def read(self, before: UUID) -> tuple[list[Record], UUID | None]:
        found, older = entries.find(self.organization_id, self.chosen, before, CHUNK)
        lines = entries.lines_of(found, self._titles_of(found), most=MOST_NAMED)
        records = [
            {
                "at": line.at.isoformat(),
                "who": line.who,
                "what": line.sentence,
                "action": line.action,
                "event": line.event,
                "guest": line.about.subject,
                "guest_id": str(line.subject_id or "") if line.about.subject else "",
                "showed": line.about.showed,
                "changed": line.about.changed,
                "ip": line.ip,
                "device": line.device,
                "records_read": line.opened,
                "details": line.facts,
                "id": str(line.id),
            }
            for line in lines
        ]
        return records, older

    def _titles_of(self, found: Sequence[Entry]) -> dict[UUID, str]:
        """Return the titles of the events that entries name; each is opened once per export."""
        ids = {row.event_id for row in found if row.event_id} - self._titles.keys()
        if ids:
            self._titles |= event_titles.titles(ids)
        return self._titles


class SignInSource:
    """Sign-ins of an organization's members."""

    action = Action.JOURNAL_SIGN_INS_EXPORT
    columns = (
        *("at", "who", "outcome", "reason", "method", "factors", "device", "browser", "system"),
        *("ip", "network", "place", "agent", "session", "disowned", "id"),
    )

    def __init__(self, organization_id: UUID, chosen: SignInFilter) -> None:
        self.organization_id, self.chosen = organization_id, chosen
        self.filters = chosen.words()

    def read(self, before: UUID) -> tuple[list[Record], UUID | None]:
        found = sign_ins.newest(self.organization_id, self.chosen, before, CHUNK)
        records = [
            {
                "at": line.row.at.isoformat(),
                "who": line.who,
                "outcome": line.row.outcome,
                "reason": line.row.reason,
                "method": line.row.method,
                "factors": " ".join(line.row.factors),
                "device": line.row.device,
                "browser": line.browser,
                "system": line.system,
                "ip": line.ip,
                "network": line.network,
                "place": line.place,
                "agent": line.agent,
                "session": str(line.row.session_id or ""),
                "disowned": "yes" if line.disowned else "",
                "id": str(line.row.pk),
            }
            for line in sign_ins.named(self.organization_id, found)
        ]
        return records, found[-1].pk if len(found) == CHUNK else None


def export(*, actor: Principal, source: Source, before: UUID, write: Writer) -> Iterator[bytes]:
    """Return the bytes of a file with everything older than `before`; raise NotAllowed at once."""
    actor.require(Permission.JOURNAL_EXPORT)
    return _chunks(actor, source, before, write, journal.origin())


def _chunks(
    actor: Principal, source: Source, before: UUID, write: Writer, origin: tuple[str, str]
) -> Iterator[bytes]:
    last: UUID | None = before
    while last:
        with journal.coming_from(*origin), actor.acting():
            _check_still_allowed(actor)
            records, last = source.read(last)
            journal.record(source.action, rows=len(records), filters=source.filters)
            text = write(records)
        yield text


def _check_still_allowed(actor: Principal) -> None:
    """Raise NotAllowed where the account has lost the permission since the export began."""
    if actor.account_id is None:
        return
    member = members.load(actor.account_id, actor.organization_id)
    if member is None or not member.may(Permission.JOURNAL_EXPORT):
        raise NotAllowed("the permission ended while the file was written")


def csv_writer(columns: Sequence[str]) -> Writer:
    """Return a writer of CSV (UTF-8 with a byte order mark) that no spreadsheet will evaluate."""
    heading: list[Sequence[str]] = [columns]

    def write(records: Sequence[Record]) -> bytes:
        buffer = io.StringIO(newline="")
        if heading:
            buffer.write("\ufeff")
        rows = [heading.pop()] if heading else []
        rows += [[protect(_cell(record[name])) for name in columns] for record in records]
        csv.writer(buffer).writerows(rows)
        return buffer.getvalue().encode()

    return write


def json_lines(records: Sequence[Record]) -> bytes:
    """Write one JSON object per line."""
    return "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in records).encode()


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return str(value)
