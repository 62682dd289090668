"""Limits on guessing secrets, counted in the database for all processes and across restarts.

An attempt is counted before it is judged, so many at once gain nothing. What is counted is what is
looked up: an address counts in the one form in which accounts are found, however it is spelled. A
browser that has signed in to an account before carries a device cookie and is counted by that
alone (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"), so a stranger who guesses,
from the same network too, cannot lock the owner out.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.core import signing
from django.db import connection
from django.http import HttpRequest, HttpResponse

from seatrobot.accounts.models import Attempt
from seatrobot.accounts.services import normalized
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.vault import services as vault

FIRST_WAIT = 30
LONGEST_WAIT = 60 * 60
EXPIRY = timedelta(days=1)
DEVICE_SALT = "accounts.device"
DEVICE_AGE = 60 * 60 * 24 * 365
IPV6_SITE = 64
AROUND = {56: 80, 48: 320}
"""Free attempts of the IPv6 networks around one of /64."""

# One statement makes the row where there is none and locks it where there is, so a deletion in
# between cannot leave nothing to read.
LOCK = """
    INSERT INTO accounts_attempt AS attempt (key, count, last_at) VALUES (%s, 0, %s)
    ON CONFLICT (key) DO UPDATE SET count = attempt.count
    RETURNING count, last_at
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """One counter: `free` attempts, then waits of 30 s, doubling up to an hour.

    around: counters of the networks around it, which have more that are free.
    """

    key: bytes
    free: int
    around: tuple[Limit, ...] = ()

    @property
    def all(self) -> tuple[Limit, ...]:
        """Return it, and what counts with it."""
        return (self, *self.around)


def per_address(scope: str, address: str) -> Limit:
    return Limit(_counter_key(scope, "address", normalized(address)), free=5)


def per_ip(scope: str, request: HttpRequest) -> Limit:
    """Count by network: an IPv4 address, or a /64 together with the /56 and /48 around it.

    A line at home has 256 or 65,536 of /64, a university one /48 for all.
    """
    own = network_of(request)
    around = [
        Limit(_counter_key(scope, "ip", str(ip_network(own).supernet(new_prefix=prefix))), most)
        for prefix, most in AROUND.items()
        if ":" in own
    ]
    return Limit(_counter_key(scope, "ip", own), free=20, around=tuple(around))


def per_person(scope: str, request: HttpRequest, address: str) -> Limit:
    """Count by device where the browser has signed in to this address before, else by address."""
    device = _device(request, address)
    return (
        Limit(_counter_key(scope, "device", device), free=5)
        if device
        else per_address(scope, address)
    )


def per_guess(scope: str, request: HttpRequest, address: str) -> list[Limit]:
    """Return under what a guess at an address counts: the person, then the network it comes from.

    From a device of theirs the network does not count: others behind it may be strangers.
    """
    if device := _device(request, address):
        return [Limit(_counter_key(scope, "device", device), free=5)]
    return [per_address(scope, address), per_ip(scope, request)]


def per_device_or_ip(scope: str, request: HttpRequest) -> Limit:
    """Count by device where the browser has signed in to any account before, else by network."""
    device = _device_cookie(request).get("nonce")
    return (
        Limit(_counter_key(scope, "device", device), free=5) if device else per_ip(scope, request)
    )


def network_of(request: HttpRequest) -> str:
    """Return who is counted as one: an IPv4 address, or the /64 that is one IPv6 site."""
    return network(request.META.get("REMOTE_ADDR", ""))


def network(address: str) -> str:
    """Return the network of one source, as text, by the address of a client."""
    ip = ip_address(address or "::")
    return str(ip_network((ip, IPV6_SITE), strict=False) if ip.version == 6 else ip)  # noqa: PLR2004  the version's name


def count_attempt(*limits: Limit) -> int:
    """Count an attempt under each key and return 0; or return the seconds to wait, uncounted."""
    with acting(Actor.visitor()):
        counted = sorted(_together(limits), key=lambda each: each.key)
        rows = [(_lock(limit.key), limit) for limit in counted]
        moment, wait, counts = now(), 0, []
        for (count, last_at), limit in rows:
            counts.append((limit.key, 0 if moment - last_at > EXPIRY else count))
            passed = max(0, (moment - last_at).total_seconds())  # another was quicker
            wait = max(wait, math.ceil(_delay(counts[-1][1], limit.free) - passed))
        if wait > 0:
            return wait
        for key, count in counts:
            Attempt.objects.filter(key=key).update(count=count + 1, last_at=moment)
        return 0


def reset(*limits: Limit) -> None:
    """Delete the counters: the secret was right."""
    Attempt.objects.filter(key__in=[limit.key for limit in limits]).delete()
    for limit in limits:
        for each in limit.around:
            refund(each)


def refund(limit: Limit) -> None:
    """Take back one attempt; other attempts from the same network stay counted."""
    with acting(Actor.visitor()):
        for each in sorted(limit.all, key=lambda one: one.key):
            count, _last_at = _lock(each.key)
            Attempt.objects.filter(key=each.key).update(count=max(0, count - 1))


def purge_expired() -> None:
    """Delete counters whose last attempt is too long ago to matter."""
    Attempt.objects.filter(last_at__lt=now() - EXPIRY).delete()


def set_device_cookie(response: HttpResponse, request: HttpRequest, address: str) -> None:
    """Leave the device cookie of an account in the browser that has just signed in to it."""
    nonce = _device(request, address) or secrets.token_hex(16)
    value = {"of": _owner(address), "nonce": nonce, "who": str(request.user.pk or "")}
    response.set_cookie(
        _cookie_name(),
        signing.dumps(value, salt=DEVICE_SALT),
        max_age=DEVICE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _device(request: HttpRequest, address: str) -> str:
    value = _device_cookie(request)
    return value["nonce"] if value.get("of") == _owner(address) else ""


def last_account(request: HttpRequest) -> str:
    """Return the identifier of the account that signed in last with this browser, "" if unknown."""
    return _device_cookie(request).get("who", "")


def _device_cookie(request: HttpRequest) -> dict[str, str]:
    text = request.COOKIES.get(_cookie_name(), "")
    try:
        value: dict[str, str] = signing.loads(text, salt=DEVICE_SALT, max_age=DEVICE_AGE)
    except signing.BadSignature:
        return {}
    return value


def _cookie_name() -> str:
    return "__Host-device" if settings.SESSION_COOKIE_SECURE else "device"


def _owner(address: str) -> str:
    return _counter_key("device", "address", normalized(address)).hex()


def _counter_key(*parts: str) -> bytes:
    return vault.blind_index(PLATFORM, "\x1f".join(parts))


def _lock(key: bytes) -> tuple[int, datetime]:
    """Return count and last time of a counter, locked until the unit of work ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [key, now()])
        count, last_at = cursor.fetchone()
    return count, last_at


def _together(limits: Iterable[Limit]) -> list[Limit]:
    return [each for limit in limits for each in limit.all]


def _delay(count: int, free: int) -> int:
    return 0 if count < free else min(FIRST_WAIT * 2 ** min(count - free, 20), LONGEST_WAIT)
