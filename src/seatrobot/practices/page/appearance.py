"""How a state is shown: a word, an icon, a tone, and a bar; colour never stands alone.

Days are drawn as a row of bars that differ in height and shape as well as in colour: kept is a full
bar, attested a lower one, unproven a short one, broken a bar cut in two, no record a line. Each
state is one path whose dashes are the bars, so ninety days are at most five elements.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.utils.functional import Promise as Lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from seatrobot.kernel.promises.status import State

DAY, HEIGHT = 3, 24
SECTION_GAP = 3
MIDDLES = {State.BROKEN: (5.5, 18.5), State.ATTESTED: (15,), State.UNPROVEN: (20,), None: (23,)}
"""The middle of each bar that is not full; the style sheet sets its thickness."""
NO_RECORD = "none"
HIDDEN = mark_safe('aria-hidden="true"')
ORDER = [State.BROKEN, State.KEPT, State.ATTESTED, State.UNPROVEN, None]

Days = Sequence[State | None]


def picture(days: Days, label: str) -> SafeString:
    """Draw the days of a promise; the label is its text for screen readers."""
    return _draw([days], label)


def overview(groups: Sequence[Days]) -> SafeString:
    """Draw every promise as a bar, with a gap between sections."""
    return _draw(groups, _("Every promise as a bar, in the order of the page"))


def legend_bar(state: State) -> SafeString:
    """Draw the bar of a state, for the legend."""
    return _svg("strip strip-key", DAY - 1, _paths([[state]])[0], HIDDEN)


def describe(days: Days) -> str:
    """Return the days in words: "90 days: kept 88, unproven 2"."""
    counts = Counter(days)
    if counts[None] == len(days):
        return _("No record yet")
    parts = [f"{state.label} {counts[state]}" for state in ORDER if state and counts[state]]
    if counts[None]:
        parts.append(_("no record %d") % counts[None])
    spoken = ngettext("%d day", "%d days", len(days)) % len(days)
    return f"{spoken}: {', '.join(parts)}"


def runs(days: Days, today: date) -> Iterator[tuple[State, date, date]]:
    """Yield each run of days in one state with its first and last day, the newest first."""
    last = today
    for state, run in groupby(reversed(days)):
        first = last - timedelta(days=len(list(run)) - 1)
        if state:
            yield state, first, last
        last = first - timedelta(days=1)


def _draw(groups: Sequence[Days], label: str) -> SafeString:
    paths, width = _paths(groups)
    return _svg("strip", width, paths, format_html('role="img" aria-label="{}"', label))


def _paths(groups: Sequence[Days]) -> tuple[SafeString, int]:
    """Return a path for each state, and the width of all bars."""
    bars: dict[State | None, list[str]] = {}
    place = -SECTION_GAP
    for days in groups:
        place += SECTION_GAP
        for state, run in groupby(days):
            length = sum(DAY for _day in run)
            for middle in MIDDLES.get(state, (HEIGHT // 2,)):
                bars.setdefault(state, []).append(f"M{place} {middle}h{length}")
            place += length
    paths = [f'<path class="day-{s or NO_RECORD}" d="{"".join(d)}"/>' for s, d in bars.items()]
    return mark_safe("".join(paths)), place  # noqa: S308  made of our own numbers and states


def _svg(css: str, width: int, paths: SafeString, attributes: str) -> SafeString:
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" preserveAspectRatio="none" {} focusable="false">'
        "{}</svg>",
        css,
        width,
        HEIGHT,
        attributes,
        paths,
    )


@dataclass(frozen=True, slots=True)
class Appearance:
    """title: as a heading; the word within a sentence is the state's label."""

    state: State
    title: Lazy
    icon: str
    tone: str
    meaning: Lazy

    @property
    def key(self) -> SafeString:
        """Its bar, for the legend."""
        return legend_bar(self.state)


APPEARANCES = {
    each.state: each
    for each in (
        Appearance(
            State.KEPT,
            gettext_lazy("Kept"),
            "circle-check",
            "green",
            gettext_lazy("Measured by the running system, within its limit, and fresh."),
        ),
        Appearance(
            State.ATTESTED,
            gettext_lazy("Attested"),
            "certificate",
            "sky",
            gettext_lazy("Recorded by a named role, and not expired; no machine can measure it."),
        ),
        Appearance(
            State.UNPROVEN,
            gettext_lazy("Unproven"),
            "circle-dashed",
            "slate",
            gettext_lazy("Not measured here, not lately enough to count, or not as it reads now."),
        ),
        Appearance(
            State.BROKEN,
            gettext_lazy("Broken"),
            "alert-triangle",
            "red",
            gettext_lazy("Measured, and outside its limit."),
        ),
    )
}
