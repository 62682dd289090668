"""What an event knows of its guests beside name and address, and which answers its fields take.

A field is addressed by its identifier everywhere: on forms, in sort orders, in stored rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from uuid import UUID

import msgspec
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from seatrobot.guests.records import LONGEST_ANSWER, too_long
from seatrobot.normalizing import fold, natural

PREFIX = "field:"
"""Before a field's hexadecimal identifier where columns are named, as in `sort=field:0193…`."""

_DOTTED = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})")
"""A date with points: the day always comes first. With strokes nobody knows."""
_NUMBER = re.compile(r"[+-]?\d{1,18}(?:\.\d{1,9})?")
_YES = frozenset({"yes", "y", "true", "1", "ja", "oui", "si", "x"})
_NO = frozenset({"no", "n", "false", "0", "nein", "non"})


class WrongAnswer(ValueError):
    """A text that a field does not take; `str` is one sentence."""


class OpenChoice(msgspec.Struct, frozen=True):
    """key: what an answer stores."""

    key: str
    labels: dict[str, str]

    @property
    def label(self) -> str:
        return _in_language(self.labels)


class OpenField(msgspec.Struct, frozen=True):
    """One field of an event, opened. type: a value of events.models.Field.Type."""

    id: UUID
    position: int
    type: str
    scope: str
    special: bool
    labels: dict[str, str]
    choices: list[OpenChoice] = []

    @property
    def label(self) -> str:
        return _in_language(self.labels)

    @property
    def key(self) -> str:
        """What the column is called in an address and in a stored rule."""
        return f"{PREFIX}{self.id.hex}"

    @property
    def input_name(self) -> str:
        """What the field is called in a form."""
        return f"answer_{self.id.hex}"

    def parse(self, text: str) -> str:
        """Return the answer that a text gives, as it is stored; raise WrongAnswer."""
        if not text:
            return ""
        if len(text) > LONGEST_ANSWER:
            raise WrongAnswer(too_long(self.label[:80], len(text), LONGEST_ANSWER))
        return _PARSERS.get(self.type, _text)(self, text)

    def shown(self, answer: str) -> str:
        """Return a stored answer as a person reads it; one the field does not take stays."""
        if self.type == "choice":
            return next((c.label for c in self.choices if c.key == answer), answer)
        if self.type == "consent" and answer in {"yes", "no"}:
            return _("Yes") if answer == "yes" else _("No")
        if self.type == "date":
            try:
                return date_format(date.fromisoformat(answer), "DATE_FORMAT")
            except ValueError:
                return answer
        return answer

    def written(self, answer: str) -> str:
        """Return a stored answer as a list for others has it, and as `parse` takes it again."""
        if self.type == "choice":
            return next((c.labels.get("", c.key) for c in self.choices if c.key == answer), answer)
        return answer

    def sort_value(self, answer: str) -> tuple[float, str]:
        """Return what answers are ordered by: numbers by size, dates by time, others as words.

        In words, too, numbers count as people count: "Table 2" before "Table 10".
        """
        if self.type == "number" and _NUMBER.fullmatch(answer):
            return float(answer), ""
        if self.type == "date":
            return 0.0, answer
        return 0.0, natural(fold(self.shown(answer)))


def column_of(key: str) -> UUID | None:
    """Return the field that a column's key names, None for another column."""
    if not key.startswith(PREFIX):
        return None
    try:
        return UUID(hex=key.removeprefix(PREFIX))
    except ValueError:
        return None


def _text(_field: OpenField, text: str) -> str:
    return text


def _number(field: OpenField, text: str) -> str:
    plain = text.replace(" ", "").replace("\u202f", "").replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        raise WrongAnswer(
            _("%(field)s takes a number; “%(value)s” is none.")
            % {"field": field.label, "value": text[:40]}
        )
    return plain.removeprefix("+")


def _date(field: OpenField, text: str) -> str:
    dotted = _DOTTED.fullmatch(text)
    try:
        if dotted:
            day, month, year = map(int, dotted.groups())
            return date(year, month, day).isoformat()
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise WrongAnswer(
            _("%(field)s takes a date such as 2027-01-20; “%(value)s” is none.")
            % {"field": field.label, "value": text[:40]}
        ) from None


def _choice(field: OpenField, text: str) -> str:
    wanted = fold(text)
    for choice in field.choices:
        if choice.key == text or wanted in map(fold, choice.labels.values()):
            return choice.key
    raise WrongAnswer(
        _("%(field)s has no choice “%(value)s”; it offers %(choices)s.")
        % {
            "field": field.label,
            "value": text[:40],
            "choices": ", ".join(choice.label for choice in field.choices[:12]),
        }
    )


def _consent(field: OpenField, text: str) -> str:
    word = fold(text)
    if word in _YES:
        return "yes"
    if word in _NO:
        return "no"
    raise WrongAnswer(
        _("%(field)s takes yes or no; “%(value)s” is neither.")
        % {"field": field.label, "value": text[:40]}
    )


_PARSERS: dict[str, Callable[[OpenField, str], str]] = {
    "number": _number,
    "date": _date,
    "choice": _choice,
    "consent": _consent,
}


def _in_language(labels: dict[str, str]) -> str:
    """Return the label for the language of the page, else that of the event team."""
    language = get_language() or ""
    return labels.get(language) or labels.get(language.partition("-")[0]) or labels[""]
