"""What people state of a certificate, as text with the signature of the service."""

from __future__ import annotations

from datetime import date

import msgspec

from seatrobot.kernel.journal import signing
from seatrobot.providers.models import Certificate, Kind, Statement

DOMAIN = b"seatrobot certificate v1\n"
"""Keeps these signatures apart from others by the same key."""

_encode = msgspec.json.Encoder(order="deterministic").encode


class InvalidStatement(Exception):
    """A statement does not bear our signature, or belongs to another row."""


def sign(statement: Statement) -> tuple[str, str]:
    """Return a statement as text, and its signature."""
    text = _encode(statement)
    return text.decode(), signing.sign_bytes(DOMAIN + text)


def read(row: Certificate) -> Statement:
    """Return what is stated of a certificate; raise InvalidStatement unless the row agrees."""
    try:
        signing.verify_bytes(DOMAIN + row.text.encode(), row.signature, signing.public_key())
        found = msgspec.json.decode(row.text, type=Statement)
    except (signing.BadSignature, msgspec.DecodeError) as error:
        raise InvalidStatement from error
    columns = (str(row.pk), str(row.provider_id), row.kind, *_days(row))
    stated = (found.id, found.provider, found.kind, found.valid_until, found.next_check)
    if columns != stated:
        raise InvalidStatement
    return found


def _days(row: Certificate) -> tuple[str, str]:
    return row.valid_until.isoformat(), row.next_check.isoformat()


def label(statement: Statement) -> str:
    """Return the name of what a certificate is of."""
    return str(Kind(statement.kind).label)


def is_begun(statement: Statement, today: date) -> bool:
    return date.fromisoformat(statement.valid_from) <= today
