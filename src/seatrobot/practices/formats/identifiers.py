"""Identifiers that are the same in every document and stay so."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings

from seatrobot.practices.addresses import NAMESPACE

OURS = uuid5(NAMESPACE_URL, NAMESPACE)


def stable_id(*words: str) -> UUID:
    """Return the identifier (UUIDv5) of something of this instance that the words name."""
    return uuid5(OURS, "\n".join([settings.BASE_URL, *words]))
