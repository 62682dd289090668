"""Pages and documents of the practices answer also when the database does not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse

log = logging.getLogger(__name__)

T = TypeVar("T")
Nothing = TypeVar("Nothing")


View = Callable[..., HttpResponse]
LONGEST_WAIT = "2s"


def impatient(view: View) -> View:
    """Guard a public view: for a table that somebody has locked it waits two seconds, not for ever.

    Then the table counts as one that cannot be read.
    """

    @wraps(view)
    def guarded(request: HttpRequest, **parts: Any) -> HttpResponse:
        _wait_for_locks(LONGEST_WAIT)
        try:
            return view(request, **parts)
        finally:
            _wait_for_locks("0")

    return guarded


def _wait_for_locks(limit: str) -> None:
    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [limit])

    or_nothing(ask, None)


def or_nothing(read: Callable[[], T], nothing: Nothing) -> T | Nothing:
    """Return what is read, or nothing when the database does not give it."""
    try:
        return read()
    except Error:
        log.exception("the database does not say how the promises stand")
        connection.close_if_unusable_or_obsolete()
        return nothing
