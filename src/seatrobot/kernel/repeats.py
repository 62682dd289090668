"""A form carries the identifier of what it makes, so that one sent twice makes one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import ClassVar, TypeVar
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext as _
from psycopg.errors import UniqueViolation

from seatrobot.kernel import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import first_id
from seatrobot.kernel.refusal import Refused

Row = TypeVar("Row")
LONGEST_OPEN = timedelta(days=1)
"""How long ago the page may have been made whose form makes something."""
CLOCK_TOLERANCE = timedelta(minutes=1)


class FormUsed(Refused):
    """The identifier that a form carries belongs to something else."""

    status: ClassVar[int] = 422

    def __init__(self, sentence: object = "") -> None:
        super().__init__(sentence or _("This form cannot be used again; open the page once more."))


def refuse_another_time(identifier: UUID) -> None:
    """Raise FormUsed for an identifier that is no UUIDv7 of the present.

    The journal is searched by the time in the identifiers of people. Whoever sends a form chooses
    its identifier, and would choose from when on somebody's history is shown.
    """
    moment = now()
    earliest, latest = first_id(moment - LONGEST_OPEN), first_id(moment + CLOCK_TOLERANCE)
    if identifier.version != 7 or not earliest <= identifier <= latest:  # noqa: PLR2004  of RFC 9562
        raise FormUsed


@contextmanager
def inserting() -> Iterator[None]:
    """Undo the block and raise FormUsed when the identifier is taken.

    It may be taken by a row that cannot be seen here, of another event or organization.
    """
    try:
        with acting.savepoint():
            yield
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        raise FormUsed from error


def once(again: Callable[[], Row | None], make: Callable[[], Row]) -> Row:
    """Return what the same form has made already, or make it; FormUsed when neither can be.

    again: looks for it. Of two requests at one moment, the second waits at the insert for the
    first one's commit, and finds what that made.
    """
    if found := again():
        return found
    try:
        with inserting():
            return make()
    except FormUsed:
        if found := again():
            return found
        raise
