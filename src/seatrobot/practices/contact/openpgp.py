"""The OpenPGP key of the instance: signs security.txt; finders encrypt their reports to it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pysequoia
from django.conf import settings

from seatrobot.kernel import keyfiles


def path() -> Path:
    """Return the file of the secret key, in the data directory."""
    file: Path = settings.CONFIG.data / "keys" / "openpgp.key"
    return file


def certificate() -> pysequoia.Cert:
    """Return the public half."""
    return _signing_key(path()).extract_certificate()


def fingerprint() -> str:
    """Return the fingerprint in capitals."""
    return str(certificate().fingerprint).upper()


def sign(text: str) -> str:
    """Return the text with a cleartext signature."""
    signer = _signing_key(path()).signer()
    signed = pysequoia.sign(signer, text.encode(), mode=pysequoia.SignatureMode.CLEAR)
    return signed.decode()


@cache
def _signing_key(file: Path) -> pysequoia.Tsk:
    return pysequoia.Tsk.from_bytes(keyfiles.load_or_create(file, _fresh))


def _fresh() -> bytes:
    host = urlsplit(settings.BASE_URL).netloc
    return str(pysequoia.Tsk.generate(user_id=f"Security reports to {host}")).encode()
