"""Whether each deletion that a log speaks of is still asked for, and the ledger has every line.

Rows of deletions and the ledger can be changed by whoever has the machine; the journal of each
organization, which is compared here as another role of the database, says what was asked for.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import psycopg

from seatrobot.contacts.feature import Action as ContactAction
from seatrobot.deletion.feature import Action
from seatrobot.deletion.ledger import Ledger
from seatrobot.deletion.models import Deletion, Kind
from seatrobot.deletion.replaying import WHOLE_FIRST
from seatrobot.deletion.services import CANCELLABLE
from seatrobot.events.feature import Action as EventAction
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import first_id
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.practices.models import Probe

PERIOD = timedelta(days=30)
LATELY = timedelta(days=1)
"""Receipts of organizations of examinations are forgotten after two days."""
ASKED = """
    SELECT asked.organization_id FROM (
        SELECT DISTINCT ON (organization_id) organization_id, action, at FROM journal_entry
        WHERE organization_id IS NOT NULL AND id >= %(since)s AND action = ANY(%(asking)s)
        ORDER BY organization_id, id DESC
    ) AS asked
    WHERE asked.action = %(request)s AND NOT EXISTS (
        SELECT FROM deletion_deletion d
        WHERE d.customer_id = asked.organization_id AND d.kind = %(organization)s
          AND d.state <> 'cancelled' AND abs(extract(epoch FROM d.requested_at - asked.at)) < 60
          AND d.due_at <= d.requested_at + %(cancellable)s)
"""
"""Organizations whose deletion was asked for, and of which no row says so any more."""
DELETED = """
    SELECT e.organization_id, e.subject_id FROM journal_entry e
    WHERE e.organization_id <> ALL(%(ours)s) AND e.id >= %(since)s AND e.action = ANY(%(deleting)s)
      AND NOT EXISTS (
        SELECT FROM deletion_deletion d
        WHERE d.customer_id = e.organization_id AND d.subject_id = e.subject_id
          AND abs(extract(epoch FROM d.requested_at - e.at)) < 60
          AND d.due_at <= d.requested_at + %(cancellable)s)
"""
"""Events, contacts and people that were deleted, and of which no row says so any more."""
COMPLETED = """
    SELECT subject_id FROM journal_entry
    WHERE organization_id IS NULL AND id >= %(lately)s AND action = %(final)s
      AND subject_id NOT IN (SELECT id FROM deletion_deletion WHERE state = 'final')
"""
EARLIER = """
    SELECT a.organization_id, count(DISTINCT a.id) FROM public.archive_archive a
    JOIN public.deletion_deletion d ON d.customer_id = a.organization_id
    WHERE d.entered_at IS NOT NULL AND a.created_at <= d.requested_at
      AND d.kind <> 'organization'
    GROUP BY 1
"""
"""Archives hold what was deleted since; each deletion takes the earlier ones along."""


def earlier_archives(looking: psycopg.Connection) -> list[str]:
    """Return the organizations that have an archive from before something was deleted.

    looking: as a role that sees the rows of every organization.
    """
    return [
        f"{count} archives of {pk} are from before a deletion"
        for pk, count in looking.execute(EARLIER)
    ]


def unasked(examiner: psycopg.Connection) -> list[str]:
    """Return a sentence for each deletion of a log of which no row says the same."""
    moment = now()
    ours = Probe.objects.values_list("organization_id", "foreign_organization_id").first()
    values = {
        "since": first_id(moment - PERIOD),
        "lately": first_id(moment - LATELY),
        "ours": list(ours or ()),
        "request": Action.DELETION_REQUEST,
        "asking": [str(Action.DELETION_REQUEST), str(Action.DELETION_CANCEL)],
        "deleting": [
            str(each)
            for each in (
                EventAction.EVENT_DELETE,
                ContactAction.CONTACT_REMOVE,
                Action.PERSON_ERASE,
            )
        ],
        "final": Action.RECEIPT_FINAL,
        "organization": Kind.ORGANIZATION.value,
        "cancellable": CANCELLABLE,
    }
    asked = examiner.execute(ASKED, values).fetchall()
    deleted = examiner.execute(DELETED, values).fetchall()
    completed = examiner.execute(COMPLETED, values).fetchall()
    return [
        *(f"the deletion of {pk} was asked for, and no row says so" for (pk,) in asked),
        *(f"{pk} of {whose} was deleted, and no row says so" for whose, pk in deleted),
        *(f"the receipt of the deletion {pk} is gone" for (pk,) in completed),
    ]


def unentered(ledger: Ledger) -> int:
    """Count what the ledger of erasures lacks, of what it was to have by the rows of deletions.

    What was deleted by itself is looked for by its identifier; of what went together, which is
    forgotten once a receipt is final, the number of lines is compared.
    """
    with acting(ACTOR):
        rows = list(Deletion.objects.filter(entered_at__isnull=False))
    lacking = sum(
        not ledger.has(table, identifier) for row in rows for table, identifier in _single(row)
    )
    return max(lacking, sum(map(_lines, rows)) - len(ledger))


def _single(row: Deletion) -> list[tuple[str, UUID]]:
    """Return the table and identifier of what a deletion has taken, where that is one thing."""
    if row.kind == Kind.ORGANIZATION:
        return [("organizations_organization", row.customer_id)]
    tables = {Kind.EVENT: "events_event", Kind.CONTACT: "contacts_contact"}
    if row.kind == Kind.GUESTS and row.counts.get("guests_guest") == 1:
        tables = {Kind.GUESTS: "guests_guest"}
    table = tables.get(Kind(row.kind))
    return [(table, row.subject_id)] if table and row.subject_id else []


def _lines(row: Deletion) -> int:
    """Return how many lines of the ledger are a deletion's."""
    if row.kind in {Kind.ORGANIZATION, Kind.EVENT}:
        return 1
    return sum(int(row.counts.get(table, 0)) for table in WHOLE_FIRST)
