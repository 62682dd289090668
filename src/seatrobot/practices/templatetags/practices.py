"""Template filters that say states, measures and durations in text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django import template

from seatrobot.kernel.promises.declaring import Measure, Number
from seatrobot.kernel.promises.status import State
from seatrobot.practices.page import text
from seatrobot.practices.page.appearance import APPEARANCES, Appearance

register = template.Library()


@register.filter
def appearance(state: State) -> Appearance:
    """Return the appearance of a state."""
    return APPEARANCES[state]


@register.filter
def limit(measure: Measure) -> str:
    """Return the limits of a measure in words."""
    return text.limit(measure)


@register.filter
def found(measurements: Mapping[str, Number], measure: Measure) -> str:
    """Return the measured value in words; empty when nothing was measured."""
    if measure.name not in measurements:
        return ""
    return text.in_words(measure, measurements[measure.name])


@register.filter
def duration(length: timedelta | float) -> str:
    """Return a length of time, or a number of seconds, in text."""
    return text.duration(length.total_seconds() if isinstance(length, timedelta) else length)
