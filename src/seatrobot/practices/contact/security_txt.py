"""The file security.txt (RFC 9116): signed, and made anew on request, so that it never expires.

Web addresses in it must begin with https://. An instance that is reached over plain HTTP leaves
its own addresses out, except the contact when the operator has named none.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote

from django.conf import settings

from seatrobot.kernel.clock import now
from seatrobot.practices import addresses
from seatrobot.practices.contact import openpgp
from seatrobot.practices.profile import Profile, known_profile

PLACE = "/.well-known/security.txt"
KEY_PLACE = "/.well-known/openpgp-key.asc"
VALID_FOR = timedelta(days=180)
"""Counted from the start of the day (UTC): always over a month ahead, and less than a year."""

Field = tuple[str, str]


def contact_page() -> str:
    """Return the address of our contact page, used while the operator names no contact."""
    return addresses.below("contact/")


def security_txt() -> str:
    """Return the signed file of today."""
    profile = known_profile()
    facts = (profile.email, profile.url, profile.policy_url, profile.thanks_url, profile.languages)
    return _signed(now().date(), facts, settings.BASE_URL, str(openpgp.path()))


def fields(profile: Profile, today: date) -> Iterator[Field]:
    """Yield the fields of the file, in order."""
    own = settings.BASE_URL if settings.BASE_URL.startswith("https://") else ""
    yield from _contacts(profile)
    yield "Expires", f"{datetime.combine(today, datetime.min.time(), UTC) + VALID_FOR:%Y-%m-%dT%XZ}"
    if own:
        yield "Encryption", f"{own}{KEY_PLACE}"
    yield "Encryption", f"openpgp4fpr:{openpgp.fingerprint()}"
    if own:
        yield "Canonical", f"{own}{PLACE}"
    if profile.policy_url or own:
        yield "Policy", profile.policy_url or contact_page()
    yield "Preferred-Languages", profile.languages
    if profile.thanks_url:
        yield "Acknowledgments", profile.thanks_url


def written(pairs: Iterator[Field]) -> str:
    """Return fields as lines; ValueError when a value would make a line of its own."""
    lines = []
    for name, value in pairs:
        if any(unicodedata.category(sign) in {"Cc", "Zl", "Zp"} for sign in value):
            raise ValueError(f"{name} holds a line break")
        lines.append(f"{name}: {value}\n")
    return "".join(lines)


def _contacts(profile: Profile) -> Iterator[Field]:
    if profile.email:
        yield "Contact", f"mailto:{quote(profile.email, safe='@+')}"
    if profile.url:
        yield "Contact", profile.url
    if not profile.email and not profile.url:
        yield "Contact", contact_page()


@lru_cache(maxsize=2)
def _signed(today: date, facts: tuple[str, ...], _base: str, _key: str) -> str:
    """Sign once a day, and again when a value changes that the file is made of."""
    email, url, policy_url, thanks_url, languages = facts
    profile = Profile(
        email=email, url=url, policy_url=policy_url, thanks_url=thanks_url, languages=languages
    )
    return openpgp.sign(written(fields(profile, today)))
