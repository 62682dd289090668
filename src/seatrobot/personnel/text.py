"""How conditions and duties are worded and coloured on the pages of staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.kernel.clock import now
from seatrobot.kernel.staff.conditions import Condition
from seatrobot.personnel.duties import Duty
from seatrobot.personnel.rules import GRACE

SOON = timedelta(days=30)
"""An end that is nearer is coloured."""
NEAR = timedelta(days=2)
"""An end that is nearer is told with its time."""


def day(end: datetime) -> str:
    """Return the day of a moment; of an end at midnight the last day before it."""
    return date_format(end - timedelta(microseconds=1), "DATE_FORMAT")


def end(moment: datetime) -> str:
    """Return when something ends: the day, and of an end within two days the time (UTC), too."""
    if moment - now() > NEAR:
        return day(moment)
    return _("%s UTC") % date_format(moment, "DATETIME_FORMAT")


def days_left(moment: datetime) -> str:
    """Return how many days are left until a moment, in words."""
    days = max(0, (moment - now()).days)
    return ngettext("%d day left", "%d days left", days) % days


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """A condition as a person reads it. tone, word: of its badge. note: when it ends."""

    heading: str
    sentence: str
    what_to_do: str
    url: str
    holds: bool
    tone: str
    word: str
    note: str

    @classmethod
    def of(cls, found: Condition) -> Self:
        is_soon = (
            found.holds
            and found.until is not None
            and not found.renews_itself
            and found.until - now() < SOON
        )
        return cls(
            heading=found.heading,
            sentence=found.sentence,
            what_to_do="" if found.holds else found.what_to_do,
            url="" if found.holds else found.url,
            holds=found.holds,
            tone="amber" if is_soon else "green" if found.holds else "red",
            word=_("Ends soon") if is_soon else _("Yes") if found.holds else _("No"),
            note=end(found.until) if found.holds and found.until else "",
        )


@dataclass(frozen=True, slots=True)
class DutyLine:
    """A policy or course as its person reads it. act: what to press, "" where nothing is due."""

    duty: Duty
    tone: str
    word: str
    note: str
    act: str

    @classmethod
    def of(cls, duty: Duty) -> Self:
        return _policy_line(cls, duty) if duty.is_policy else _course_line(cls, duty)


def _policy_line(make: type[DutyLine], duty: Duty) -> DutyLine:
    act = _("Read and sign")
    if duty.is_current:
        assert duty.done_at
        return make(duty, "green", _("Signed"), _("on %s") % day(duty.done_at), "")
    if not duty.done_number:
        return make(duty, "red", _("Not signed"), "", act)
    assert duty.due.until
    if duty.due.holds:
        note = _("New text of %(at)s: sign it by %(until)s.") % {
            "at": day(duty.published_at),
            "until": day(duty.due.until),
        }
        return make(duty, "amber", _("New text"), note, act)
    note = _("A new text was published more than %d days ago.") % GRACE.days
    return make(duty, "red", _("Not signed"), note, act)


def _course_line(make: type[DutyLine], duty: Duty) -> DutyLine:
    if not duty.done_at or not duty.due.until:
        return make(duty, "red", _("Not passed"), "", _("Take the course"))
    until = day(duty.due.until)
    if not duty.due.holds:
        return make(duty, "red", _("Overdue"), _("since %s") % until, _("Take it again"))
    note = _("passed on %(at)s, counts until %(until)s") % {
        "at": day(duty.done_at),
        "until": until,
    }
    if duty.due.until - now() < SOON:
        return make(duty, "amber", days_left(duty.due.until), note, _("Take it again"))
    return make(duty, "green", _("Passed"), note, "")
