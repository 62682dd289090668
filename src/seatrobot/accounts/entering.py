"""The last step of every sign-in, and the wait for a second one after the password."""

from __future__ import annotations

import time
from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth import login
from django.http import HttpRequest

from seatrobot.accounts import assurance
from seatrobot.accounts.factors import resets
from seatrobot.accounts.models import Account
from seatrobot.accounts.sign_in_log import services as sign_in_log
from seatrobot.accounts.sign_in_log.kinds import Method, Outcome
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor

KEY = "waiting"
PATIENCE = 10 * 60
"""How long, in seconds, a browser that has given the right password may take for the next step."""


def enter(request: HttpRequest, account: Account, methods: Iterable[Method]) -> None:
    """Sign somebody in who has shown every factor: a new session, and the log knows how.

    Also for whoever is signed in already, as in a second tab: Django would go on with their session
    under a new key, and then the log had a sign-in more than sessions began.
    """
    shown = tuple(methods)
    with acting(Actor.member(account.pk)):
        request.session.flush()
        sign_in_log.via(request, shown[-1], shown)
        login(request, account)
        assurance.begin(request, *shown)
        if assurance.assurance_of(request).second_factor:
            resets.cancel(account)


def wait_for_second_step(request: HttpRequest, account: Account) -> None:
    """Remember who has given which password; nobody is signed in by that."""
    request.session.flush()
    request.session[KEY] = {
        "account": str(account.pk),
        "password": account.get_session_auth_hash(),
        "at": int(time.time()),
    }
    request.session.set_expiry(PATIENCE)
    sign_in_log.record(request, account=account, method=Method.PASSWORD, outcome=Outcome.CONTINUED)


def who_waits(request: HttpRequest) -> Account | None:
    """Return whose second step this browser owes, while the password that it gave is theirs.

    None when it takes too long, too.
    """
    waiting = request.session.get(KEY)
    if not waiting or time.time() - waiting["at"] > PATIENCE:
        return None
    account = Account.objects.filter(pk=UUID(waiting["account"]), is_active=True).first()
    if account is None or waiting.get("password") != account.get_session_auth_hash():
        return None
    return account
