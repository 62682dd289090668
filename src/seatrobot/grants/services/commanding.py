"""Letting a command on the server use a grant: who types it shows a code that the holder made.

The holder makes the code on the page of the grant, where their passkey let them in. It lets in one
command, within ten minutes, and the first wrong one voids it. So nobody acts in the name of a
colleague who does not know of it, but whoever has root on the host, who needs no command.
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.grants.feature import Action
from seatrobot.grants.models import StaffGrant, State
from seatrobot.grants.reading import state_of
from seatrobot.grants.refusals import GrantNotPossible
from seatrobot.grants.services.common import OVER, lock, require_clock
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.staff import standing
from seatrobot.kernel.tokens import new_code, token_hash

CODE_COUNTS = timedelta(minutes=10)


def make_code(*, staff_id: UUID, organization_id: UUID, grant_id: UUID) -> str:
    """Return a code that lets one command use one's own grant; call in `as_staff`.

    A code that was made before is void. Raises GrantNotPossible, and GrantRefused for somebody who
    does not fulfil every condition.
    """
    standing.require_conditions(staff_id)
    row = lock(grant_id, organization_id)
    require_clock(row)
    if row.account_id != staff_id:
        raise GrantNotPossible(_("This grant is another person's."), why="foreign")
    require_live(row)
    code = new_code()
    row.text.sealed.code = _hash(code)
    row.text.sealed.code_at = now()
    row.text.save(update_fields=["sealed"])
    journal.record(Action.COMMAND_ALLOW, subject_id=staff_id, grant=str(row.pk))
    return code


def take_code(row: StaffGrant, code: str) -> bool:
    """Return whether a code is the one that counts now; it counts no more then, right or wrong.

    row: locked. Call as the service, in a unit of work for the organization.
    """
    text = row.text.sealed
    known, made_at = text.code, text.code_at
    if not known or made_at is None:
        return False
    text.code, text.code_at = "", None
    row.text.save(update_fields=["sealed"])
    return hmac.compare_digest(known, _hash(code)) and made_at <= now() <= made_at + CODE_COUNTS


def _hash(code: str) -> str:
    """Return the hash of a code as it was shown or typed, with its hyphen or without."""
    return token_hash("".join(filter(str.isalnum, code.upper()))).hex()


def require_live(row: StaffGrant) -> None:
    """Refuse unless a grant is open at this moment; say what became of it."""
    state = state_of(row)
    if state == State.ASKED:
        raise GrantNotPossible(_("Nobody has approved this grant yet."), why=state.value)
    if state != State.LIVE:
        raise GrantNotPossible(OVER[state], why=state.value)
