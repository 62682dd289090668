"""Dates as lists write them: which of two numbers is the month, and what stands beside the date.

12/31/2026 can be read one way only, 3/4/2026 two ways. One such cell decides for its whole column,
else another column of the file does; where none does, somebody is asked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from django.utils.dateparse import parse_datetime
from django.utils.dates import MONTHS, MONTHS_3, MONTHS_ALT, WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import override

from seatrobot.normalizing import clean_line, fold

_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "nb", "fi", "cs")
_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))?(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[ap]\.?\s?m\.?|uhr|h)?",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"
    r"|(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<dotted>\d{4})"
    r"|(?P<one>\d{1,2})(?P<sign>[/-])(?P<two>\d{1,2})(?P=sign)(?P<year>\d{4})"
    r"|(?P<words>[^\W\d_]+\.?[\s-]+\d{1,2}(?:st|nd|rd|th)?,?[\s-]+\d{4}"
    r"|\d{1,2}(?:\.|st|nd|rd|th|er|º)?[\s-]+(?:de\s+|of\s+)?[^\W\d_]+\.?,?[\s-]+(?:de\s+)?\d{4})",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]+")
_BETWEEN = re.compile(r"\s*(?:,|T|\bat\b|\bum\b|\bà\b)?\s*", re.IGNORECASE)
_LONGEST = 60
_HALF_DAY = 12


class Order(StrEnum):
    """Which part of a date such as 3/4/2026 comes first."""

    DAY = "day"
    MONTH = "month"


class Written(NamedTuple):
    """A date as a cell has it, read with the day first and with the month first.

    None where it cannot be read so. time: what stands beside it.
    """

    day_first: date | None
    month_first: date | None
    time: time | None = None

    @property
    def order(self) -> Order | None:
        """The only order in which the date can be read; None for one that reads the same or both.

        A date of a form that has one order by itself, such as 2026-12-31, says nothing.
        """
        if self.day_first and self.month_first:
            return None
        return Order.DAY if self.day_first else Order.MONTH

    @property
    def is_open(self) -> bool:
        """Whether the order decides which day is meant."""
        return self.order is None and self.day_first != self.month_first

    def by(self, order: Order | None) -> date | None:
        """Return the date in an order, or the only one it can be; None while it is open."""
        if self.is_open:
            return {Order.DAY: self.day_first, Order.MONTH: self.month_first, None: None}[order]
        return self.day_first or self.month_first


@lru_cache(maxsize=8192)
def written(text: str) -> Written | None:
    """Return the date that a cell holds; None for another text."""
    if len(text) > _LONGEST:
        return None
    plain = clean_line(text)
    found = _DATE.match(plain)
    if not found:
        plain = _without_weekday(plain)
        found = _DATE.match(plain)
    if not found:
        return None
    rest = plain[found.end() :]
    moment = None
    if rest:
        between = _BETWEEN.match(rest)
        start = between.end() if between else 0
        moment = _time(rest[start:]) if start else None
        if moment is None:
            return None
    if found["one"]:
        one, two, year = int(found["one"]), int(found["two"]), int(found["year"])
        first, second = _date(year, two, one), _date(year, one, two)
        return Written(first, second, moment) if first or second else None
    if found["words"]:
        certain = _of_words(found["words"])
    elif found["y"]:
        certain = _date(int(found["y"]), int(found["m"]), int(found["d"]))
    else:
        certain = _date(int(found["dotted"]), int(found["month"]), int(found["day"]))
    return Written(certain, certain, moment) if certain else None


class DateColumns:
    """The columns of a list that hold dates.

    columns: place -> what it is called. days: the places of those that keep no time.
    """

    def __init__(self, columns: Mapping[int, str], days: Collection[int]) -> None:
        self.columns = columns
        self.days = days
        self.orders: dict[int, set[Order]] = {place: set() for place in columns}
        self.examples: dict[tuple[int, Order], str] = {}
        self.open: dict[int, str] = {}
        self.with_time: dict[int, str] = {}

    def look_at(self, rows: Iterable[tuple[int, Sequence[str]]]) -> None:
        """Learn the order of every column from all rows."""
        if not self.columns:
            return
        for _row, cells in rows:
            for place in self.columns:
                found = written(cells[place]) if cells[place] else None
                if found is None:
                    continue
                if found.order:
                    self.orders[place].add(found.order)
                    self.examples.setdefault((place, found.order), cells[place])
                elif found.is_open:
                    self.open.setdefault(place, cells[place])
                if found.time and found.time != time():
                    self.with_time.setdefault(place, cells[place])

    def order_of(self, place: int) -> Order | None:
        """Return the order of a column: its own, else that of the other columns; None for none."""
        orders = self.orders[place] or set().union(*self.orders.values())
        return next(iter(orders)) if len(orders) == 1 else None

    def known_orders(self) -> dict[int, Order | None]:
        """Return the order of each column; for one that was looked at to its end."""
        return {place: self.order_of(place) for place in self.columns}

    def notes(self) -> list[str]:
        """Say how dates were read that could have been read another way."""
        sentences = []
        for place, name in self.columns.items():
            order = self.order_of(place)
            if text := self.with_time.get(place) if place in self.days else None:
                left_out = _(
                    "“%(name)s” keeps dates; times beside them (%(example)s) are left out."
                )
                sentences.append(left_out % {"name": name, "example": text})
            if order is None or not (place in self.open or order is Order.MONTH):
                continue
            shown = self.examples.get((place, order)) or self.open.get(place)
            if shown is None:
                continue
            example = next(
                (text for (_place, known), text in self.examples.items() if known is order), shown
            )
            sentence = (
                _("The dates of “%(name)s” are read with the month first, because of %(example)s.")
                if order is Order.MONTH
                else _(
                    "The dates of “%(name)s” are read with the day first, because of %(example)s."
                )
            )
            sentences.append(sentence % {"name": name, "example": example})
        return sentences


def moment_of(text: str, order: Order | None, zone: tzinfo | None) -> datetime | None:
    """Return the moment that a cell holds; a time without a zone is one of the event's `zone`.

    order: of a date that can be read two ways. None without a zone, or while the order is open.
    """
    try:
        exact = parse_datetime(text)
    except ValueError:
        exact = None
    if exact is not None and exact.tzinfo is not None:
        return exact
    found = written(text)
    day = found.by(order) if found else None
    if found is None or day is None or found.time is None or zone is None:
        return None
    return datetime.combine(day, found.time, zone).astimezone(UTC)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _time(text: str) -> time | None:
    text = re.sub(r"\s*(?:Z|[+-]\d{2}:?\d{2})$", "", text)
    found = _TIME.fullmatch(text.strip())
    if not found or not (found["minute"] or found["half"]):
        return None
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half[:1] in {"a", "p"}:
        if not 1 <= hour <= _HALF_DAY:
            return None
        hour = hour % _HALF_DAY + _HALF_DAY * (half[0] == "p")
    try:
        return time(hour, int(found["minute"] or 0), int(found["second"] or 0))
    except ValueError:
        return None


def _of_words(text: str) -> date | None:
    months = _months()
    numbers = [int(number) for number in _NUMBER.findall(text)]
    named = {months[word] for word in map(fold, _LETTERS.findall(text)) if word in months}
    return _date(numbers[1], named.pop(), numbers[0]) if len(named) == 1 else None


def _without_weekday(text: str) -> str:
    word, _blank, rest = text.partition(" ")
    if fold(word.rstrip(",.")) in _weekdays():
        return re.sub(r"^(?:den|der|le|the)\s+", "", rest.strip(), flags=re.IGNORECASE)
    return text


def is_month(word: str) -> bool:
    """Whether a word is the name of a month, or short for one."""
    return fold(word).strip(".") in _months()


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    """Return the names of months by which lists are written; none means two of them."""
    found = {"sept": 9, "marz": 3, "maerz": 3}
    for language in _LANGUAGES:
        with override(language):
            for names in (MONTHS, MONTHS_ALT, MONTHS_3):
                for number, name in names.items():
                    found.setdefault(fold(str(name)).strip("."), number)
    return found


@lru_cache(maxsize=1)
def _weekdays() -> frozenset[str]:
    found = set()
    for language in _LANGUAGES:
        with override(language):
            for names in (WEEKDAYS, WEEKDAYS_ABBR):
                found |= {fold(str(name)).strip(".") for name in names.values()}
    return frozenset(found)
