"""Sign-ins as lines that people read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from seatrobot.accounts import devices
from seatrobot.accounts.sign_in_log import words
from seatrobot.accounts.sign_in_log.kinds import DeviceType, Outcome
from seatrobot.accounts.sign_in_log.models import SignIn

ICONS = {
    DeviceType.PHONE: "device-mobile",
    DeviceType.TABLET: "device-mobile",
    DeviceType.DESKTOP: "device-desktop",
    DeviceType.BOT: "robot",
    DeviceType.UNKNOWN: "help-circle",
}
TONES = {Outcome.SUCCESS: "green", Outcome.CONTINUED: "sky", Outcome.FAILURE: "red"}


@dataclass(frozen=True, slots=True)
class SignInLine:
    """device: in simple words. disowned: its person said "This wasn't me"."""

    id: UUID
    at: datetime
    who: str
    what: str
    tone: str
    factors: str
    device: str
    device_type: str
    icon: str
    browser: str
    system: str
    ip: str
    network: str
    place: str
    agent: str
    session: UUID | None
    disowned: bool
    row: SignIn

    @property
    def may_be_disowned(self) -> bool:
        return self.row.outcome == Outcome.SUCCESS and not self.disowned


def lines_of(
    rows: Sequence[SignIn],
    *,
    names: Mapping[UUID, str] | None = None,
    disowned: Collection[UUID] = (),
) -> list[SignInLine]:
    """Return a line per row. names: of the accounts. disowned: sessions that were."""
    known = names or {}
    return [
        _line(row, known.get(row.account_id, "") if row.account_id else "", disowned)
        for row in rows
    ]


def _line(row: SignIn, name: str, disowned: Collection[UUID]) -> SignInLine:
    seen = row.sealed
    device_type = DeviceType(row.device)
    return SignInLine(
        id=row.pk,
        at=row.at,
        who=name,
        what=words.outcome(row),
        tone=TONES.get(Outcome(row.outcome), "grey"),
        factors=words.factors(row),
        device=devices.describe(seen.agent),
        device_type=str(device_type.label),
        icon=ICONS[device_type],
        browser=seen.browser,
        system=seen.system,
        ip=seen.ip,
        network=seen.network,
        place=seen.place,
        agent=seen.agent,
        session=row.session_id,
        disowned=row.session_id in disowned,
        row=row,
    )
