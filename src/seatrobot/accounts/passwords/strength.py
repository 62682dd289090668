"""What a new password must not be: easy to guess, or leaked.

Nobody guesses letter by letter: lists of common passwords are tried first, then what people make of
them to reach a length: a repetition, a row of the keyboard, a year, a name. A password is therefore
cut into such parts, and refused when very few of them make up all of it.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from seatrobot.accounts.models import Account
from seatrobot.accounts.passwords.leaked import is_leaked

log = logging.getLogger(__name__)

FEWEST_PARTS = 3
"""A password of two parts is refused; repeating them adds nothing."""
SHORTEST_WORD = 3
SHORTEST_RUN = 3
LONGEST_NUMBER = 8
LONGEST_UNIT = 8
"""A repetition of so few characters is refused, whatever they are."""
LONGEST_CHECKED = 64
LOOKALIKES = str.maketrans("013457@$!", "oieastasi")
ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)
WALKS = (*ROWS, *(row[::-1] for row in ROWS))
CONTEXT = ("seatrobot", "seat", "robot")


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Texts a guesser may know of a person; their words count nothing in a password."""

    texts: tuple[str, ...]

    @classmethod
    def of(cls, account: Account, *more: str) -> PersonalData:
        return cls((account.sealed.name, account.sealed.email, *more))


class NotEasyToGuess:
    """Django validator: refuses common passwords and what is made of them or of personal data."""

    def validate(self, password: str, user: PersonalData | None = None) -> None:
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
    """Django validator: refuses passwords in the operator's list of leaked ones."""

    def validate(self, password: str, user: PersonalData | None = None) -> None:  # noqa: ARG002  Django's own signature
        path: Path | None = settings.LEAKED_PASSWORDS
        if path and _is_leaked(password, path):
            raise ValidationError(
                _("This password is in a list of leaked ones. Take another."),
                code="password_leaked",
            )

    def get_help_text(self) -> str:
        return str(_("Not in a list of leaked passwords."))


def is_easy(password: str, personal: Iterable[str] = ()) -> bool:
    """Return whether a guesser who knows personal texts (names, addresses) would try this early."""
    folded = unicodedata.normalize("NFKC", password).casefold()
    own = words_of(personal)
    texts = {folded, folded.translate(LOOKALIKES)}
    if any(len(_unit(text)) <= min(LONGEST_UNIT, len(text) // 2) for text in texts):
        return True
    texts |= {_unit(text) for text in texts}
    return any(_parts(text[:LONGEST_CHECKED], own) < FEWEST_PARTS for text in texts)


def words_of(personal: Iterable[str]) -> frozenset[str]:
    """Return the words in names and addresses, and the product's own."""
    texts = [unicodedata.normalize("NFKC", text).casefold() for text in personal]
    words = {word for text in texts for word in re.split(r"[\W_]+", text)}
    joined = {re.sub(r"[\W_]+", "", text) for text in texts}
    return frozenset({word for word in words | joined if len(word) >= SHORTEST_WORD} | {*CONTEXT})


def _is_leaked(password: str, path: Path) -> bool:
    """Return whether the list names it; one that has vanished locks nobody out."""
    try:
        return is_leaked(password, path)
    except OSError as error:
        log.error("The list of leaked passwords cannot be read (%s).", error.strerror)  # noqa: TRY400  the trace says no more
        return False


def _unit(text: str) -> str:
    """Return the shortest beginning of which the whole text is a repetition."""
    place = (text + text).find(text, 1)
    return text[:place] if text else text


def _parts(text: str, own: frozenset[str]) -> int:
    """Return the fewest parts that make up the text; own words, runs and signs count 0."""
    never = len(text) + FEWEST_PARTS
    fewest = [0, *([never] * len(text))]
    for end in range(1, len(text) + 1):
        fewest[end] = min(
            (
                fewest[start] + cost
                for start in range(end)
                if (cost := _cost(text[start:end], own)) is not None
            ),
            default=never,
        )
    return fewest[-1]


def _cost(part: str, own: frozenset[str]) -> int | None:
    if part in own or _is_run(part) or (len(part) == 1 and not part.isalnum()):
        return 0
    is_number = part.isdecimal() and len(part) <= LONGEST_NUMBER
    is_word = len(part) >= SHORTEST_WORD and part in _common()
    return 1 if is_number or is_word else None


def _is_run(part: str) -> bool:
    if len(part) < SHORTEST_RUN:
        return False
    return len(set(part)) == 1 or any(part in row for row in WALKS)


@cache
def _common() -> frozenset[str]:
    """Return Django's 20,000 common passwords (by Royce Williams, from breaches)."""
    return frozenset(CommonPasswordValidator().passwords)
