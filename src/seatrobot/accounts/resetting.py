"""A link that lets a person set a new password: valid for an hour, once."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse

from seatrobot.accounts.models import Account


def link(account: Account) -> str:
    """Return the address of the page; it dies with the next password or sign-in."""
    token = default_token_generator.make_token(account)
    place = {"account": account.pk, "token": token}
    return f"{settings.BASE_URL}{reverse('accounts:reset', kwargs=place)}"


def whose(account_id: UUID) -> Account | None:
    """Return the account, if it may have a password at all: staff never do."""
    return Account.objects.filter(pk=account_id, is_active=True, staff__isnull=True).first()


def account_of(account_id: UUID, token: str) -> Account | None:
    """Return the account whose link this is, or None when it is wrong, used or too old."""
    account = whose(account_id)
    return account if account and default_token_generator.check_token(account, token) else None
