"""Nonces of reports: given out for one device, for five minutes, stored nowhere.

A nonce says when it was made and carries our signature. The device's row keeps the time of the one
that was used last, so that no nonce is taken twice, and none that is older than one that was.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing

from seatrobot.kernel.clock import now

VALID_FOR = timedelta(minutes=5)
SALT = "devices.nonce"


class BadNonce(ValueError):
    """A nonce is not ours, of another device, or too old."""


def new(device_id: UUID) -> str:
    """Return a nonce for a device, whether there is such a device or not."""
    text = f"{device_id.hex}.{_milliseconds(now())}.{secrets.token_hex(8)}"
    return signing.Signer(salt=SALT).sign(text)


def moment_of(nonce: str, device_id: UUID, moment: datetime | None = None) -> int:
    """Return when a nonce was made, in milliseconds since 1970; raise BadNonce.

    moment: when it was used, if not now.
    """
    try:
        device, at, _random = signing.Signer(salt=SALT).unsign(nonce).split(".")
    except (signing.BadSignature, ValueError) as error:
        raise BadNonce("not ours") from error
    age = _milliseconds(moment or now()) - int(at)
    if device != device_id.hex or not 0 <= age <= VALID_FOR.total_seconds() * 1000:
        raise BadNonce("of another device, or too old")
    return int(at)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
