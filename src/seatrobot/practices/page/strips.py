"""States as a row of bars, whose height and shape tell them apart as their colour does.

Kept is a whole bar, attested a lower one, unproven a short one, broken one that is cut in two, no
record a mere line. A state is one path whose dashes are the bars, so a strip of ninety days is at
most four elements.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.kernel.promises.standing import State

DAY, HEIGHT = 3, 24
SECTION_GAP = 3
MIDDLES = {State.BROKEN: (5.5, 18.5), State.ATTESTED: (15,), State.UNPROVEN: (20,), None: (23,)}
"""Where the middle of a bar is, when it is not a whole one; the style sheet has its thickness."""
NO_RECORD = "none"
HIDDEN = mark_safe('aria-hidden="true"')
ORDER = [State.BROKEN, State.KEPT, State.ATTESTED, State.UNPROVEN, None]

Days = Sequence[State | None]


def picture(days: Days, label: str) -> SafeString:
    """Draw the days of a promise; the label says what it shows."""
    return _draw([days], label)


def overview(groups: Sequence[Days]) -> SafeString:
    """Draw every promise as a bar, with a gap between sections; the words stand beside it."""
    return _draw(groups, _("Every promise as a bar, in the order of the page"))


def key(state: State) -> SafeString:
    """Draw the bar of a state beside its name, for whoever reads the picture."""
    return _svg("strip strip-key", DAY - 1, _paths([[state]])[0], HIDDEN)


def said(days: Days) -> str:
    """Return what a strip shows: "90 days: kept 88, unproven 2"."""
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
    """Return a path for each state, and how wide all bars are together."""
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
