"""Links in mail. One confirms an address, once within a day; one belongs to a subscriber."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core.signing import Signer
from django.urls import reverse
from django.utils.crypto import constant_time_compare

SALT = "practices.subscription"


def confirmation(token: str) -> str:
    return _address("practices:confirm-subscription", token=token)


def settings_of(subscriber_id: UUID) -> str:
    """Return the page on which a subscriber chooses sections."""
    return _address("practices:subscription", **_own(subscriber_id))


def leaving(subscriber_id: UUID) -> str:
    """Return where a subscriber, or their mail program (RFC 8058), unsubscribes by POST."""
    return _address("practices:unsubscribe", **_own(subscriber_id))


def is_own(subscriber_id: UUID, signature: str) -> bool:
    return constant_time_compare(signature, _signature(subscriber_id))


def _own(subscriber_id: UUID) -> dict[str, object]:
    return {"subscriber": subscriber_id, "signature": _signature(subscriber_id)}


def _signature(subscriber_id: UUID) -> str:
    return Signer(salt=SALT).signature(str(subscriber_id))


def _address(name: str, **parts: object) -> str:
    return f"{settings.BASE_URL}{reverse(name, kwargs=parts)}"
