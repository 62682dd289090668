"""Lets pages and documents of the practices answer while the database does not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse

log = logging.getLogger(__name__)

T = TypeVar("T")
Default = TypeVar("Default")

View = Callable[..., HttpResponse]
LONGEST_WAIT = "2s"


def lock_timeout(view: View) -> View:
    """Decorate a public view so that it waits at most two seconds for a locked table.

    After that the table counts as unreadable.
    """

    @wraps(view)
    def guarded(request: HttpRequest, **parts: Any) -> HttpResponse:
        _set_lock_timeout(LONGEST_WAIT)
        try:
            return view(request, **parts)
        finally:
            _set_lock_timeout("0")

    return guarded


def default_if_unreadable(read: Callable[[], T], default: Default) -> T | Default:
    """Return what `read` returns, or a default when the database cannot be read."""
    try:
        return read()
    except Error:
        log.exception("the status of the promises cannot be read")
        connection.close_if_unusable_or_obsolete()
        return default


def _set_lock_timeout(limit: str) -> None:
    def set_timeout() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [limit])

    default_if_unreadable(set_timeout, None)
