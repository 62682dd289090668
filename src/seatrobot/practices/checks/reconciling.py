"""The sign-in log, the journal and the copies of organizations, compared with each other.

Each row of the log has one entry of its stream's journal that holds its mark, and each such entry
its row: so a row that was put in, changed, moved or taken away is found, and one that was never
written. And each organization has a copy of what its members did.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from seatrobot.accounts.models import SignIn
from seatrobot.accounts.sign_in_log.kinds import Outcome
from seatrobot.accounts.sign_in_log.recording import MARKED, MARKING, mark
from seatrobot.kernel.acting import acting
from seatrobot.kernel.ids import first_id
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault import own
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import VaultError
from seatrobot.organizations.models import Membership

MARGIN = timedelta(minutes=1)
"""A row and its entry are made in one transaction, but not in one moment."""
NEWEST = timedelta(hours=24)
OLDER, SLICE = timedelta(days=90), timedelta(hours=6)
"""Back to when a slice of so long is chosen by chance, which is compared beside the newest."""
MOST_ROWS = 50_000
MOST_PEOPLE = 100
"""Of how many accounts the copies are looked for: those that signed in last."""
LATE = timedelta(minutes=10)
"""After which a copy is there that a job makes."""
ROWS = """
    SELECT {columns} FROM accounts_sign_in
    WHERE id >= %(from)s AND id < %(to)s ORDER BY id DESC LIMIT %(most)s
"""
ENTRIES = """
    SELECT organization_id, subject_id, id FROM journal_entry
    WHERE id >= %(from)s AND id < %(to)s AND action = ANY(%(actions)s)
    ORDER BY id DESC LIMIT %(most)s
"""
GONE = """
    SELECT stream FROM unnest(%s::uuid[]) AS stream
    WHERE NOT EXISTS (SELECT FROM organizations_organization WHERE id = stream)
"""
COPIES = """
    SELECT account_id, at FROM accounts_sign_in
    WHERE organization_id = %s AND id >= %s AND account_id = ANY(%s)
"""


@dataclass(slots=True)
class Reconciled:
    """compared: rows. unmarked: rows without their entry. unlogged: entries without their row.

    uncopied: sign-ins that the log of an organization lacks.
    """

    compared: int = 0
    unmarked: list[str] = field(default_factory=list)
    unlogged: list[str] = field(default_factory=list)
    uncopied: list[str] = field(default_factory=list)


def reconcile(examiner: psycopg.Connection[Any], moment: datetime) -> Reconciled:
    """Compare the last day, and a slice of what is older."""
    found = Reconciled()
    newest = _compare(examiner, moment - NEWEST, moment + MARGIN, found)
    back = secrets.randbelow(int(OLDER.total_seconds()))
    start = moment - NEWEST - timedelta(seconds=back)
    _compare(examiner, start, start + SLICE, found)
    _copies(examiner, newest, moment, found)
    return found


def _compare(
    examiner: psycopg.Connection[Any], start: datetime, end: datetime, found: Reconciled
) -> list[dict[str, Any]]:
    """Compare rows with entries between two moments, in one snapshot; return the rows."""
    limits = {"from": first_id(start - MARGIN), "to": first_id(end + MARGIN), "most": MOST_ROWS}
    with examiner.transaction():
        examiner.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        columns = ", ".join(MARKED)
        rows = examiner.execute(ROWS.format(columns=columns).encode(), limits).fetchall()
        actions = [str(each) for each in MARKING]
        entries = examiner.execute(ENTRIES, {**limits, "actions": actions}).fetchall()
        gone = _gone(examiner, {stream for stream, _subject, _pk in entries if stream})
    first, last = first_id(start), first_id(end)
    if len(rows) == MOST_ROWS:
        first = max(first, rows[-1][0])
    if len(entries) == MOST_ROWS:
        first = max(first, entries[-1][2])
    kept = [dict(zip(MARKED, row, strict=True)) for row in rows]
    marked = Counter((row["organization_id"], mark(list(row.values()))) for row in kept)
    known = Counter((stream, subject) for stream, subject, _pk in entries)
    inside = [row for row in kept if first < row["id"] < last]
    found.compared += len(inside)
    for row in inside:
        if known[row["organization_id"], mark(list(row.values()))] != 1:
            found.unmarked.append(f"the sign-in {row['id']} has no entry of its own in the journal")
    for stream, subject, pk in entries:
        if first < pk < last and stream not in gone and marked[stream, subject] != 1:
            found.unlogged.append(f"the row of the journal's entry {pk} is gone, or is another")
    return inside


def _gone(examiner: psycopg.Connection[Any], streams: set[UUID]) -> set[UUID]:
    """Return the organizations that were deleted: their entries outlive their log."""
    return {row[0] for row in examiner.execute(GONE, [list(streams)])}


def _copies(
    examiner: psycopg.Connection[Any],
    rows: Sequence[dict[str, Any]],
    moment: datetime,
    found: Reconciled,
) -> None:
    """Look in each organization for the copy of what its members did."""
    own = [row for row in rows if row["organization_id"] is None and row["account_id"]]
    people = list(dict.fromkeys(row["account_id"] for row in own))[:MOST_PEOPLE]
    since = first_id(moment - NEWEST - MARGIN)
    for account_id in people:
        for organization_id, member_since in _memberships(account_id):
            values = [organization_id, since, [account_id]]
            copied = {at for _account, at in examiner.execute(COPIES, values)}
            for row in own:
                is_due = row["outcome"] != Outcome.FAILURE or row["at"] < moment - LATE
                is_theirs = row["account_id"] == account_id and row["at"] > member_since
                if is_theirs and is_due and row["at"] not in copied:
                    found.uncopied.append(f"{organization_id} lacks the sign-in {row['id']}")


def _memberships(account_id: UUID) -> Iterable[tuple[UUID, datetime]]:
    with acting(ACTOR, person_id=account_id):
        rows = Membership.objects.filter(account_id=account_id)
        found = list(rows.values_list("organization_id", "created_at"))
    return [
        (organization_id, max(since, own.unlocked_at(organization_id) or since))
        for organization_id, since in found
        if vault.has_keyring(organization_id)
    ]


def opened(
    sign_ins: Sequence[UUID], organization_id: UUID | None, account_id: UUID
) -> list[SignIn]:
    """Open rows of one account, as the service, and leave out what does not open."""
    rows = []
    with acting(ACTOR, organization_id, person_id=account_id):
        for row in SignIn.objects.filter(pk__in=sign_ins):
            with suppress(VaultError):
                assert row.sealed is not None
                rows.append(row)
    return rows
