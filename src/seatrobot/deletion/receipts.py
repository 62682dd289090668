"""Receipts of deletions: a signed file that anybody verifies offline, see docs/receipts.md.

A receipt is three parts: the line `seatrobot deletion receipt v1`, one line of JSON, and after an
empty line the signature of both by the journal's key (a C2SP signed note). The examiner, who did
not delete, signs what it found with a key of its own; that note stands in the JSON as `examined`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from seatrobot.deletion import backups
from seatrobot.deletion.declarations import KEPT
from seatrobot.deletion.models import Deletion, State
from seatrobot.deletion.verifying_receipts import FIRST_LINE, RESULT_LINE
from seatrobot.kernel import build
from seatrobot.kernel.journal import signing
from seatrobot.kernel.journal.models import Checkpoint, Leaf
from seatrobot.kernel.promises import statements


def make(deletion: Deletion) -> str:
    """Return the receipt of a deletion as far as it has come; call inside a unit of work."""
    facts = {
        "id": str(deletion.pk),
        "instance": settings.BASE_URL,
        "build": build.build_name(),
        "kind": deletion.kind,
        "organization": str(deletion.customer_id),
        "subject": str(deletion.subject),
        "state": deletion.state,
        "final": deletion.state == State.FINAL,
        "requested_at": _time(deletion.requested_at),
        "locked_at": _time(deletion.locked_at),
        "keys_destroyed": _destruction(deletion),
        "rows_deleted_at": _time(deletion.gone_at),
        "rows_deleted": deletion.counts,
        "in_erasure_ledger_at": _time(deletion.entered_at),
        "verified_at": _time(deletion.verified_at),
        "searched": deletion.searched,
        "found": deletion.found,
        "examined": deletion.result,
        "kept": [{"place": name, "why": why} for name, why in KEPT.items()],
        "backups": {
            "still_held_by": [
                {
                    "store": each.store,
                    "made_at": _time(each.made_at),
                    "until": _time(each.destroyed_by),
                }
                for each in (backups.made_before(deletion.gone_at) if deletion.gone_at else [])
            ],
            "destroyed_at": _time(deletion.aged_at),
        },
        "final_at": _time(deletion.final_at),
        "key_of_results": _examiner_key(),
    }
    line = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return signing.sign_note(f"{FIRST_LINE}\n{line}\n")


def signed_result(deletion: Deletion, at: datetime) -> str:
    """Return what was found of a deletion, signed by the examiner."""
    facts = {
        "deletion": str(deletion.pk),
        "at": _time(at),
        "searched": deletion.searched,
        "found": deletion.found,
    }
    line = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return signing.sign_note(f"{RESULT_LINE}\n{line}\n", file=statements.examiner_file())


def file_name(deletion: Deletion) -> str:
    return f"deletion-receipt-{deletion.pk}.txt"


def _destruction(deletion: Deletion) -> dict[str, Any] | None:
    """Return when the keys were destroyed, and the place of that in the platform's journal."""
    if deletion.entry_id is None:
        return None
    leaf = Leaf.objects.filter(entry_id=deletion.entry_id).first()
    place = leaf.place if leaf else None
    size = None
    if leaf is not None and place is not None:
        rows = Checkpoint.objects.filter(stream=leaf.stream, size__gt=place)
        size = rows.order_by("size").values_list("size", flat=True).first()
    return {
        "at": _time(deletion.unreadable_at),
        "entry": str(deletion.entry_id),
        "leaf": bytes(leaf.hash).hex() if leaf else "",
        "place": place,
        "tree_size": size,
    }


def _examiner_key() -> str:
    """Return the examiner's public key, "" where it was never made."""
    try:
        return settings.EVIDENCE_PUBLIC.read_text().strip()
    except FileNotFoundError:
        return ""


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None
