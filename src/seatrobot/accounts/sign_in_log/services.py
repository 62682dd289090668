"""Writing an attempt to sign in, in the transaction of the attempt itself.

via(request, Method.PASSKEY)          # before django.contrib.auth.login(): how they got in
login(request, account)               # its signal writes the successful sign-in, once

record(request, account=account, method=Method.TOTP,
outcome=Outcome.FAILURE, reason=Reason.WRONG_CODE)      # whatever did not end in login()
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connection
from django.dispatch import Signal
from django.http import HttpRequest

from seatrobot.accounts import devices
from seatrobot.accounts.models import Account
from seatrobot.accounts.sign_in_log import places
from seatrobot.accounts.sign_in_log.kinds import Method, Outcome, Reason
from seatrobot.accounts.sign_in_log.models import SignIn, SignInRecord
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal

logged = Signal()
"""Sent in the unit of work of an attempt with `sign_in` (SignIn) once its row is written."""


def via(request: HttpRequest, method: Method, factors: Iterable[Method] = ()) -> None:
    """Say by which method, with which factors, the coming `login()` of this request happens."""
    request.signed_in_via = (method, tuple(factors))  # type: ignore[attr-defined]  # ours alone


def way_of(request: HttpRequest) -> tuple[Method, tuple[Method, ...]]:
    """Return what `via` said; by password where nobody said anything."""
    return getattr(request, "signed_in_via", (Method.PASSWORD, ()))


def is_logged(request: HttpRequest) -> bool:
    """Return whether this request has left a row already."""
    return hasattr(request, "sign_in")


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
) -> SignIn:
    """Write one attempt; address and agent are those of the request in progress.

    account: None where nobody has the address that was given; the address is written nowhere.
    factors: everything that was shown; the method alone unless told. session: the one that began.
    by: who got in; the account as a member unless told.
    """
    ip, agent = journal.origin()
    device = devices.look_at(agent)
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
            network=places.network_of(ip),
            place=places.place_of(ip),
        ),
    )
    proven = account is not None and outcome != Outcome.FAILURE
    member = Actor.member(account.pk) if account and proven else Actor.visitor()
    with acting(by or member):
        insert(sign_in)
        logged.send(sender=SignIn, sign_in=sign_in)
    request.sign_in = sign_in  # type: ignore[attr-defined]  # see is_logged
    return sign_in


def insert(row: SignIn) -> None:
    """Add a row with plain SQL: Django would ask for it back, and a visitor sees none."""
    fields = SignIn._meta.concrete_fields
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    columns = ", ".join(str(field.column) for field in fields)
    places_of_values = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO accounts_sign_in ({columns}) VALUES ({places_of_values})",  # noqa: S608  our own names
            values,
        )
