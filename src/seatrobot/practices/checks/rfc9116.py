"""Reads a security.txt by RFC 9116, independently of the code that writes ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import pysequoia

SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"


@dataclass(slots=True)
class Contacts:
    """The fields of a file. mistakes: sentences on what RFC 9116 does not allow in it."""

    contacts: list[str] = field(default_factory=list)
    encryption: list[str] = field(default_factory=list)
    expires: datetime | None = None
    mistakes: list[str] = field(default_factory=list)


def read(text: str) -> Contacts:
    """Return the fields of the text; of a field that may stand once, a second one is a mistake."""
    found = Contacts()
    expiries = []
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        name, value = name.lower(), value.strip()
        if not line.strip() or line.startswith("#"):
            continue
        if not colon or not value or name != name.strip():
            found.mistakes.append("A line is no field.")
        elif name == "contact":
            found.contacts.append(value)
        elif name == "encryption":
            found.encryption.append(value)
        elif name == "expires":
            expiries.append(value)
    _read_expiry(expiries, found)
    return found


def is_address(value: str) -> bool:
    """Whether a contact is a URI that a person can use; web addresses must use TLS."""
    return value.startswith(("mailto:", "tel:", "https://")) and " " not in value


def signed_text(data: bytes, key: bytes) -> str | None:
    """Return the text that the key has signed; None when it has not signed this file."""
    if not data.startswith(SIGNED.encode()):
        return None
    try:
        certificate = pysequoia.Cert.from_bytes(key)
        verified = pysequoia.verify(bytes=data, store=lambda _ids: [certificate])
    except RuntimeError:  # the one error of the library for anything that does not verify
        return None
    return verified.bytes.decode("utf-8", "replace") if verified.bytes else None


def _read_expiry(values: list[str], found: Contacts) -> None:
    if len(values) != 1:
        found.mistakes.append("The file does not expire exactly once.")
        return
    try:
        moment = datetime.fromisoformat(values[0])
    except ValueError:
        found.mistakes.append("The expiry is no date and time.")
        return
    if moment.tzinfo is None:
        found.mistakes.append("The expiry names no time zone.")
    else:
        found.expires = moment
