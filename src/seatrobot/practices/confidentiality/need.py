"""Whether staff see Customer Data without a need that was stated."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor, ActorKind
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import first_id, new_id
from seatrobot.kernel.promises.declaring import Found
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import KeyringRefused
from seatrobot.organizations.models import Organization
from seatrobot.practices.probe.services import Probing, probing

OPENED = """
    SELECT count(*), coalesce(max(at)::text, '') FROM journal_entry
    WHERE organization_id IS NOT NULL AND actor_kind = %s AND id >= %s
"""
LOOKED_BACK = timedelta(days=30)


def look() -> Found:
    """Ask the vault as staff in every way there is; then look for staff in journals."""
    with probing() as probe:
        sealed = _sealed_name(probe)
        tries = {
            _("as staff"): lambda: _open(probe, sealed),
            _("as staff who act as a member"): lambda: _open_as(probe, sealed),
            _("as staff who look for an address"): lambda: _find(probe),
        }
        opened = [way for way, attempt in tries.items() if not _is_refused(attempt)]
    with examining() as outside:
        first = first_id(now() - LOOKED_BACK)
        entries, last = outside.execute(OPENED, [ActorKind.STAFF, first]).fetchone() or (0, "")
    notes = [f"a keyring opened {way}" for way in opened]
    notes += [f"staff acted in organizations, the last time at {last}"] if entries else []
    return Found({"tries": len(tries), "opened": len(opened), "entries": int(entries)}, notes)


def _sealed_name(probe: Probing) -> bytes:
    with examining() as outside:
        row = outside.execute(
            "SELECT sealed FROM organizations_organization WHERE id = %s", [probe.organization_id]
        ).fetchone()
    assert row is not None
    return bytes(row[0])


class _Opened(Exception):
    """What must be refused was not; raised so that the examination's own act is undone."""


def _is_refused(attempt: Callable[[], object]) -> bool:
    try:
        with acting(Actor.staff(new_id())):
            _must_fail(attempt)
    except _Opened:
        return False
    except KeyringRefused:
        pass
    return True


def _must_fail(attempt: Callable[[], object]) -> None:
    attempt()
    raise _Opened


def _open(probe: Probing, sealed: bytes) -> None:
    with acting(Actor.staff(new_id()), probe.organization_id):
        _name(probe.organization_id, sealed)


def _open_as(probe: Probing, sealed: bytes) -> None:
    with acting(probe.owner.actor, probe.organization_id):
        _name(probe.organization_id, sealed)


def _find(probe: Probing) -> None:
    vault.blind_index(probe.organization_id, "somebody@nowhere.test")


def _name(organization_id: UUID, sealed: bytes) -> str:
    field = Organization._meta.get_field("sealed")
    return field.open_record(organization_id, organization_id, sealed).name
