"""A form carries the identifier of what it makes, so that one sent twice makes one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar, TypeVar

from django.db import IntegrityError
from django.utils.translation import gettext as _
from psycopg.errors import UniqueViolation

from seatrobot.kernel import acting
from seatrobot.kernel.refusal import Refused

Row = TypeVar("Row")


class FormUsed(Refused):
    """The identifier that a form carries belongs to something else."""

    status: ClassVar[int] = 422

    def __init__(self, sentence: object = "") -> None:
        super().__init__(sentence or _("This form cannot be used again; open the page once more."))


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
