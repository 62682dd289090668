"""Running one examination so that whatever it does, an answer comes: it may throw, hang or lie."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection
from django.utils.translation import gettext as _

from seatrobot.kernel.promises.declaring import CannotTell, Found, Number, Promise
from seatrobot.kernel.promises.standing import nonsense

log = logging.getLogger(__name__)

MOST_NOTES = 20
LONGEST_NOTE = 300

Runner = Callable[[Callable[[], None], float], bool]
"""Runs a function for at most so many seconds; whether it came to an end."""


@dataclass(slots=True)
class Result:
    """failure: why nothing was measured, one public sentence; then measurements are empty."""

    measurements: dict[str, Number] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    failure: str = ""
    took: float = 0.0


def run(promise: Promise, runner: Runner | None = None) -> Result:
    """Examine a promise and return what was found, or why nothing was."""
    result = Result()
    begun = time.monotonic()
    ended = (runner or in_thread)(
        lambda: _examine(promise, result), promise.patience.total_seconds()
    )
    if not ended:  # the thread may still write into its own result
        result = Result(failure=_("The examination did not come to an end in time."))
    result.took = round(time.monotonic() - begun, 4)
    return result


def in_thread(function: Callable[[], None], seconds: float) -> bool:
    """Run in a thread with a database connection of its own, whose statements end in time too."""

    def body() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, false)", [f"{seconds}s"])
            function()
        finally:
            connection.close()

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()


def inline(function: Callable[[], None], _seconds: float) -> bool:
    """Run here, for callers that have a transaction open."""
    function()
    return True


def _examine(promise: Promise, result: Result) -> None:
    assert promise.examine is not None
    try:
        found = promise.examine()
        wrong = "" if isinstance(found, Found) else _("The examination returned nonsense.")
        wrong = wrong or nonsense(promise, found.measurements)
    except CannotTell as reason:
        result.failure = str(reason)[:LONGEST_NOTE]
    except Exception as error:  # whatever a check breaks is no measurement
        log.exception("the examination of %s failed", promise.id)
        result.failure = _("The examination failed (%s).") % type(error).__name__
    else:
        result.failure = wrong
        if not wrong:
            result.measurements = dict(found.measurements)
            result.notes = [str(note)[:LONGEST_NOTE] for note in found.notes[:MOST_NOTES]]
