"""Identifiers are UUIDv7, made before a row is written so that it can be sealed under its own."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models.expressions import RawSQL
from uuid_utils.compat import uuid7

from seatrobot.kernel.clock import now

VERSION = 7
MOST_AHEAD_MS = 5000
LONGEST_OPEN_MS = 31 * 24 * 60 * 60 * 1000
PLATFORM = UUID(int=0)
"""Stands for the platform itself where an organization is asked for."""
AFTER_TIME = 80
"""How many bits of a UUIDv7 follow its 48 bits of milliseconds."""


def new_id() -> UUID:
    """Return a new UUIDv7: unique, and sorting by the time it was made (RFC 9562)."""
    return uuid7()


def is_uuid(text: str) -> bool:
    """Whether a text is an identifier as an address or a form writes one."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def given_id(text: str) -> UUID:
    """Return an identifier that a form or a device made; ValueError for what is none.

    The nil one stands for the platform, and one without a version for nothing that we make.
    """
    identifier = UUID(text)
    if identifier.version is None:
        raise ValueError(f"{identifier} identifies nothing")
    return identifier


def fresh_id(text: str) -> UUID:
    """Return the identifier that a form gives to what it makes; ValueError for any other.

    The journal takes its time for that since when something can be seen. So it is never ahead of
    our clock, and not older than a page that was left open.
    """
    identifier = given_id(text)
    if not is_fresh(identifier):
        raise ValueError(f"{identifier} is not of now")
    return identifier


def is_fresh(identifier: UUID) -> bool:
    """Whether an identifier is a UUIDv7 that was made lately."""
    return identifier.version == VERSION and -MOST_AHEAD_MS <= _age(identifier) <= LONGEST_OPEN_MS


def is_ahead(identifier: UUID) -> bool:
    """Whether an identifier says that it will be made only in the future."""
    return _age(identifier) < -MOST_AHEAD_MS


def _age(identifier: UUID) -> float:
    """Return for how many milliseconds an identifier is there."""
    return now().timestamp() * 1000 - (identifier.int >> AFTER_TIME)


class GivenIdField(forms.UUIDField):
    """The identifier of what a form makes, see `fresh_id`."""

    def to_python(self, value: Any) -> Any:
        identifier = super().to_python(value)
        if identifier is not None and not is_fresh(identifier):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return identifier


def moment_of(identifier: UUID) -> datetime:
    """Return when a UUIDv7 was made."""
    return datetime.fromtimestamp((identifier.int >> AFTER_TIME) / 1000, UTC)


def first_id(moment: datetime) -> UUID:
    """Return the smallest UUIDv7 of a moment, so that an index of identifiers tells since when."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=max(0, milliseconds) << AFTER_TIME)


def one_of(ids: Iterable[UUID]) -> RawSQL:
    """Return what `pk__in` takes for any number of rows, as one parameter of the statement.

    A list gives one parameter per row, and PostgreSQL takes 65,535.
    """
    return RawSQL("SELECT unnest(%s::uuid[])", [list(ids)])
