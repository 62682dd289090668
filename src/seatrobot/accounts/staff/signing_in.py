"""How staff sign in and out; every attempt that is examined is one row of the sign-in log."""

from __future__ import annotations

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils.translation import gettext as _

from seatrobot.accounts import assurance
from seatrobot.accounts.factors import services as factors
from seatrobot.accounts.factors import webauthn
from seatrobot.accounts.factors.refusals import FactorRefused
from seatrobot.accounts.factors.webauthn import Purpose
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account, StaffMember
from seatrobot.accounts.pages import session_of
from seatrobot.accounts.sign_in_log.kinds import Method, Outcome, Reason
from seatrobot.accounts.sign_in_log.recording import notice_new_origin, record
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.staff import conditions


def sign_in(request: HttpRequest, account: Account, answer: str) -> None:
    """Sign in with a passkey's answer; raise FactorRefused.

    Only the holder of the passkey learns whether the account is disabled.
    """
    challenge = webauthn.pop_challenge(request, Purpose.SIGN_IN)
    with acting(Actor.staff(account.pk)):
        factors.lock(account)
        member = StaffMember.objects.get(pk=account.pk)
        webauthn.check_passkey(account, answer=answer, challenge=challenge)
        if not member.is_enabled:
            sentence = _("Your staff account is disabled: ask the operator.")
            raise FactorRefused(sentence, Reason.INACTIVE, "disabled")
        if member.has_ended:
            sentence = _("The last day of your work here has passed: ask the operator.")
            raise FactorRefused(sentence, Reason.INACTIVE, "ended")
        begin_session(request, account, Method.STAFF)


def begin_session(request: HttpRequest, account: Account, method: Method) -> None:
    """Begin a session under a new key; call inside `acting` for the staff member.

    Django's `login` is not used: this session names no backend, so even if the member site read
    it, nobody would be signed in.
    """
    request.session.flush()
    request.session[SESSION_KEY] = str(account.pk)
    assurance.begin(request, Method.PASSKEY)
    request.session.create()
    session = session_of(request)
    rotate_token(request)
    Account.objects.filter(pk=account.pk).update(last_login=now())
    conditions.changed(account.pk)
    row = record(
        request,
        account=account,
        method=method,
        factors=[Method.PASSKEY],
        outcome=Outcome.SUCCESS,
        session=session,
        by=Actor.staff(account.pk),
    )
    notice_new_origin(row, account)


def sign_out(request: HttpRequest, account: Account) -> None:
    journal.record(Action.STAFF_SIGN_OUT, subject_id=account.pk)
    request.session.flush()


def log_refusal(
    request: HttpRequest, account: Account | None, method: Method, refusal: FactorRefused
) -> None:
    """Log a refused attempt; account: None where the passkey is unknown."""
    with acting(Actor.visitor()):
        record(
            request,
            account=account,
            method=method,
            outcome=Outcome.FAILURE,
            reason=refusal.reason,
            detail=refusal.detail,
        )
