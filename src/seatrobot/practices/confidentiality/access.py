"""Whether accesses are logged and the log is whole: by its own proof, and by one more access."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from uuid import UUID

from django.db import DatabaseError

from seatrobot.kernel.acting import acting
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.findings import Fault, Verification
from seatrobot.kernel.journal.verifying import verify
from seatrobot.kernel.promises.declaring import Found
from seatrobot.organizations.feature import Action
from seatrobot.organizations.models import Organization
from seatrobot.practices.probe.services import Probing, probing

MISSING = {Fault.ENTRY_MISSING, Fault.LEAF_MISSING, Fault.CHECKPOINT_MISSING}
CHANGED = {Fault.ENTRY_CHANGED, Fault.CHECKPOINT_WRONG, Fault.ROOT_DIFFERS}
UNPROVEN = {Fault.ENTRY_WITHOUT_LEAF, Fault.CHECKPOINT_FORGED}
NEWEST_OF = (
    "SELECT id, opened FROM journal_entry WHERE organization_id = %s ORDER BY id DESC LIMIT 1"
)


def look() -> Found:
    """Read something and find the entry, try to read without one, then verify the whole log."""
    with probing() as probe:
        unlogged = int(not _leaves_an_entry(probe))
        unrefused = int(not _is_refused_unlogged(probe))
    with examining() as outside:
        seen = verify(outside)
    return Found(
        {
            "entries": seen.entries,
            "missing": _number(seen, MISSING),
            "changed": _number(seen, CHANGED),
            "unproven": _number(seen, UNPROVEN),
            "waiting": round(seen.oldest_waiting.total_seconds()) if seen.oldest_waiting else 0,
            "unlogged": unlogged,
            "unrefused": unrefused,
        },
        [finding.sentence for finding in seen.findings],
    )


def _number(seen: Verification, faults: set[Fault]) -> int:
    counted = Counter(finding.fault for finding in seen.findings)
    return sum(counted[fault] for fault in faults)


def _leaves_an_entry(probe: Probing) -> bool:
    """Read a sealed name as a member would; return whether the examiner finds the entry."""
    before = _newest(probe.organization_id)
    with acting(probe.member.actor, probe.organization_id):
        assert Organization.objects.get(pk=probe.organization_id).sealed.name
    after = _newest(probe.organization_id)
    return after != before and after is not None and after[1] == 1


def _newest(organization_id: UUID) -> tuple[UUID, int] | None:
    with examining() as outside:
        row = outside.execute(NEWEST_OF, [organization_id]).fetchone()
    return (row[0], row[1]) if row else None


def _is_refused_unlogged(probe: Probing) -> bool:
    """Change something while its entry cannot be written; return whether all of it was undone.

    The entry gets an identifier that the journal has already, so the database refuses it.
    """
    known = _newest(probe.organization_id)
    assert known is not None
    name = f"unlogged {new_id()}"
    with suppress(DatabaseError), acting(probe.owner.actor, probe.organization_id):
        _rename(probe, name)
        entry = journal.record(Action.ORGANIZATION_CHANGE, subject=probe.organization_id)
        entry.pk = known[0]
    with acting(probe.owner.actor, probe.organization_id):
        return Organization.objects.get(pk=probe.organization_id).sealed.name != name


def _rename(probe: Probing, name: str) -> None:
    organization = Organization.objects.get(pk=probe.organization_id)
    organization.sealed.name = name
    organization.save(update_fields=["sealed"])
