"""What the operator of this instance says about themselves: one file, `practices.toml`.

Everything in it is the operator's own word, and the page shows it as such. It names no promise:
their sentences live beside their checks and cannot be made stronger than what is measured.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec
from django.conf import settings

MOST_BYTES = 200_000


class Provider(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody who hosts or processes for the operator. place: where the data is."""

    name: str
    purpose: str
    place: str = ""
    url: str = ""


class Legal(msgspec.Struct, forbid_unknown_fields=True):
    """A paragraph in the operator's own words, shown apart from what is measured."""

    title: str
    text: str


class Profile(msgspec.Struct, forbid_unknown_fields=True):
    """name: who runs the service. email, url: where questions about security go.

    policy_url: how faults are to be reported. languages: of reports, as in `en, de`. place: where
    the service and its data are.
    """

    name: str = "Seatrobot"
    email: str = ""
    url: str = ""
    policy_url: str = ""
    languages: str = "en"
    place: str = ""
    providers: list[Provider] = []
    legal: list[Legal] = []


class BadProfile(Exception):
    """`practices.toml` cannot be used; the text says why in one sentence."""


def path() -> Path:
    file: Path = settings.CONFIG.data / "practices.toml"
    return file


def profile() -> Profile:
    """Return the operator's profile, read anew when the file changed; raises BadProfile."""
    try:
        state = path().stat()
    except FileNotFoundError:
        return Profile()
    if state.st_size > MOST_BYTES:
        raise BadProfile(f"{path()} is larger than {MOST_BYTES} bytes.")
    return _read(path(), state.st_mtime_ns)


@lru_cache(maxsize=1)
def _read(file: Path, _changed: int) -> Profile:
    try:
        return msgspec.toml.decode(file.read_bytes(), type=Profile)
    except (msgspec.DecodeError, OSError) as error:
        raise BadProfile(f"{file} cannot be read: {error}.") from error
