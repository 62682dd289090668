"""Pages and documents of the practices answer also when the database does not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from django.db import Error, connection

log = logging.getLogger(__name__)

T = TypeVar("T")
Nothing = TypeVar("Nothing")


def or_nothing(read: Callable[[], T], nothing: Nothing) -> T | Nothing:
    """Return what is read, or nothing when the database does not give it."""
    try:
        return read()
    except Error:
        log.exception("the database does not say how the promises stand")
        connection.close()
        return nothing
