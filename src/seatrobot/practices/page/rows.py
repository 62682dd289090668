"""A promise as a row of the page, in text. No state is decided here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from seatrobot.kernel.promises.declaring import Measure, Number, Promise, Unit
from seatrobot.kernel.promises.reading import DayHistory
from seatrobot.kernel.promises.status import PromiseStatus, State
from seatrobot.practices.page import appearance, text
from seatrobot.practices.page.appearance import APPEARANCES, Appearance

FEWEST_FOLDED = 2


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in words beside its limit; label and value are its parts.

    is_clear: whether it counts something of which none may be, and none is.
    """

    text: str
    limit: str
    holds: bool
    label: str
    value: str
    is_clear: bool = False


class Row:
    """A promise at the moment of viewing, in text."""

    def __init__(
        self, status: PromiseStatus, day_history: DayHistory | None, moment: datetime
    ) -> None:
        self.status = status
        self.promise: Promise = status.promise
        self.id = status.promise.id
        self.state = status.state
        self.appearance: Appearance = APPEARANCES[status.state]
        self.reason = "" if status.state == State.BROKEN and self.figures else status.reason
        self.is_alarm = status.is_alarm
        self.sentence = str(status.promise.sentence)
        self.day_history = day_history
        self.moment = moment

    @cached_property
    def figures(self) -> list[Figure]:
        """The measured numbers, those outside their limits first."""
        found = self.status.measurements
        measures = [each for each in self.promise.measures if each.name in found]
        rows = [figure_of(each, found[each.name]) for each in measures]
        return sorted(rows, key=lambda row: row.holds)

    @property
    def told(self) -> list[Figure]:
        """The numbers that say something: all but those of deviations of which none was found."""
        return [each for each in self.figures if not self.folds or not each.is_clear]

    @property
    def clear(self) -> list[Figure]:
        """The numbers of deviations of which none was found, where there are several."""
        return [each for each in self.figures if each.is_clear] if self.folds else []

    @property
    def folds(self) -> bool:
        return sum(each.is_clear for each in self.figures) >= FEWEST_FOLDED

    @property
    def is_old(self) -> bool:
        """Whether the numbers are too old to count."""
        until = self.status.until
        return bool(self.status.measurements and until and until < self.moment)

    @property
    def address(self) -> str:
        return _address(self.id)

    @property
    def pill(self) -> SafeString:
        return _pill(self.state, get_language())

    @property
    def measured(self) -> SafeString | str:
        """How long ago it was examined or attested."""
        return text.moment_ago(self.status.at, self.moment) if self.status.at else ""

    @property
    def proven_at(self) -> datetime | None:
        """When it was last kept or attested, as far as its days show."""
        if self.state in {State.KEPT, State.ATTESTED}:
            return self.status.at
        return self.day_history.kept_at if self.day_history else None

    @cached_property
    def proven(self) -> SafeString | str:
        """When it was last proven, in words; empty when that is not known."""
        if self.proven_at:
            return format_html(self._proven, text.moment_ago(self.proven_at, self.moment))
        if self.status.unavailable or self.day_history is None:
            return ""
        if self.status.examination is None:
            return _("Never proven")
        return _("Not proven in the last 90 days")

    @property
    def _proven(self) -> str:
        if self.state == State.ATTESTED:
            return _("Attested {}")
        return _("Proven {}") if self.state == State.KEPT else _("Last proven {}")

    @property
    def role(self) -> str:
        """The role in which it was attested."""
        return self.status.attestation.role if self.status.attestation else ""

    @property
    def until(self) -> str:
        """Until when an attestation is valid, as the end of a sentence."""
        if self.state != State.ATTESTED or self.status.until is None:
            return ""
        return _(", valid until %s") % date_format(self.status.until)

    @property
    def has_record(self) -> bool:
        return self.day_history is not None and any(self.day_history.days)

    @property
    def days(self) -> SafeString | str:
        return appearance.picture(self.day_history.days, self.days_text) if self.day_history else ""

    @cached_property
    def days_text(self) -> str:
        return appearance.describe(self.day_history.days) if self.day_history else ""


def figure_of(measure: Measure, value: Number) -> Figure:
    return Figure(
        text=text.figure(measure, value),
        limit=text.limit(measure),
        holds=measure.holds(value),
        label=str(measure.label),
        value=text.in_words(measure, value),
        is_clear=measure.unit == Unit.COUNT and measure.most == 0 and value == 0,
    )


@cache
def _address(name: str) -> str:
    return reverse("practices:promise", args=[name])


@cache
def _pill(state: State, _language: str | None) -> SafeString:
    return render_to_string("practices/state.html", {"appearance": APPEARANCES[state]})
