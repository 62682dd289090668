"""The last step of a member's sign-in, and the wait for a second factor after the password."""

from __future__ import annotations

import time
from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth import login
from django.http import HttpRequest

from seatrobot.accounts import assurance
from seatrobot.accounts.factors import resets
from seatrobot.accounts.models import Account
from seatrobot.accounts.sign_in_log import recording
from seatrobot.accounts.sign_in_log.kinds import Method, Outcome
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor

KEY = "waiting"
SECOND_STEP_SECONDS = 10 * 60
"""How long a browser that has given the right password may take for the second factor."""


def begin_session(request: HttpRequest, account: Account, methods: Iterable[Method]) -> None:
    """Sign in an account that has shown every factor; the log records the last as the method.

    A person who is signed in already, as in a second tab, gets a new session too: Django would
    continue theirs under a new key, and the log would hold more sign-ins than sessions.
    """
    shown = tuple(methods)
    with acting(Actor.member(account.pk)):
        request.session.flush()
        recording.set_method(request, shown[-1], shown)
        login(request, account)
        assurance.begin(request, *shown)
        if assurance.assurance_of(request).second_factor:
            resets.cancel(account)


def begin_session_by_link(request: HttpRequest, account: Account, method: Method) -> None:
    """Sign in an account that has just been created with the password it chose, by a link."""
    recording.set_method(request, method)
    login(request, account)
    assurance.begin(request, Method.PASSWORD)


def begin_second_step(request: HttpRequest, account: Account) -> None:
    """Remember which account's password was right; nobody is signed in by that."""
    request.session.flush()
    request.session[KEY] = {
        "account": str(account.pk),
        "password": account.get_session_auth_hash(),
        "at": int(time.time()),
    }
    request.session.set_expiry(SECOND_STEP_SECONDS)
    recording.record(request, account=account, method=Method.PASSWORD, outcome=Outcome.CONTINUED)


def awaited_account(request: HttpRequest) -> Account | None:
    """Return the account whose second factor this browser still has to show.

    None when it took too long, or when the password has changed since.
    """
    waiting = request.session.get(KEY)
    if not waiting or time.time() - waiting["at"] > SECOND_STEP_SECONDS:
        return None
    account = Account.objects.filter(pk=UUID(waiting["account"]), is_active=True).first()
    if account is None or waiting.get("password") != account.get_session_auth_hash():
        return None
    return account
