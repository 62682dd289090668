"""Template filters that say states, measures and durations in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django import template

from seatrobot.kernel.promises.declaring import Measure, Number
from seatrobot.kernel.promises.standing import State
from seatrobot.practices.page import words
from seatrobot.practices.page.looks import LOOKS, Look

register = template.Library()


@register.filter
def look(state: State) -> Look:
    """Return how a state looks: as on the public page, wherever it is shown."""
    return LOOKS[state]


@register.filter
def limit(measure: Measure) -> str:
    """Return between which limits a measure keeps its promise."""
    return words.limit(measure)


@register.filter
def found(measurements: Mapping[str, Number], measure: Measure) -> str:
    """Return what was found for a measure, in words; empty when nothing was."""
    if measure.name not in measurements:
        return ""
    return words.in_words(measure, measurements[measure.name])


@register.filter
def duration(length: timedelta | float) -> str:
    """Return a length of time, or a number of seconds, in words."""
    return words.duration(length.total_seconds() if isinstance(length, timedelta) else length)
