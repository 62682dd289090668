"""Write every attempt to sign in into the log, in the transaction of the attempt itself.

set_method(request, Method.PASSKEY)   # before django.contrib.auth.login(): how it came about
login(request, account)               # its signal writes the successful sign-in

record(request, account=account, method=Method.TOTP,
outcome=Outcome.FAILURE, reason=Reason.WRONG_CODE)    # what does not end in login()

count_refusal(request, Method.RESET_LINK, Reason.DEAD_LINK)  # what is not even examined
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import connection
from django.db.models import Model
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from seatrobot.accounts import limits, services
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import (
    Account,
    KnownOrigin,
    RefusalCount,
    RefusalRecord,
    SignIn,
    SignInRecord,
)
from seatrobot.accounts.sign_in_log import origins
from seatrobot.accounts.sign_in_log.kinds import Method, Outcome, Reason
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import PLATFORM, new_id
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.vault import services as vault

sign_in_logged = Signal()
"""Sent in the unit of work of an attempt with `sign_in` (SignIn) once its row is written."""

COUNT_COPY = """
    INSERT INTO accounts_sign_in_count (id, organization_id, day, device, outcome, count)
    VALUES (%s, %s, %s, %s, %s, 1)
    ON CONFLICT (organization_id, day, device, outcome)
    DO UPDATE SET count = accounts_sign_in_count.count + 1
"""
MARKED = (
    *("id", "organization_id", "at", "account_id", "method", "factors", "outcome", "reason"),
    *("device", "session_id", "sealed"),
)
"""The columns that the mark of a row covers: all of them."""
ACTIONS = {
    Outcome.SUCCESS: Action.ACCOUNT_SIGN_IN,
    Outcome.CONTINUED: Action.ACCOUNT_SIGN_IN_CONTINUE,
    Outcome.FAILURE: Action.ACCOUNT_SIGN_IN_FAIL,
}
STAFF_METHODS = {Method.STAFF, Method.STAFF_LINK}
STAFF_ACTIONS = {Outcome.SUCCESS: Action.STAFF_SIGN_IN, Outcome.FAILURE: Action.STAFF_FAIL}
MARKING = (*ACTIONS.values(), *STAFF_ACTIONS.values())
"""What entries are called that hold the mark of a row."""
ONE_MORE = "ON CONFLICT (key) DO UPDATE SET count = accounts_refusal_count.count + 1"


def set_method(request: HttpRequest, method: Method, factors: Iterable[Method] = ()) -> None:
    """Set by which method, with which factors, the coming `login()` of this request happens."""
    request.sign_in_method = (method, tuple(factors))  # type: ignore[attr-defined]  # ours alone


@receiver(user_logged_in)
def record_sign_in(request: HttpRequest, user: Account, **_: Any) -> None:
    method, factors = getattr(request, "sign_in_method", (Method.PASSWORD, ()))
    with acting(Actor.member(user.pk)):
        sign_in = record(
            request,
            account=user,
            method=method,
            factors=factors,
            outcome=Outcome.SUCCESS,
            session=_new_session(request),
        )
        notice_new_origin(sign_in, user)


@receiver(user_logged_out)
def record_sign_out(user: Account | None, **_: Any) -> None:
    if user is not None:
        with acting(Actor.member(user.pk)):
            services.record(Action.ACCOUNT_SIGN_OUT, user)


@receiver(user_login_failed)
def record_failed_login(request: HttpRequest | None, credentials: dict[str, Any], **_: Any) -> None:
    if request is not None and "username" in credentials:
        record_wrong_password(request, str(credentials["username"]))


def record_wrong_password(request: HttpRequest, address: str) -> None:
    """Log a refused password once per request; an unknown address is stored nowhere."""
    if hasattr(request, "sign_in"):
        return
    account = services.find(address)
    reason = Reason.WRONG_PASSWORD
    if account is None:
        reason = Reason.UNKNOWN_ADDRESS
    elif not account.is_active:
        reason = Reason.INACTIVE
    record(request, account=account, method=Method.PASSWORD, outcome=Outcome.FAILURE, reason=reason)


def record(  # noqa: PLR0913  the columns of a row, all by name
    request: HttpRequest,
    *,
    account: Account | None,
    method: Method,
    outcome: Outcome,
    factors: Iterable[Method] = (),
    reason: Reason | None = None,
    session: UUID | None = None,
    by: Actor | None = None,
    detail: str = "",
) -> SignIn:
    """Write one attempt and its journal entry; address and agent are those of the request.

    account: None when no account has the address that was given. factors: everything shown; the
    method alone by default. session: the one that began. by: who signed in; by default the account
    as a member, or a visitor where nothing was proven. detail: for the journal, of a refusal.
    """
    ip, agent = journal.origin()
    device = origins.parse_agent(agent)
    sign_in = SignIn(
        at=now(),
        account_id=account.pk if account else None,
        method=method,
        factors=list(factors) or [method],
        outcome=outcome,
        reason=reason or "",
        device=device.type,
        session_id=session,
        sealed=SignInRecord(
            ip=ip,
            agent=agent,
            browser=device.browser,
            system=device.system,
            network=origins.network_of(ip),
            place=origins.place_of(ip),
        ),
    )
    proven = account is not None and outcome != Outcome.FAILURE
    member = Actor.member(account.pk) if account and proven else Actor.visitor()
    with acting(by or member):
        _log(sign_in, detail)
        sign_in_logged.send(sender=SignIn, sign_in=sign_in)
    request.sign_in = sign_in  # type: ignore[attr-defined]  # read by record_wrong_password
    return sign_in


def count_refusal(request: HttpRequest, method: Method, reason: Reason) -> None:
    """Count an attempt that is refused without being examined, in the row of network and hour.

    Anybody can send such requests without end, so each must not leave a row that nobody may delete.
    """
    network = limits.network_of(request)
    hour = now().replace(minute=0, second=0, microsecond=0)
    parts = ("refusal", network, hour.isoformat(), method, reason)
    with acting(Actor.visitor()):
        row = RefusalCount(
            key=vault.blind_index(PLATFORM, "\x1f".join(parts)),
            hour=hour,
            method=method,
            reason=reason,
            count=1,
            sealed=RefusalRecord(network),
        )
        insert(row, ONE_MORE)


def copy_to_organization(sign_in: SignIn, organization_id: UUID) -> None:
    """Add the organization's copy, sealed under its keyring; call inside `acting` for it."""
    _log(
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
        cursor.execute(
            COUNT_COPY, [new_id(), organization_id, day, sign_in.device, sign_in.outcome]
        )


def notice_new_origin(sign_in: SignIn, account: Account) -> None:
    """Remember device and network of a successful sign-in; mail the person if one is new.

    A device is browser and system without their versions, so an update is not new. The first
    sign-in of an account sends no mail.
    """
    keys = _origin_keys(sign_in, account)
    rows = KnownOrigin.objects.filter(account=account)
    known = {bytes(key) for key in rows.values_list("key", flat=True)}
    new = [key for key in keys if key not in known]
    KnownOrigin.objects.bulk_create(
        [KnownOrigin(key=key, account=account, at=now()) for key in new],
        ignore_conflicts=True,
    )
    if known and new:
        journal.record(Action.ACCOUNT_SIGN_IN_NEW_PLACE, subject_id=sign_in.pk)
        defer("accounts.mail-new-origin", sign_in_id=str(sign_in.pk), account_id=str(account.pk))


def forget_origin(sign_in: SignIn, account: Account) -> None:
    """Make device and network of a sign-in count as new again."""
    KnownOrigin.objects.filter(account=account, key__in=_origin_keys(sign_in, account)).delete()


def _log(sign_in: SignIn, detail: str = "") -> None:
    """Write a row of the log, and in the journal of its stream an entry that holds its mark."""
    values = _values(sign_in)
    insert(sign_in, "", values)
    columns = [str(field.column) for field in sign_in._meta.concrete_fields]
    marked = dict(zip(columns, values, strict=True))
    is_staff = sign_in.method in STAFF_METHODS
    action = (STAFF_ACTIONS if is_staff else ACTIONS)[Outcome(sign_in.outcome)]
    facts = {
        "account": str(sign_in.account_id or "") if sign_in.outcome == Outcome.FAILURE else "",
        "reason": str(sign_in.reason),
        "detail": detail,
    }
    said = {name: fact for name, fact in facts.items() if fact}
    journal.record(action, subject_id=mark([marked[column] for column in MARKED]), **said)


def mark(values: Sequence[Any]) -> UUID:
    """Return a hash of a row of the log, of its columns MARKED, in the form of an identifier.

    122 bits of a SHA-256, as UUIDv8 has room for. The journal's entry about the row has it as its
    subject, so that neither is put in, changed or taken away without the other.
    """
    digest = hashlib.sha256("\x1f".join(map(_text, values)).encode()).digest()
    number = int.from_bytes(digest[:16], "big")
    number = number & ~(0xF << 76) | 8 << 76
    return UUID(int=number & ~(0x3 << 62) | 0x2 << 62)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return str(value.astimezone(UTC))
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return str(value)


def insert(row: Model, on_conflict: str = "", values: Sequence[Any] | None = None) -> None:
    """Add a row with plain SQL: Django would ask for it back, and a visitor may read none.

    values: its columns, where they were calculated before; each sealing gives other bytes.
    """
    fields = row._meta.concrete_fields
    values = _values(row) if values is None else values
    columns = ", ".join(str(field.column) for field in fields)
    placeholders = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {row._meta.db_table} ({columns}) VALUES ({placeholders}) {on_conflict}",  # noqa: S608  our own names
            values,
        )


def _values(row: Model) -> list[Any]:
    fields = row._meta.concrete_fields
    return [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]


def _new_session(request: HttpRequest) -> UUID | None:
    """Return the stored session that `login()` has just made."""
    if request.session.session_key is None:  # another person was signed in here before
        request.session.create()
    row = getattr(request.session, "row", None)
    return row.pk if row else None


def _origin_keys(sign_in: SignIn, account: Account) -> list[bytes]:
    device = origins.parse_agent(sign_in.sealed.agent)
    parts = (
        ("device", f"{device.type} {device.browser_name} {device.platform}"),
        ("network", origins.provider_of(sign_in.sealed.ip)),
    )
    return [
        vault.blind_index(PLATFORM, "\x1f".join((kind, str(account.pk), text)))
        for kind, text in parts
    ]
