"""How staff get in and out, and every attempt to: one row in the sign-in log for each."""

from __future__ import annotations

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils.translation import gettext as _

from seatrobot.accounts import assurance
from seatrobot.accounts.factors import passkeys
from seatrobot.accounts.factors.ceremonies import Purpose, take_challenge
from seatrobot.accounts.factors.errors import FactorRefused
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account
from seatrobot.accounts.pages import session_of
from seatrobot.accounts.sign_in_log import known_places
from seatrobot.accounts.sign_in_log import services as sign_in_log
from seatrobot.accounts.sign_in_log.kinds import Method, Outcome, Reason
from seatrobot.accounts.staff.passkeys import lock
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal


def owner_of(answer: str) -> Account:
    """Return whose passkey an answer names, of the staff; raises FactorRefused."""
    owner = passkeys.owner_of(answer)
    account = Account.objects.filter(pk=owner, staff__isnull=False).first() if owner else None
    if account is None:
        raise FactorRefused(_("This passkey is not known here."), Reason.WRONG_PASSKEY, "unknown")
    return account


def sign_in(request: HttpRequest, account: Account, answer: str) -> None:
    """Sign somebody in whose passkey answered; raises FactorRefused.

    Whether the account is enabled is told only to whoever holds its passkey.
    """
    challenge = take_challenge(request, Purpose.SIGN_IN)
    with acting(Actor.staff(account.pk)):
        is_enabled = lock(account)
        passkeys.check(account, answer=answer, challenge=challenge)
        if not is_enabled:
            sentence = _("Your staff account is disabled: ask the operator.")
            raise FactorRefused(sentence, Reason.INACTIVE, "disabled")
        enter(request, account, Method.STAFF)


def enter(request: HttpRequest, account: Account, method: Method) -> None:
    """Begin a session of staff under a new key; call inside `acting` for them.

    Django's `login` is not asked: a session of staff names no backend, so even if the member site
    read one it would find nobody signed in.
    """
    request.session.flush()
    request.session[SESSION_KEY] = str(account.pk)
    assurance.begin(request, Method.PASSKEY)
    request.session.create()
    session = session_of(request)
    rotate_token(request)
    Account.objects.filter(pk=account.pk).update(last_login=now())
    journal.record(Action.STAFF_SIGN_IN, subject=account.pk)
    row = sign_in_log.record(
        request,
        account=account,
        method=method,
        factors=[Method.PASSKEY],
        outcome=Outcome.SUCCESS,
        session=session,
        by=Actor.staff(account.pk),
    )
    known_places.compare(row, account)


def leave(request: HttpRequest, account: Account) -> None:
    journal.record(Action.STAFF_SIGN_OUT, subject=account.pk)
    request.session.flush()


def refuse(
    request: HttpRequest,
    account: Account | None,
    method: Method,
    reason: Reason,
    detail: str = "",
) -> None:
    """Log an attempt that was refused; account: None where nobody is known by what was shown."""
    with acting(Actor.visitor()):
        sign_in_log.record(
            request, account=account, method=method, outcome=Outcome.FAILURE, reason=reason
        )
        subject = account.pk if account else None
        journal.record(Action.STAFF_FAIL, subject=subject, reason=reason, detail=detail)
