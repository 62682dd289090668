"""A promise as a row in words: nothing here decides a state."""

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

from seatrobot.kernel.promises.declaring import Measure, Number, Promise
from seatrobot.kernel.promises.reading import Strip
from seatrobot.kernel.promises.standing import Standing, State
from seatrobot.practices.page import strips, words
from seatrobot.practices.page.looks import LOOKS, Look


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in words beside its limit; label and value are its parts."""

    text: str
    limit: str
    holds: bool
    label: str
    value: str


class Row:
    """A promise at the moment of viewing, in words."""

    def __init__(self, standing: Standing, strip: Strip | None, moment: datetime) -> None:
        self.standing = standing
        self.promise: Promise = standing.promise
        self.id = standing.promise.id
        self.state = standing.state
        self.look: Look = LOOKS[standing.state]
        self.reason = "" if standing.state == State.BROKEN and self.figures else standing.reason
        self.sentence = str(standing.promise.sentence)
        self.strip = strip
        self.moment = moment

    @cached_property
    def figures(self) -> list[Figure]:
        """What was found, whatever is outside its limit first."""
        found = self.standing.measurements
        measures = [each for each in self.promise.measures if each.name in found]
        rows = [figure_of(each, found[each.name]) for each in measures]
        return sorted(rows, key=lambda row: row.holds)

    @property
    def is_old(self) -> bool:
        """Whether the numbers are older than they count."""
        until = self.standing.until
        return bool(self.standing.measurements and until and until < self.moment)

    @property
    def address(self) -> str:
        return _address(self.id)

    @property
    def pill(self) -> SafeString:
        return _pill(self.state, get_language())

    @property
    def measured(self) -> SafeString | str:
        """How long ago it was examined or attested."""
        return words.moment_ago(self.standing.at, self.moment) if self.standing.at else ""

    @property
    def proven_at(self) -> datetime | None:
        """When it was last kept or attested, as far as its days tell."""
        if self.state in {State.KEPT, State.ATTESTED}:
            return self.standing.at
        return self.strip.kept_at if self.strip else None

    @cached_property
    def proven(self) -> SafeString | str:
        """When it was proven last, in words; empty when that is not known."""
        if self.proven_at:
            return format_html(self._proven, words.moment_ago(self.proven_at, self.moment))
        if self.standing.unavailable or self.strip is None:
            return ""
        if self.standing.examination is None:
            return _("Never proven")
        return _("Not proven in the last 90 days")

    @property
    def _proven(self) -> str:
        if self.state == State.ATTESTED:
            return _("Attested {}")
        return _("Proven {}") if self.state == State.KEPT else _("Last proven {}")

    @property
    def role(self) -> str:
        """In which role it was attested."""
        return self.standing.attestation.role if self.standing.attestation else ""

    @property
    def until(self) -> str:
        """Until when an attestation is valid, as the end of a sentence."""
        if self.state != State.ATTESTED or self.standing.until is None:
            return ""
        return _(", valid until %s") % date_format(self.standing.until)

    @property
    def has_record(self) -> bool:
        return self.strip is not None and any(self.strip.days)

    @property
    def days(self) -> SafeString | str:
        return strips.picture(self.strip.days, self.days_said) if self.strip else ""

    @cached_property
    def days_said(self) -> str:
        return strips.said(self.strip.days) if self.strip else ""


def figure_of(measure: Measure, value: Number) -> Figure:
    return Figure(
        text=words.figure(measure, value),
        limit=words.limit(measure),
        holds=measure.holds(value),
        label=str(measure.label),
        value=words.in_words(measure, value),
    )


@cache
def _address(name: str) -> str:
    return reverse("practices:promise", args=[name])


@cache
def _pill(state: State, _language: str | None) -> SafeString:
    return render_to_string("practices/state.html", {"look": LOOKS[state]})
