"""What a person typed or signed to show who they are, judged; the same at every place that asks."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from seatrobot.accounts import services as accounts
from seatrobot.accounts.factors import authenticator, passkeys, services
from seatrobot.accounts.factors.ceremonies import Purpose, take_challenge
from seatrobot.accounts.factors.errors import FactorRefused
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account
from seatrobot.accounts.sign_in_log import services as sign_in_log
from seatrobot.accounts.sign_in_log.kinds import Method, Outcome, Reason
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.journal import services as journal

LONGEST_CODE = 40


def method_of(request: HttpRequest) -> Method:
    """Return which factor a form brings: a signed answer, a password, or one of two codes."""
    if "answer" in request.POST:
        return Method.PASSKEY
    if "password" in request.POST:
        return Method.PASSWORD
    return Method.TOTP if _code(request).isdecimal() else Method.RECOVERY_CODE


def check(request: HttpRequest, account: Account, purpose: Purpose) -> Method:
    """Return the factor that was shown; raises FactorRefused, and then nothing has changed."""
    method = method_of(request)
    match method:
        case Method.PASSKEY:
            challenge = take_challenge(request, purpose)
            passkeys.check(account, answer=request.POST["answer"], challenge=challenge)
        case Method.PASSWORD:
            _check_password(account, request.POST["password"])
        case Method.TOTP:
            authenticator.check(account, _code(request))
        case _:
            services.use_recovery_code(account=account, code=_code(request))
    return method


def log_refusal(
    request: HttpRequest, account: Account | None, method: Method, error: FactorRefused
) -> None:
    """Write a refused factor into the sign-in log and the journal."""
    sign_in_log.record(
        request, account=account, method=method, outcome=Outcome.FAILURE, reason=error.reason
    )
    log_detail(account, error)


def log_too_many_tries(request: HttpRequest, account: Account | None, method: Method) -> None:
    """Write into the sign-in log that a factor was not even looked at."""
    sign_in_log.record(
        request,
        account=account,
        method=method,
        outcome=Outcome.FAILURE,
        reason=Reason.TOO_MANY_TRIES,
    )


def log_detail(account: Account | None, error: FactorRefused) -> None:
    """Write into the journal what exactly did not fit."""
    with acting(Actor.visitor()):
        journal.record(
            Action.ACCOUNT_FACTOR_FAIL,
            subject=account.pk if account else None,
            reason=error.reason,
            detail=error.detail,
        )


def _check_password(account: Account, password: str) -> None:
    if services.enrolled(account.pk).any:
        raise FactorRefused(_("Show a passkey or a code."), Reason.POLICY, "password")
    try:
        accounts.confirm(account, password)
    except accounts.WrongPassword:
        raise FactorRefused(_("This is not your password."), Reason.WRONG_PASSWORD) from None


def _code(request: HttpRequest) -> str:
    return "".join(request.POST.get("code", "")[:LONGEST_CODE].split())
