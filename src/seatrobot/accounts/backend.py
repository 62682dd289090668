"""Signing in with e-mail address and password."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from seatrobot.accounts import services
from seatrobot.accounts.models import Account

_read_with_session: ContextVar[Account | None] = ContextVar("read_with_session", default=None)


def expect(account: Account | None) -> None:
    """Note the account that was read together with a session, for the question that follows."""
    _read_with_session.set(account)


class PasswordBackend:
    """Takes the same time whether or not the address is known."""

    def authenticate(
        self, _request: HttpRequest | None, username: str = "", password: str = "", **_: Any
    ) -> Account | None:
        account = services.find(username)
        if account is None:
            make_password(password)
            return None
        return account if account.check_password(password) and account.is_active else None

    def get_user(self, user_id: UUID) -> Account | None:
        account = _read_with_session.get()
        expect(None)
        if account is None or account.pk != user_id:
            account = Account.objects.filter(pk=user_id).first()
        return account if account and account.is_active else None
