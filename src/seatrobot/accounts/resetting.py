"""A link that lets a person set a new password: valid for an hour, once."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse

from seatrobot.accounts.models import Account


class _Links(PasswordResetTokenGenerator):
    """Django's own, but a sign-in voids no link of an account that waits for the check.

    A thief who has left a passkey would otherwise void each link as soon as it is mailed.
    """

    def _make_hash_value(self, user: AbstractBaseUser, timestamp: int) -> str:
        assert isinstance(user, Account)
        sign_in = user.unchecked_since or user.last_login
        return f"{user.pk}{user.password}{sign_in}{timestamp}"


links = _Links()


def link(account: Account) -> str:
    """Return the address of the page; it dies with the next password, and mostly with a sign-in."""
    token = links.make_token(account)
    place = {"account": account.pk, "token": token}
    return f"{settings.BASE_URL}{reverse('accounts:reset', kwargs=place)}"


def whose(account_id: UUID) -> Account | None:
    """Return the account, if it may have a password at all: staff never do."""
    return Account.objects.filter(pk=account_id, is_active=True, staff__isnull=True).first()


def account_of(account_id: UUID, token: str) -> Account | None:
    """Return the account whose link this is, or None when it is wrong, used or too old."""
    account = whose(account_id)
    return account if account and links.check_token(account, token) else None


def claim(account: Account, token: str) -> bool:
    """Return whether a link is good still; nobody else uses it until this unit of work ends."""
    fields = ["password", "last_login", "unchecked_since"]
    account.refresh_from_db(fields=fields, from_queryset=Account.objects.select_for_update())
    return links.check_token(account, token)
