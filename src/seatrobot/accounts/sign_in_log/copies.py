"""What an organization gets of the sign-ins of its members: a copy of its own, and counts."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from seatrobot.accounts.sign_in_log.models import SignIn
from seatrobot.accounts.sign_in_log.services import insert
from seatrobot.kernel.ids import new_id

COUNT = """
    INSERT INTO accounts_sign_in_count (id, organization_id, day, device, outcome, count)
    VALUES (%s, %s, %s, %s, %s, 1)
    ON CONFLICT (organization_id, day, device, outcome)
    DO UPDATE SET count = accounts_sign_in_count.count + 1
"""


def give(sign_in: SignIn, organization_id: UUID) -> None:
    """Write an organization's copy, sealed under its keyring; call inside `acting` for it."""
    insert(
        SignIn(
            organization_id=organization_id,
            at=sign_in.at,
            account_id=sign_in.account_id,
            method=sign_in.method,
            factors=sign_in.factors,
            outcome=sign_in.outcome,
            reason=sign_in.reason,
            device=sign_in.device,
            session_id=sign_in.session_id,
            sealed=sign_in.sealed,
        )
    )
    day = sign_in.at.date()
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [new_id(), organization_id, day, sign_in.device, sign_in.outcome])
