"""The OpenPGP key of the instance: it signs security.txt, and reports are encrypted to it."""

from __future__ import annotations

import os
import secrets
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pysequoia
from django.conf import settings


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
    if not file.exists():
        _make(file)
    return pysequoia.Tsk.from_bytes(file.read_bytes())


def _make(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    host = urlsplit(settings.BASE_URL).netloc
    key = pysequoia.Tsk.generate(user_id=f"Security reports to {host}")
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(str(key))
        opened.flush()
        os.fsync(opened.fileno())
    try:
        os.link(draft, file)  # fails when another process was first: then theirs counts
    except FileExistsError:
        pass
    finally:
        draft.unlink()
