"""Signing in with e-mail address and password."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from seatrobot.accounts import services
from seatrobot.accounts.models import Account


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
        return Account.objects.filter(pk=user_id, is_active=True).first()
