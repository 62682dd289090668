"""Numbers and times in words. A value outside its limit never reads like the limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.kernel.promises.declaring import Measure, Number, Unit

MINUTE, HOUR, DAY = 60, 3600, 86400
KILO = 1000
DECIMALS = 3


def figure(measure: Measure, value: Number) -> str:
    """Return "3 open doors" or "oldest backup 9 days 4 hours".

    A single thing is named first ("open doors: 1"), since a label is in the plural.
    """
    words = in_words(measure, value)
    if measure.unit != Unit.COUNT:
        return _("%(label)s %(value)s") % {"label": measure.label, "value": words}
    if value == 1:
        return _("%(label)s: %(value)s") % {"label": measure.label, "value": words}
    return _("%(value)s %(label)s") % {"label": measure.label, "value": words}


def limit(measure: Measure) -> str:
    """Return between which limits a measure keeps its promise; empty when it has none."""
    most = None if measure.most is None else _amount(measure.unit, measure.most)
    least = None if measure.least is None else _amount(measure.unit, measure.least)
    if most is not None and least is not None:
        if measure.most == measure.least:
            return _("must be %s") % most
        return _("limits %(least)s and %(most)s") % {"least": least, "most": most}
    if most is not None:
        return _("limit %s") % most if measure.most else _("none allowed")
    if least is not None:
        return _("at least %s") % least if measure.least else _("not below zero")
    return ""


def with_limit(measure: Measure, value: Number) -> str:
    """Return "3 open doors (none allowed)": on one line, as mail has it."""
    words, edge = figure(measure, value), limit(measure)
    return f"{words} ({edge})" if edge else words


def in_words(measure: Measure, value: Number) -> str:
    """Return a measured value; one outside its limit never reads like the limit itself."""
    words = _amount(measure.unit, value)
    if measure.holds(value):
        return words
    limits = [edge for edge in (measure.most, measure.least) if edge is not None]
    if any(words == _amount(measure.unit, edge) for edge in limits):
        return _exactly(measure.unit, value)
    return words


def duration(seconds: Number, parts: int = 2) -> str:
    """Return "9 days 4 hours": the largest units that there are, cut off and not rounded."""
    if seconds < 0:
        return _("minus %s") % duration(-seconds, parts)
    if seconds < MINUTE:
        return _seconds(seconds)
    words: list[str] = []
    rest = int(seconds)
    for size, say in ((DAY, _days), (HOUR, _hours), (MINUTE, _minutes), (1, _whole_seconds)):
        count, rest = divmod(rest, size)
        if count or words:
            words.append(say(count) if count else "")
    return " ".join(word for word in words[:parts] if word)


def ago(at: datetime, moment: datetime) -> str:
    """Return how long before a moment something was."""
    age = moment - at
    if age < timedelta(minutes=-2):
        return _("in the future")
    if age < timedelta(minutes=1):
        return _("less than a minute ago")
    minutes = age.total_seconds() // MINUTE * MINUTE
    return _("%s ago") % duration(minutes)


def moment_ago(at: datetime, moment: datetime) -> SafeString:
    """Return how long ago something was, as an element that also holds the very moment."""
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        at.isoformat(timespec="seconds"),
        f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        ago(at, moment),
    )


def _amount(unit: Unit, value: Number) -> str:
    if unit == Unit.SECONDS:
        return duration(value)
    if unit == Unit.BYTES:
        return _bytes(value)
    return _number(value)


def _exactly(unit: Unit, value: Number) -> str:
    if unit == Unit.SECONDS:
        whole = duration(int(value), parts=4)
        part = _seconds(value - int(value)) if value != int(value) and value >= MINUTE else ""
        return f"{whole} {part}".strip() if value >= MINUTE else _plain(value) + " s"
    if unit == Unit.BYTES:
        return ngettext("%s byte", "%s bytes", int(value)) % _plain(value)
    return _plain(value)


def _plain(value: Number) -> str:
    return number_format(repr(value), use_l10n=True)


def _number(value: Number) -> str:
    """Return a number with its thousands grouped; at most three decimals."""
    if value == int(value):
        return number_format(int(value), use_l10n=True, force_grouping=True)
    text = f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return _plain(value) if float(text) == int(value) else number_format(text, use_l10n=True)


def _bytes(value: Number) -> str:
    size, unit = float(value), _("bytes")
    for larger in ("kB", "MB", "GB", "TB"):
        if abs(size) < KILO:
            break
        size, unit = size / KILO, larger
    return f"{_number(int(size * 10) / 10)} {unit}"


def _seconds(seconds: Number) -> str:
    if seconds == int(seconds):
        return _whole_seconds(int(seconds))
    return _("%s seconds") % _number(seconds)


def _days(count: int) -> str:
    return ngettext("%d day", "%d days", count) % count


def _hours(count: int) -> str:
    return ngettext("%d hour", "%d hours", count) % count


def _minutes(count: int) -> str:
    return ngettext("%d minute", "%d minutes", count) % count


def _whole_seconds(count: int) -> str:
    return ngettext("%d second", "%d seconds", count) % count
