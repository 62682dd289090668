"""Every sign-in, failed sign-in and sign-out leaves a journal entry, however it came about."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

from seatrobot.accounts import services
from seatrobot.accounts.models import Account
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.actions import Action


@receiver(user_logged_in)
def signed_in(user: Account, **_: Any) -> None:
    with acting(Actor.member(user.pk)):
        services.note(Action.ACCOUNT_SIGN_IN, user)


@receiver(user_logged_out)
def signed_out(user: Account | None, **_: Any) -> None:
    if user is not None:
        with acting(Actor.member(user.pk)):
            services.note(Action.ACCOUNT_SIGN_OUT, user)


@receiver(user_login_failed)
def failed(credentials: dict[str, Any], **_: Any) -> None:
    """Name the account when there is one; an unknown address is written nowhere."""
    account = services.find(str(credentials.get("username", "")))
    with acting(Actor.visitor()):
        journal.record(Action.ACCOUNT_SIGN_IN_FAIL, subject=account.pk if account else None)
