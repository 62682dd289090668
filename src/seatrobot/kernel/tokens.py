"""Secrets that work once, in links or typed: random, and stored as their SHA-256 only."""

from __future__ import annotations

import hashlib
import secrets

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""None that is taken for another."""


def new_token() -> str:
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """Return a code that a person types, such as "K7QM-2XWA": 39 bits, for minutes and one try."""
    first, second = ("".join(secrets.choice(LETTERS) for _place in range(4)) for _group in "ab")
    return f"{first}-{second}"


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
