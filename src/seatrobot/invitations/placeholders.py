"""What stands for each guest's own words in a message: `{first_name}`, `{title|Dear guest}`.

A name in braces, and behind a bar what is said where it is empty; `{{` and `}}` are braces. There
is nothing else: no calls, no conditions. What was filled in is never looked at again, so a guest
who is called `{answer_link}` gets no link.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

TOKEN = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]{0,39})(?:\|([^{}|<>\r\n]{0,80}))?\}|[{}]")
_ENCODED = re.compile(r"%7B([a-z0-9_]+)%7D", re.IGNORECASE)
_AROUND = 12

OF_GUEST: Mapping[str, Promise] = {
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "title": gettext_lazy("Title"),
    "name": gettext_lazy("Full name with title"),
    "company": gettext_lazy("Company"),
    "party": gettext_lazy("Name of the party"),
    "answer_by": gettext_lazy("Until when an answer is wanted"),
}
OF_EVENT: Mapping[str, Promise] = {
    "event": gettext_lazy("Title of the event"),
    "date": gettext_lazy("Day of the event"),
    "time": gettext_lazy("Time of the event"),
    "place": gettext_lazy("Place of the event"),
    "organization": gettext_lazy("Name of the organization"),
}
LINKS: Mapping[str, Promise] = {
    "answer_link": gettext_lazy("Link to the guest's own page"),
    "unsubscribe_link": gettext_lazy("Link to unsubscribe"),
}
KNOWN: Mapping[str, Promise] = {**OF_GUEST, **OF_EVENT, **LINKS}


def problems(text: str) -> Iterator[str]:
    """Yield a sentence for each placeholder that is none."""
    for match in TOKEN.finditer(text):
        if match[0] in {"{", "}"}:
            near = text[max(0, match.start() - _AROUND) : match.end() + _AROUND]
            yield _("There is a single brace near “%(text)s”; write it twice if it is meant.") % {
                "text": " ".join(near.split())
            }
        elif match[1] and match[1] not in KNOWN:
            yield _("There is no placeholder %(name)s.") % {"name": match[0]}


def used(text: str) -> set[str]:
    """Return the placeholders of a text for which nothing is said where they are empty."""
    return {match[1] for match in TOKEN.finditer(text) if match[1] in KNOWN and match[2] is None}


@dataclass(frozen=True, slots=True)
class Filled:
    """A text that was taken apart: pieces of it, with the name and the substitute in between."""

    pieces: tuple[str, ...]
    places: tuple[tuple[str, str], ...]

    def fill(self, values: Mapping[str, str], escape: Callable[[str], str] = str) -> str:
        """Return the text with the values of one guest."""
        found = [self.pieces[0]]
        for (name, instead), piece in zip(self.places, self.pieces[1:], strict=True):
            found += (escape(values.get(name) or instead), piece)
        return "".join(found)


class Marks:
    """Words that stand for the placeholders of one text while it is made into HTML.

    They are letters and digits, which no step of that changes, and begin with a random word, which
    nobody can type beforehand. That of a link is an address, so that it can be one's target.
    """

    def __init__(self) -> None:
        self._word = f"pl{secrets.token_hex(6)}x"
        self._places: list[tuple[str, str]] = []
        self._mark = re.compile(rf"(?:https://)?{self._word}(\d+)x(?:\.invalid/?)?")

    def put(self, text: str, *, markdown: bool = False) -> str:
        """Return a text with marks in place of its placeholders, and with plain braces."""
        text = _ENCODED.sub(r"{\1}", text)

        def mark(match: re.Match[str]) -> str:
            if match[0] in {"{{", "}}"}:
                return match[0][0]
            if match[1] not in KNOWN:
                return match[0]
            self._places.append((match[1], match[2] or ""))
            word = f"{self._word}{len(self._places) - 1}x"
            if match[1] not in LINKS:
                return word
            address = f"https://{word}.invalid/"
            is_target = text[: match.start()].endswith(("](", "<"))
            return f"<{address}>" if markdown and not is_target else address

        return TOKEN.sub(mark, text)

    def take_apart(self, text: str) -> Filled:
        """Return a text with marks as pieces to be filled."""
        parts = self._mark.split(text)
        return Filled(tuple(parts[::2]), tuple(self._places[int(each)] for each in parts[1::2]))

    def is_in(self, text: str) -> bool:
        return self._word in text

    def others_in(self, text: str) -> list[str]:
        """Return the placeholders in a text that are no links."""
        found = (self._places[int(each)][0] for each in self._mark.findall(text))
        return [name for name in found if name not in LINKS]
