"""Published documents, stored so that a signature fetched a moment later still matches.

A document contains the present time, and several processes serve it. So one edition is made for
each minute, or sooner when there is new evidence. The first process to store an edition wins, and
the others serve the same bytes. An edition is deleted after fifteen minutes.
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
from seatrobot.practices.degraded import default_if_unreadable

log = logging.getLogger(__name__)

STORED_FOR = timedelta(minutes=15)
EDITION = re.compile(r"\d{8}T\d{4}Z-[0-9a-f]{12}", re.ASCII)
KNOWN = """
    SELECT (SELECT id::text FROM promises_evidence ORDER BY id DESC LIMIT 1),
           (SELECT max(number) FROM promises_change),
           (SELECT count(*) FROM promises_attestation)
"""


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of a document. name: minute and state of knowledge, as in `?at=`.

    moment: the present of the document, to the second.
    """

    name: str
    moment: datetime


class PublishedDocument(msgspec.Struct, array_like=True):
    """A document as it was served: edition, bytes, their signature, and the edition's moment."""

    edition: str
    body: bytes
    signature: str
    moment: datetime


def newest(name: str, make: Callable[[Edition], bytes]) -> PublishedDocument:
    """Return the document of this minute; it is made unless another process has made it."""
    edition = _edition()
    if document := _read(_folder(name) / edition.name):
        return document
    document = anew(edition, make)
    try:
        return _store(_folder(name), document)
    except OSError:  # such as a full disk; the signature is in the header, too
        log.exception("cannot store %s", name)
        return document


def anew(edition: Edition, make: Callable[[Edition], bytes]) -> PublishedDocument:
    """Make an edition of a document and sign it, without a look at what is stored."""
    body = make(edition)
    return PublishedDocument(edition.name, body, signing.sign_bytes(body), edition.moment)


def stored(name: str, edition: str) -> PublishedDocument | None:
    """Return a document as it was served; None when it is deleted or never existed."""
    return _read(_folder(name) / edition) if EDITION.fullmatch(edition) else None


def _edition() -> Edition:
    moment = now().replace(microsecond=0)
    return Edition(f"{moment:%Y%m%dT%H%MZ}-{_state_of_knowledge()}", moment)


def _state_of_knowledge() -> str:
    """Return a hash that changes with the evidence, the profile and the address."""
    known = default_if_unreadable(_known, "unavailable")
    facts = f"{known}\n{profile.changed_at()}\n{settings.BASE_URL}"
    return hashlib.sha256(facts.encode()).hexdigest()[:12]


def _known() -> str:
    with connection.cursor() as cursor:
        cursor.execute(KNOWN)
        return repr(cursor.fetchone())


def _folder(name: str) -> Path:
    path: Path = settings.CONFIG.data / "published" / name
    return path


def _read(path: Path) -> PublishedDocument | None:
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=PublishedDocument)
    except (OSError, msgspec.DecodeError):
        return None


def _store(folder: Path, document: PublishedDocument) -> PublishedDocument:
    """Store a document and return it, or the one of a process that was first."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place, draft = folder / document.edition, folder / f".{secrets.token_hex(8)}"
    try:
        draft.write_bytes(msgspec.msgpack.encode(document))
        os.link(draft, place)
    except FileExistsError:
        return _read(place) or document
    finally:
        draft.unlink(missing_ok=True)
    _delete_old(folder)
    return document


def _delete_old(folder: Path) -> None:
    oldest = f"{now() - STORED_FOR:%Y%m%dT%H%MZ}"
    for path in folder.iterdir():
        if EDITION.fullmatch(path.name) and path.name < oldest:
            with suppress(FileNotFoundError):  # another process was quicker
                path.unlink()
