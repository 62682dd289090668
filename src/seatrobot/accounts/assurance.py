"""How sure we are of who is at the browser: which factors were shown, and when last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest

from seatrobot.accounts.session_store import SessionStore
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.kernel.clock import now

KEY = "assurance"
NEVER = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Assurance:
    """methods: what was shown in this session. at: when something was shown last."""

    methods: frozenset[str]
    at: datetime

    @property
    def second_factor(self) -> bool:
        """Whether two factors were shown; a passkey that is unlocked is two by itself."""
        return bool(self.methods & {Method.PASSKEY, Method.TOTP, Method.RECOVERY_CODE})

    @property
    def phishing_resistant(self) -> bool:
        return Method.PASSKEY in self.methods

    def fresh(self, within: timedelta) -> bool:
        return now() - self.at <= within


def assurance_of(request: HttpRequest) -> Assurance:
    """Return what this session has shown; nothing, long ago, where it never did."""
    stored = request.session.get(KEY)
    return _read(stored) if stored else Assurance(frozenset(), NEVER)


def shown(request: HttpRequest, *methods: str) -> None:
    """Note factors that were shown just now, beside those of before, under a new session key."""
    before = assurance_of(request).methods
    assert isinstance(request.session, SessionStore)
    request.session.rotate()
    _write(request, before | frozenset(methods))


def begin(request: HttpRequest, *methods: str) -> None:
    """Note the factors a new session begins with; it lasts as long as sessions do."""
    request.session.set_expiry(None)  # before, it may have waited for a few minutes only
    _write(request, frozenset(methods))


def _write(request: HttpRequest, methods: frozenset[str]) -> None:
    request.session[KEY] = {"methods": sorted(methods), "at": now().isoformat()}


def _read(stored: dict[str, Any]) -> Assurance:
    return Assurance(frozenset(stored["methods"]), datetime.fromisoformat(stored["at"]))
