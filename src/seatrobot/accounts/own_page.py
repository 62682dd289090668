"""What the page "Your account" lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from seatrobot.accounts import devices
from seatrobot.accounts.models import Account, Session
from seatrobot.accounts.session_store import SessionStore
from seatrobot.accounts.sign_in_log import lines, places
from seatrobot.accounts.sign_in_log.disowning import disowned_among
from seatrobot.accounts.sign_in_log.lines import SignInLine
from seatrobot.accounts.sign_in_log.models import SignIn

SHOWN_SIGN_INS = 10


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A live session as its owner reads it. details: browser and system with their versions."""

    id: UUID
    device: str
    details: str
    handheld: bool
    ip: str
    place: str
    signed_in: datetime
    used: datetime
    mine: bool


def sessions(
    account: Account, mine: UUID | None, store: type[SessionStore] = SessionStore
) -> list[SessionLine]:
    """Return the account's live sessions: this one first, then the last used."""
    rows = store.of(account).order_by("-used_at")
    return sorted((_session(row, mine) for row in rows), key=lambda line: not line.mine)


def sign_ins(account: Account, before: UUID | None) -> tuple[list[SignInLine], UUID | None]:
    """Return the account's own sign-ins older than `before`, and from where to go on."""
    rows = SignIn.objects.filter(organization_id=None, account_id=account.pk).order_by("-id")
    found = list((rows.filter(id__lt=before) if before else rows)[: SHOWN_SIGN_INS + 1])
    shown = found[:SHOWN_SIGN_INS]
    disowned = disowned_among([row.session_id for row in shown if row.session_id])
    older = shown[-1].pk if len(found) > SHOWN_SIGN_INS else None
    return lines.lines_of(shown, disowned=disowned), older


def _session(row: Session, mine: UUID | None) -> SessionLine:
    device = devices.look_at(row.sealed.agent)
    return SessionLine(
        id=row.pk,
        device=device.words,
        details=", ".join(filter(None, (device.browser, device.system))),
        handheld=device.is_handheld,
        ip=row.sealed.ip,
        place=places.place_of(row.sealed.ip),
        signed_in=row.created_at,
        used=row.used_at,
        mine=row.pk == mine,
    )
