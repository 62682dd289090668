"""The log's own signature of its heads with ML-DSA-44, which a quantum computer does not forge.

It stands beside that of the journal's key (Ed25519) wherever a whole head is given: in the file
`/practices/heads/checkpoint` and in a log with its proof. It is left out of headers and of other
documents, because it is 3,300 characters long. Its form is C2SP tlog-cosignature, kind 6.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings

from seatrobot.kernel import keyfiles
from seatrobot.kernel.clock import now
from seatrobot.kernel.heads import checkpoint
from seatrobot.kernel.heads.checkpoint import ML_DSA_KEY, VerifierKey


def verifier_key(name: str) -> VerifierKey:
    """Return the public key under the name of the log, as readers are told it."""
    return VerifierKey(name, ML_DSA_KEY, _private_key(_file()).public_key())


def sign(note: str, name: str, *, file: Path | None = None) -> str:
    """Return the line with which the log of this name cosigns a head now.

    file: another key than the log's.
    """
    return checkpoint.cosign(note, _private_key(file or _file()), name, int(now().timestamp()))


def is_signed(note: str, line: str, name: str) -> bool:
    """Return whether a line is the log's own signature of a head."""
    return checkpoint.cosigned_at(note, line, verifier_key(name)) is not None


def _file() -> Path:
    key: Path = settings.ML_DSA_KEY
    return key


@cache
def _private_key(path: Path) -> MLDSA44PrivateKey:
    """Return the key in a file, which is made on first use."""
    key = load_pem_private_key(keyfiles.load_or_create(path, _fresh), None)
    if not isinstance(key, MLDSA44PrivateKey):
        raise TypeError(f"{path} holds no ML-DSA-44 key")
    return key


def _fresh() -> bytes:
    key = MLDSA44PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
