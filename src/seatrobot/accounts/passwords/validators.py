"""What Django asks about each new password, beside its length."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from seatrobot.accounts.models import Account
from seatrobot.accounts.passwords.guessing import is_easy
from seatrobot.accounts.passwords.leaked import is_leaked

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class About:
    """What a guesser may know of a person: the words of these texts make no password."""

    texts: tuple[str, ...]

    @classmethod
    def account(cls, account: Account, *more: str) -> About:
        return cls((account.sealed.name, account.sealed.email, *more))


class NotEasyToGuess:
    """Refuses common passwords, what is made of them, and what is made of the person's own data."""

    def validate(self, password: str, user: About | None = None) -> None:
        if is_easy(password, user.texts if user else ()):
            raise ValidationError(
                _(
                    "This is made of common passwords, rows on the keyboard or your own data, which"
                    " guessers try first. Take a few words that do not belong together."
                ),
                code="password_easy",
            )

    def get_help_text(self) -> str:
        return str(_("A few words that do not belong together."))


class NotLeaked:
    """Refuses what the operator's list of leaked passwords names, where there is such a list."""

    def validate(self, password: str, user: About | None = None) -> None:  # noqa: ARG002  Django's own signature
        path: Path | None = settings.LEAKED_PASSWORDS
        if path and _is_leaked(password, path):
            raise ValidationError(
                _("This password is in a list of leaked ones. Take another."),
                code="password_leaked",
            )

    def get_help_text(self) -> str:
        return str(_("Not in a list of leaked passwords."))


def _is_leaked(password: str, path: Path) -> bool:
    """Return whether the list names it; one that has gone since the start keeps nobody out."""
    try:
        return is_leaked(password, path)
    except OSError as error:
        log.error("The list of leaked passwords cannot be read (%s).", error.strerror)  # noqa: TRY400  the trace says no more
        return False
