"""The OpenPGP key of the instance: it signs security.txt, and reports are encrypted to it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pysequoia
from django.conf import settings

from seatrobot.kernel import keyfiles


def path() -> Path:
    """Return where the secret key is: in the data directory, for its owner alone."""
    file: Path = settings.CONFIG.data / "openpgp.key"
    return file


def certificate() -> pysequoia.Cert:
    """Return the public half."""
    return _key(path()).extract_certificate()


def fingerprint() -> str:
    """Return the fingerprint as it stands in addresses, in capitals."""
    return str(certificate().fingerprint).upper()


def sign(text: str) -> str:
    """Return the text in a cleartext signature."""
    signer = _key(path()).signer()
    signed = pysequoia.sign(signer, text.encode(), mode=pysequoia.SignatureMode.CLEAR)
    return signed.decode()


@cache
def _key(file: Path) -> pysequoia.Tsk:
    return pysequoia.Tsk.from_bytes(keyfiles.kept(file, _fresh))


def _fresh() -> bytes:
    host = urlsplit(settings.BASE_URL).netloc
    return str(pysequoia.Tsk.generate(user_id=f"Security reports to {host}")).encode()
