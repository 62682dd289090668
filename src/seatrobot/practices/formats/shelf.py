"""Documents as they were served, so that a signature fetched a moment later still fits.

A document contains the present moment, and several processes serve it. So it is made once for
each minute, or sooner when something new is known; the first process to write it down counts, and
the others serve the same bytes. Its edition names it; a quarter of an hour later it is gone.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from django.conf import settings
from django.db import connection

from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import signing
from seatrobot.practices import profile
from seatrobot.practices.unavailable import or_nothing

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(minutes=15)
EDITION = re.compile(r"\d{8}T\d{4}Z-[0-9a-f]{12}", re.ASCII)
KNOWN = """
    SELECT (SELECT max(number) FROM promises_evidence), (SELECT max(number) FROM promises_change),
           (SELECT count(*) FROM promises_attestation)
"""


@dataclass(frozen=True, slots=True)
class Edition:
    """A document's version. name: minute and a mark of what was known, as it stands in `?at=`."""

    name: str
    moment: datetime


class Copy(msgspec.Struct, array_like=True):
    """A document as it was served: its edition, the bytes, and our signature of them."""

    edition: str
    body: bytes
    signature: str


def newest(name: str, make: Callable[[Edition], bytes]) -> Copy:
    """Return the document of this minute, made unless another process has made it."""
    edition = _edition()
    if copy := _read(_folder(name) / edition.name):
        return copy
    body = make(edition)
    copy = Copy(edition.name, body, signing.sign_bytes(body))
    try:
        return _keep(_folder(name), copy)
    except OSError:  # a full disk must not silence the page; the signature is in the header
        log.exception("cannot keep %s", name)
        return copy


def kept(name: str, edition: str) -> Copy | None:
    """Return a document as it was served, or None when that is too long ago or never was."""
    return _read(_folder(name) / edition) if EDITION.fullmatch(edition) else None


def _edition() -> Edition:
    moment = now()
    return Edition(f"{moment:%Y%m%dT%H%MZ}-{_mark()}", moment)


def _mark() -> str:
    """Return what changes as soon as something new is known."""
    known = or_nothing(_known, "unavailable")
    facts = f"{known}\n{profile.changed_at()}\n{settings.BASE_URL}"
    return hashlib.sha256(facts.encode()).hexdigest()[:12]


def _known() -> str:
    with connection.cursor() as cursor:
        cursor.execute(KNOWN)
        return repr(cursor.fetchone())


def _folder(name: str) -> Path:
    path: Path = settings.CONFIG.data / "published" / name
    return path


def _read(path: Path) -> Copy | None:
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=Copy)
    except (OSError, msgspec.DecodeError):
        return None


def _keep(folder: Path, copy: Copy) -> Copy:
    """Write a copy down and return it, or the one of a process that was first."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place, draft = folder / copy.edition, folder / f".{secrets.token_hex(8)}"
    try:
        draft.write_bytes(msgspec.msgpack.encode(copy))
        os.link(draft, place)
    except FileExistsError:
        return _read(place) or copy
    finally:
        draft.unlink(missing_ok=True)
    _forget_old(folder)
    return copy


def _forget_old(folder: Path) -> None:
    oldest = f"{now() - KEPT_FOR:%Y%m%dT%H%MZ}"
    for path in folder.iterdir():
        if EDITION.fullmatch(path.name) and path.name < oldest:
            with suppress(FileNotFoundError):  # another process was quicker
                path.unlink()
