"""What the page "Your account" lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from seatrobot.accounts import devices
from seatrobot.accounts.models import Account, Session
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal.actions import Action, sentence_of
from seatrobot.kernel.journal.models import Entry

SHOWN_SIGN_INS = 10
SIGN_IN_ACTIONS = (
    Action.ACCOUNT_SIGN_IN,
    Action.ACCOUNT_SIGN_OUT,
    Action.ACCOUNT_PASSWORD_CHANGE,
    Action.ACCOUNT_PASSWORD_RESET,
    Action.ACCOUNT_SESSION_END,
)


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A live session as its owner reads it."""

    id: UUID
    device: str
    handheld: bool
    ip: str
    signed_in: datetime
    used: datetime
    mine: bool


@dataclass(frozen=True, slots=True)
class SignInLine:
    at: datetime
    what: str
    device: str
    ip: str


def sessions(account: Account, mine: UUID | None) -> list[SessionLine]:
    """Return the account's live sessions: this one first, then the last used."""
    rows = Session.objects.filter(account=account, expire_date__gt=now()).order_by("-used_at")
    lines = [
        SessionLine(
            id=row.pk,
            device=devices.describe(row.sealed.agent),
            handheld=devices.is_handheld(row.sealed.agent),
            ip=row.sealed.ip,
            signed_in=row.created_at,
            used=row.used_at,
            mine=row.pk == mine,
        )
        for row in rows
    ]
    return sorted(lines, key=lambda line: not line.mine)


def recent_sign_ins(account: Account) -> list[SignInLine]:
    """Return the newest entries about signing in, from the platform's own stream."""
    entries = Entry.objects.filter(
        organization_id=None, actor_id=account.pk, action__in=SIGN_IN_ACTIONS
    ).order_by("-id")[:SHOWN_SIGN_INS]
    return [
        SignInLine(
            at=entry.at,
            what=str(sentence_of(entry.action)),
            device=devices.describe(entry.sealed.agent),
            ip=entry.sealed.ip,
        )
        for entry in entries
    ]
