"""What is known about one guest: the typed record that is sealed as one value per row."""

from collections.abc import Iterator
from typing import ClassVar
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.normalizing import digits_of, is_email, search_text, sort_key

LABELS = {
    "title": gettext_lazy("Title"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "suffix": gettext_lazy("Suffix"),
    "email": gettext_lazy("E-mail"),
    "delivery_email": gettext_lazy("Send mail to"),
    "phone": gettext_lazy("Phone"),
    "company": gettext_lazy("Company"),
    "tags": gettext_lazy("Tags"),
    "notes": gettext_lazy("Notes"),
    "reference": gettext_lazy("Reference"),
}

# Most characters a field may hold; 254 is the longest address that SMTP carries (RFC 5321, 4.5.3).
LIMITS = {
    "title": 100,
    "first_name": 200,
    "last_name": 200,
    "suffix": 50,
    "email": 254,
    "delivery_email": 254,
    "phone": 50,
    "company": 200,
    "notes": 5000,
    "reference": 100,
}
LONGEST_TAG = 100
LONGEST_INITIALS = 2
MOST_TAGS = 50
LONGEST_LABEL = 200
LONGEST_ANSWER = 1000


class GuestRecord(msgspec.Struct, omit_defaults=True, gc=False):
    """One guest. All texts are NFC without control characters; empty means unknown.

    delivery_email: where mail for this guest goes when it is not their own address, such as an
    assistant's. answers: by the identifier of an event's field (events.models.Field); a choice is
    kept as its key, a date as ISO 8601, a number as decimal digits.
    """

    NAMES: ClassVar[tuple[str, ...]] = ("last_name", "first_name", "suffix", "title")

    title: str = ""
    first_name: str = ""
    last_name: str = ""
    suffix: str = ""
    email: str = ""
    delivery_email: str = ""
    phone: str = ""
    company: str = ""
    reference: str = ""
    notes: str = ""
    tags: list[str] = []
    answers: dict[UUID, str] = {}

    @property
    def full_name(self) -> str:
        """As it is said: "Rep. Sanford Bishop Jr."."""
        return " ".join(filter(None, (self.title, self.first_name, self.last_name, self.suffix)))

    @property
    def sort_name(self) -> str:
        """As it is looked up: "Bishop, Sanford Jr."."""
        given = " ".join(filter(None, (self.first_name, self.suffix)))
        return ", ".join(filter(None, (self.last_name, given)))

    @property
    def plain_name(self) -> str:
        """As it is said without title: "Sanford Bishop Jr."."""
        return " ".join(filter(None, (self.first_name, self.last_name, self.suffix)))

    @property
    def is_named(self) -> bool:
        """Whether it is known whom this is about, if only by an address."""
        return bool(self.first_name or self.last_name or self.email)

    @property
    def sort_key(self) -> str:
        """What guests are ordered by: last and first name, else the address."""
        given = f"{self.first_name} {self.suffix}"
        return sort_key(self.last_name, given) or sort_key(self.email)

    @property
    def search_text(self) -> str:
        """All that typed words are looked for in on a guest list, see `normalizing.search_text`."""
        known = (self.company, self.email, self.delivery_email, self.reference)
        phone = (digits_of(self.phone)[0],) if self.phone else ()
        return search_text(
            (self.title, *self._searched_names, *known, *phone, *self.tags, *self.answers.values())
        )

    @property
    def name_text(self) -> str:
        """What a door searches: name, company and title."""
        return search_text((*self._searched_names, self.company, self.title))

    @property
    def door_names(self) -> tuple[str, ...]:
        """First and last name, and both together where each is a letter: J D is typed as jd."""
        first, last = self.first_name, self.last_name
        letters = first.rstrip(".") + last.rstrip(".")
        is_short = first and last and len(letters) <= LONGEST_INITIALS
        return (first, last, letters) if is_short else (first, last)

    @property
    def _searched_names(self) -> tuple[str, ...]:
        first, last = self.first_name, self.last_name
        names = (*self.door_names, self.suffix)
        if (first + last).isascii():
            return names
        return *names, last + first  # 王明 is written without a space

    def check(self) -> Iterator[str]:
        """Yield one sentence for each thing that is wrong with this record."""
        for field, limit in LIMITS.items():
            length = len(getattr(self, field))
            if length > limit:
                yield too_long(str(LABELS[field]), length, limit)
        for field in ("email", "delivery_email"):
            value = getattr(self, field)
            if value and len(value) <= LIMITS[field] and not is_email(value):
                yield not_an_address(field, value)
        if self.tags:
            yield from self._check_tags()

    def _check_tags(self) -> Iterator[str]:
        if len(self.tags) > MOST_TAGS:
            yield _("Tags: %(count)s tags are given; at most %(most)s are allowed.") % {
                "count": len(self.tags),
                "most": MOST_TAGS,
            }
        for tag in self.tags:
            if len(tag) > LONGEST_TAG:
                yield too_long(_("The tag “%(tag)s…”") % {"tag": tag[:40]}, len(tag), LONGEST_TAG)


class SpecialRecord(msgspec.Struct, omit_defaults=True, gc=False):
    """Answers of one guest to the fields that hold special categories of data."""

    answers: dict[UUID, str] = {}


def too_long(field: str, length: int, limit: int) -> str:
    """Say that a field holds more than it may."""
    return _("%(field)s has %(length)s characters; at most %(limit)s are allowed.") % {
        "field": field,
        "length": length,
        "limit": limit,
    }


def not_an_address(field: str, value: str) -> str:
    """Say that a field holds no e-mail address."""
    return _("%(field)s “%(value)s” is not an e-mail address.") % {
        "field": LABELS[field],
        "value": value[:80],
    }
