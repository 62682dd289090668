"""Sign-ins and sessions as the lines of lists."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from seatrobot.accounts import services
from seatrobot.accounts.models import Account, RefusalCount, Session, SignIn, StaffMember
from seatrobot.accounts.sign_in_log import origins, text
from seatrobot.accounts.sign_in_log.disowning import disowned_among
from seatrobot.accounts.sign_in_log.kinds import DeviceType, Method, Outcome, Reason
from seatrobot.accounts.signing_in.sessions import SessionStore
from seatrobot.kernel import streams
from seatrobot.kernel.clock import now

OWN_SIGN_INS = 10
PLATFORM_PAGE = 50
REFUSAL_HOURS = 24
REFUSAL_LINES = 50
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
    """device: such as "Firefox on Windows". disowned: its person reported it as not theirs."""

    id: UUID
    at: datetime
    who: str
    what: str
    tone: str
    method: str
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


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A live session. details: browser and system with their versions. mine: this very session."""

    id: UUID
    device: str
    details: str
    handheld: bool
    ip: str
    place: str
    signed_in: datetime
    used: datetime
    mine: bool


@dataclass(frozen=True, slots=True)
class RefusalLine:
    """Attempts of one hour from one network that were refused without examining them."""

    hour: datetime
    network: str
    method: str
    reason: str
    count: int


def lines_of(
    rows: Sequence[SignIn],
    *,
    names: Mapping[UUID, str] | None = None,
    disowned: Collection[UUID] = (),
) -> list[SignInLine]:
    """Return a line per row. names: of the accounts. disowned: sessions reported as not theirs."""
    known = names or {}
    return [
        _line(row, known.get(row.account_id, "") if row.account_id else "", disowned)
        for row in rows
    ]


def sessions_of(
    account: Account, mine: UUID | None, store: type[SessionStore] = SessionStore
) -> list[SessionLine]:
    """Return the account's live sessions: this one first, then the last used."""
    rows = store.of(account).order_by("-used_at")
    return sorted((_session(row, mine) for row in rows), key=lambda line: not line.mine)


def sign_ins_of(account: Account, before: UUID | None) -> tuple[list[SignInLine], UUID | None]:
    """Return a page of the account's sign-ins older than `before`, and where the next begins."""
    found = streams.newest(
        SignIn.objects.all(),
        None,
        {"account_id": [account.pk]},
        streams.Window(before=before or streams.NEWEST),
        OWN_SIGN_INS + 1,
    )
    shown = found[:OWN_SIGN_INS]
    disowned = disowned_among([row.session_id for row in shown if row.session_id])
    older = shown[-1].pk if len(found) > OWN_SIGN_INS else None
    return lines_of(shown, disowned=disowned), older


def platform_sign_ins(
    before: UUID | None, size: int = PLATFORM_PAGE
) -> tuple[list[SignInLine], UUID | None]:
    """Return a page of the platform's attempts older than `before`, and where the next begins.

    Those for addresses that nobody has, and those of staff: row-level security shows them to
    enabled staff alone. Each of the two is read along an index; a page is the newer of both.
    """
    staff = list(StaffMember.objects.values_list("pk", flat=True))
    rows = SignIn.objects.filter(organization_id=None)
    rows = rows.filter(id__lt=before) if before else rows
    # The order names every column of the index `sign_in_by_member`, so that it is read along it.
    strangers = rows.filter(account_id=None).order_by("-organization_id", "-account_id", "-id")
    known = rows.filter(account_id__in=staff).order_by("-id")
    both = [*strangers[: size + 1], *known[: size + 1]]
    found = sorted(both, key=lambda row: row.pk, reverse=True)
    shown = found[:size]
    older = shown[-1].pk if len(found) > size else None
    names = {pk: person.name for pk, person in services.people(staff).items()}
    return lines_of(shown, names=names), older


def recent_refusals() -> list[RefusalLine]:
    """Return the attempts of the last day that were refused unexamined, the newest hour first."""
    since = now() - timedelta(hours=REFUSAL_HOURS)
    rows = RefusalCount.objects.filter(hour__gt=since).order_by("-hour", "-count")
    return [
        RefusalLine(
            hour=row.hour,
            network=row.sealed.network,
            method=text.label(Method, row.method),
            reason=text.label(Reason, row.reason),
            count=row.count,
        )
        for row in rows[:REFUSAL_LINES]
    ]


def _line(row: SignIn, name: str, disowned: Collection[UUID]) -> SignInLine:
    record = row.sealed
    device_type = DeviceType(row.device)
    return SignInLine(
        id=row.pk,
        at=row.at,
        who=name,
        what=text.outcome(row),
        tone=TONES.get(Outcome(row.outcome), "grey"),
        method=text.label(Method, row.method),
        factors=text.factors(row),
        device=origins.describe(record.agent),
        device_type=str(device_type.label),
        icon=ICONS[device_type],
        browser=record.browser,
        system=record.system,
        ip=record.ip,
        network=record.network,
        place=record.place,
        agent=record.agent,
        session=row.session_id,
        disowned=row.session_id in disowned,
        row=row,
    )


def _session(row: Session, mine: UUID | None) -> SessionLine:
    device = origins.parse_agent(row.sealed.agent)
    return SessionLine(
        id=row.pk,
        device=device.label,
        details=", ".join(filter(None, (device.browser, device.system))),
        handheld=device.is_handheld,
        ip=row.sealed.ip,
        place=origins.place_of(row.sealed.ip),
        signed_in=row.created_at,
        used=row.used_at,
        mine=row.pk == mine,
    )
