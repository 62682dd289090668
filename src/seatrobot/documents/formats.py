"""Numbers of a workbook as a person sees them: leading zeros, signs and dates by their format."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_BUILT_IN = {9: "0%", 10: "0.00%"}
_HIDDEN_PARTS = re.compile(r"\[[^\]]*\]|_.|\*.")
_LITERAL = re.compile(r'"[^"]*"|\\.')
_DATE_SIGNS = re.compile(r"[ymdhs]|am/pm|a/p", re.IGNORECASE)
_ELAPSED = re.compile(r"\[[hms]+\]", re.IGNORECASE)
_TOKEN = re.compile(r'"([^"]*)"|\\(.)|([0#?])|([^0#?])', re.DOTALL)
_EXACT = 1e15  # Excel keeps 15 digits
_MOST_DIGITS = 40
_DAY = 86_400


class Format:
    """How the numbers of one style are shown. code: the format's text, "" for General."""

    def __init__(self, number: int, code: str = "") -> None:
        code = code or _BUILT_IN.get(number, "")
        bare = _LITERAL.sub("", code)
        self.is_elapsed = bool(_ELAPSED.search(bare))
        plain = _HIDDEN_PARTS.sub("", bare)
        self.is_date = (
            number in _DATES or self.is_elapsed or bool(code and _DATE_SIGNS.search(plain))
        ) and "general" not in plain.lower()
        self.sections = [] if self.is_date else _HIDDEN_PARTS.sub("", code).split(";")

    def text(self, value: float, *, from_1904: bool = False) -> str:
        """Return a number as a cell shows it; dates in ISO order."""
        if self.is_date:
            return _date(value, is_elapsed=self.is_elapsed, from_1904=from_1904)
        section, shown = self._section(value)
        if section == "0%" or section.endswith("0.00%"):
            return f"{as_text(value * 100)}%"
        if not value.is_integer() or not _has_shape(section):
            return as_text(value)
        return _filled(section, str(int(shown)))

    def _section(self, value: float) -> tuple[str, float]:
        if not self.sections:
            return "", value
        if value < 0 and len(self.sections) > 1:
            return self.sections[1], -value
        if value == 0 and len(self.sections) > 2:  # noqa: PLR2004  positive; negative; zero
            return self.sections[2], value
        return self.sections[0], value


GENERAL = Format(0)


@lru_cache(maxsize=4096)
def _has_shape(section: str) -> bool:
    """Whether a format writes more of a whole number than its digits: zeros, signs, gaps."""
    plain = _LITERAL.sub("", section)
    if not re.fullmatch(r"[0#?\s()/+.\-]*", plain) or re.search(r"[.][0#?]", plain):
        return False
    literals = "".join(_LITERAL.findall(section))
    if re.search(r"[^\W\d_]|[€$£%]", literals):
        return False
    return plain.count("0") > 1 or any(sign in plain + literals for sign in "+()/-. 0123456789")


def _filled(section: str, digits: str) -> str:
    """Lay digits into the places of a format, from the right; more digits stand at the first."""
    sign = "-" if digits.startswith("-") else ""
    left = digits.removeprefix("-")
    tokens = [match.groups() for match in _TOKEN.finditer(section)][:_MOST_DIGITS]
    first = next((i for i, token in enumerate(tokens) if token[2]), None)
    if first is None:
        return f"{sign}{left}"
    shown = []
    for index in range(len(tokens) - 1, -1, -1):
        quoted, escaped, place, other = tokens[index]
        if not place:
            shown.append(quoted or escaped or other or "")
        elif index == first:
            shown.append(left or ("0" if place == "0" else ""))
        else:
            shown.append(left[-1:] or ("0" if place == "0" else ""))
            left = left[:-1]
    return sign + "".join(reversed(shown)).strip()


def as_text(value: float) -> str:
    """Return a number without a decimal point where it is whole."""
    if value.is_integer():
        return str(int(value)) if abs(value) < _EXACT else format(value, ".0f")
    return format(value, ".15g")


def is_exact(value: float) -> bool:
    """Whether a spreadsheet kept all digits of a whole number."""
    return abs(value) < _EXACT


def _date(value: float, *, is_elapsed: bool, from_1904: bool) -> str:
    seconds = round(value * _DAY)
    if is_elapsed:
        return str(dt.timedelta(seconds=seconds)) if abs(value) < _DAY else as_text(value)
    if 0 <= value < 1 and not from_1904:
        return str((dt.datetime(1904, 1, 1) + dt.timedelta(seconds=seconds)).time())  # noqa: DTZ001
    start = dt.datetime(1904, 1, 1) if from_1904 else dt.datetime(1899, 12, 30)  # noqa: DTZ001
    if not from_1904 and value < 60:  # noqa: PLR2004  the 29 February 1900 that never was
        start += dt.timedelta(days=1)
    try:
        moment = start + dt.timedelta(seconds=seconds)
    except OverflowError:
        return as_text(value)
    return moment.date().isoformat() if moment.time() == dt.time() else str(moment)
