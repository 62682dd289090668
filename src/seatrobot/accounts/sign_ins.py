"""Every sign-in, failed sign-in and sign-out is logged and journalled, however it came about."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from seatrobot.accounts import services
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account
from seatrobot.accounts.sign_in_log import known_places
from seatrobot.accounts.sign_in_log import services as sign_in_log
from seatrobot.accounts.sign_in_log.kinds import Method, Outcome, Reason
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.journal import services as journal


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: Account, **_: Any) -> None:
    method, factors = sign_in_log.way_of(request)
    with acting(Actor.member(user.pk)):
        services.note(Action.ACCOUNT_SIGN_IN, user)
        sign_in = sign_in_log.record(
            request,
            account=user,
            method=method,
            factors=factors,
            outcome=Outcome.SUCCESS,
            session=_session(request),
        )
        known_places.compare(sign_in, user)


@receiver(user_logged_out)
def signed_out(user: Account | None, **_: Any) -> None:
    if user is not None:
        with acting(Actor.member(user.pk)):
            services.note(Action.ACCOUNT_SIGN_OUT, user)


@receiver(user_login_failed)
def failed(request: HttpRequest | None, credentials: dict[str, Any], **_: Any) -> None:
    if request is not None and "username" in credentials:
        refused(request, str(credentials["username"]))


def refused(request: HttpRequest, address: str, reason: Reason | None = None) -> None:
    """Log a password that was refused, once; an unknown address is written nowhere.

    reason: found out unless told.
    """
    if sign_in_log.is_logged(request):
        return
    account = services.find(address)
    with acting(Actor.visitor()):
        journal.record(Action.ACCOUNT_SIGN_IN_FAIL, subject=account.pk if account else None)
        sign_in_log.record(
            request,
            account=account,
            method=Method.PASSWORD,
            outcome=Outcome.FAILURE,
            reason=reason or _reason(account),
        )


def _reason(account: Account | None) -> Reason:
    if account is None:
        return Reason.UNKNOWN_ADDRESS
    return Reason.WRONG_PASSWORD if account.is_active else Reason.INACTIVE


def _session(request: HttpRequest) -> UUID | None:
    """Return the stored session that `login()` has just made."""
    if request.session.session_key is None:  # another person was signed in here before
        request.session.create()
    row = getattr(request.session, "row", None)
    return row.pk if row else None
