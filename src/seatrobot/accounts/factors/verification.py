"""Check what a person typed or signed to prove who they are, in every place that asks."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from seatrobot.accounts import services as accounts
from seatrobot.accounts.factors import codes, services, webauthn
from seatrobot.accounts.factors.refusals import FactorRefused
from seatrobot.accounts.factors.webauthn import Purpose
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account
from seatrobot.accounts.sign_in_log.kinds import Method, Outcome, Reason
from seatrobot.accounts.sign_in_log.recording import record
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
    """Return the factor that was shown; raise FactorRefused, and then nothing has changed."""
    method = method_of(request)
    match method:
        case Method.PASSKEY:
            challenge = webauthn.pop_challenge(request, purpose)
            answer = request.POST["answer"]
            webauthn.check_passkey(account, answer=answer, challenge=challenge)
        case Method.PASSWORD:
            _check_password(account, request.POST["password"])
        case Method.TOTP:
            codes.check_app_code(account, _code(request))
        case _:
            services.use_recovery_code(account=account, code=_code(request))
    return method


def log_refusal(
    request: HttpRequest, account: Account | None, method: Method, refusal: FactorRefused
) -> None:
    """Write a refused factor into the sign-in log and the journal."""
    record(request, account=account, method=method, outcome=Outcome.FAILURE, reason=refusal.reason)
    journal_refusal(account, refusal)


def journal_refusal(account: Account | None, refusal: FactorRefused) -> None:
    """Write into the journal what exactly was wrong with a factor."""
    with acting(Actor.visitor()):
        journal.record(
            Action.ACCOUNT_FACTOR_FAIL,
            subject_id=account.pk if account else None,
            reason=refusal.reason,
            detail=refusal.detail,
        )


def _check_password(account: Account, password: str) -> None:
    if accounts.is_staff(account) or services.enrolled(account.pk).any:
        raise FactorRefused(_("Show a passkey or a code."), Reason.POLICY, "password")
    try:
        accounts.confirm_password(account, password)
    except accounts.WrongPassword:
        raise FactorRefused(_("This is not your password."), Reason.WRONG_PASSWORD) from None


def _code(request: HttpRequest) -> str:
    return "".join(request.POST.get("code", "")[:LONGEST_CODE].split())
