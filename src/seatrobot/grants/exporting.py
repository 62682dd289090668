"""Every grant and decision of an organization as one file, written while it is read.

Each piece is a unit of work of its own, as those of the access log are, so the size of the file
costs no memory, and it ends where the member has lost the permission meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from seatrobot.grants import reading
from seatrobot.grants.feature import Action, Permission
from seatrobot.grants.reading import GrantLine
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import NotAllowed, Principal
from seatrobot.organizations import members

CHUNK = 200

Records = Sequence[dict[str, object]]
Read = Callable[[Principal, UUID | None], tuple[Records, UUID | None]]
"""Reads the records that come after one, and tells the last of them; None where there is none."""


def export(actor: Principal) -> Iterator[bytes]:
    """Return the bytes of the file, piece by piece; raise NotAllowed at once."""
    actor.require(Permission.GRANT_VIEW)
    return _pieces(actor, journal.origin())


def _pieces(actor: Principal, origin: tuple[str, str]) -> Iterator[bytes]:
    yield f'{{"organization": "{actor.organization_id}",\n "grants": ['.encode()
    yield from _records(actor, origin, _grants)
    yield b'],\n "decisions": ['
    yield from _records(actor, origin, _decisions)
    yield b"]}\n"


def _records(actor: Principal, origin: tuple[str, str], read: Read) -> Iterator[bytes]:
    last: UUID | None = None
    between = ""
    while True:
        with journal.coming_from(*origin), actor.acting():
            _require_still_allowed(actor)
            found, last = read(actor, last)
            journal.record(Action.GRANT_EXPORT, rows=len(found))
            text = ",".join(f"\n{json.dumps(each, indent=1)}" for each in found)
        if text:
            yield f"{between}{text}".encode()
            between = ","
        if last is None or len(found) < CHUNK:
            return


def _grants(actor: Principal, after: UUID | None) -> tuple[Records, UUID | None]:
    lines = reading.grants_before(actor, after, CHUNK)
    return [_written(line) for line in lines], lines[-1].id if lines else None


def _decisions(actor: Principal, after: UUID | None) -> tuple[Records, UUID | None]:
    return reading.proofs(actor, after, CHUNK)


def _require_still_allowed(actor: Principal) -> None:
    """Raise NotAllowed where the account has lost the permission since the file was begun."""
    assert actor.account_id is not None
    member = members.load(actor.account_id, actor.organization_id)
    if member is None or not member.may(Permission.GRANT_VIEW):
        raise NotAllowed("the permission ended while the file was written")


def _written(line: GrantLine) -> dict[str, object]:
    moments = ("asked_at", "decided_at", "opens_at", "expires_at", "ended_at", "reviewed_at")
    times = {name: getattr(line, name) for name in moments}
    return {
        "id": str(line.id),
        "staff": line.who,
        "staff_id": str(line.account_id),
        "category": line.category,
        "reason": line.reason,
        "ticket": line.ticket,
        "state": line.state.value,
        "emergency": line.is_emergency,
        "may_change": line.may_change,
        "events": [str(pk) for pk in line.event_ids] if line.event_ids is not None else "all",
        "minutes": line.minutes,
        **{name: moment.isoformat() if moment else None for name, moment in times.items()},
        "decided_by": line.decided_by,
        "ended_by": line.ended_by,
        "reviewed_by": line.reviewer,
        "review": line.review,
        "review_note": line.review_note,
        "signature_verifies": line.signed,
        "signed_by_passkey": line.passkey or None,
    }
