"""Identifiers are UUIDv7, made before a row is written so that it can be sealed under its own."""

from uuid import UUID

from uuid_utils.compat import uuid7

PLATFORM = UUID(int=0)
"""Stands for the platform itself where an organization is asked for."""


def new_id() -> UUID:
    """Return a new UUIDv7: unique, and sorting by the time it was made (RFC 9562)."""
    return uuid7()
