"""How often something secret may be guessed, kept in the database for every process and restart.

A try is counted before it is judged, so many at once gain nothing. A browser that has signed in
to an account before carries a device cookie and is counted apart (OWASP, "Slow Down Online
Guessing Attacks with Device Cookies"), so a stranger who guesses cannot keep the owner out.
"""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from seatrobot.accounts.models import Attempt
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.vault import services as vault

FIRST_WAIT = 30
LONGEST_WAIT = 60 * 60
FORGOTTEN_AFTER = timedelta(days=1)
DEVICE_SALT = "accounts.device"
DEVICE_AGE = 60 * 60 * 24 * 365
IPV6_SITE = 64


@dataclass(frozen=True, slots=True)
class Try:
    """One counter: `free` tries, then waits of 30 s, doubling up to an hour."""

    key: bytes
    free: int


def per_address(scope: str, address: str) -> Try:
    return Try(_key(scope, "address", address), free=5)


def per_ip(scope: str, request: HttpRequest) -> Try:
    """Count a network: an IPv4 address, or the 64 bits that name an IPv6 site."""
    ip = ip_address(request.META.get("REMOTE_ADDR") or "::")
    place = ip_network((ip, IPV6_SITE), strict=False) if ip.version == 6 else ip  # noqa: PLR2004  the version's name
    return Try(_key(scope, "ip", str(place)), free=20)


def per_person(scope: str, request: HttpRequest, address: str) -> Try:
    """Count by device where the browser has signed in to this address before, else by address."""
    device = _device(request, address)
    return Try(_key(scope, "device", device), free=5) if device else per_address(scope, address)


def take(*tries: Try) -> int:
    """Count a try under each key; return 0, or the seconds to wait and then nothing is counted."""
    with acting(Actor.visitor()):
        counters = [_lock(each) for each in sorted(tries, key=lambda each: each.key)]
        moment, wait = now(), 0
        for counter, each in counters:
            if moment - counter.last_at > FORGOTTEN_AFTER:
                counter.count = 0
            passed = max(0, (moment - counter.last_at).total_seconds())  # another was quicker
            wait = max(wait, math.ceil(_delay(counter.count, each.free) - passed))
        if wait > 0:
            return wait
        for counter, _each in counters:
            counter.count += 1
            counter.last_at = moment
            counter.save(update_fields=["count", "last_at"])
        return 0


def clear(*tries: Try) -> None:
    """Forget what was counted: the secret was right."""
    Attempt.objects.filter(key__in=[each.key for each in tries]).delete()


def give_back(one: Try) -> None:
    """Take one try back; a network's others stay counted."""
    with acting(Actor.visitor()):
        counter, _each = _lock(one)
        counter.count = max(0, counter.count - 1)
        counter.save(update_fields=["count"])


def forget() -> None:
    """Delete counters that no longer count."""
    Attempt.objects.filter(last_at__lt=now() - FORGOTTEN_AFTER).delete()


def remember_device(response: HttpResponse, request: HttpRequest, address: str) -> None:
    """Leave the device cookie of an account in the browser that has just signed in to it."""
    value = {"of": _owner(address), "nonce": _device(request, address) or secrets.token_hex(16)}
    response.set_cookie(
        _cookie_name(),
        signing.dumps(value, salt=DEVICE_SALT),
        max_age=DEVICE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _device(request: HttpRequest, address: str) -> str:
    try:
        value = signing.loads(
            request.COOKIES.get(_cookie_name(), ""), salt=DEVICE_SALT, max_age=DEVICE_AGE
        )
    except signing.BadSignature:
        return ""
    return str(value["nonce"]) if value["of"] == _owner(address) else ""


def _cookie_name() -> str:
    return "__Host-device" if settings.SESSION_COOKIE_SECURE else "device"


def _owner(address: str) -> str:
    return _key("device", "address", address).hex()


def _key(*parts: str) -> bytes:
    return vault.blind_index(PLATFORM, "\x1f".join(parts))


def _lock(one: Try) -> tuple[Attempt, Try]:
    Attempt.objects.bulk_create(
        [Attempt(key=one.key, count=0, last_at=now())], ignore_conflicts=True
    )
    return Attempt.objects.select_for_update().get(key=one.key), one


def _delay(count: int, free: int) -> int:
    return 0 if count < free else min(FIRST_WAIT * 2 ** min(count - free, 20), LONGEST_WAIT)
