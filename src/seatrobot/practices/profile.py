"""The operator's statements about themselves, in one file: `practices.toml`.

The page shows them as the operator's own words. The file names no promise: the sentences of
promises stand with their checks and cannot be made stronger than what is measured.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec
from django.conf import settings

from seatrobot.practices.profile_checking import mistakes

log = logging.getLogger(__name__)

MOST_BYTES = 200_000


class Provider(msgspec.Struct, forbid_unknown_fields=True):
    """A company that hosts or processes for the operator. place: where the data is."""

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

    policy_url: how faults are to be reported. thanks_url: where finders of faults are thanked.
    languages: of reports, as in `en, de`. place: where the service and its data are.
    """

    name: str = "Seatrobot"
    email: str = ""
    url: str = ""
    policy_url: str = ""
    thanks_url: str = ""
    languages: str = "en"
    place: str = ""
    providers: list[Provider] = []
    legal: list[Legal] = []


@dataclass(frozen=True, slots=True)
class Known:
    """is_readable: false when there is a file and it cannot be used; then the profile is empty."""

    profile: Profile
    is_readable: bool = True


class BadProfile(Exception):
    """`practices.toml` cannot be used; the text says why in one sentence."""


def path() -> Path:
    file: Path = settings.CONFIG.data / "profile" / "practices.toml"
    return file


def profile() -> Profile:
    """Return the operator's profile, read anew when the file changed; raises BadProfile."""
    changed = changed_at()
    try:
        return _read(path(), changed) if changed else Profile()
    except FileNotFoundError:  # removed just now
        return Profile()


def known() -> Known:
    """Return the operator's profile; an empty one while the file cannot be used."""
    try:
        return Known(profile())
    except (BadProfile, OSError) as wrong:
        log.warning("the operator's profile cannot be used: %s", wrong)
        return Known(Profile(), is_readable=False)


def known_profile() -> Profile:
    """Return the profile, or an empty one while the file cannot be used."""
    return known().profile


def changed_at() -> int:
    """Return when the file was changed last, in nanoseconds; 0 when there is none."""
    try:
        return path().stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def all_mistakes() -> list[str]:
    """Return a sentence for each mistake in the file; none when it is right, or not there."""
    try:
        return mistakes(_text(path()), Profile)
    except FileNotFoundError:
        return []
    except BadProfile as wrong:
        return [str(wrong)]


@lru_cache(maxsize=1)
def _read(file: Path, _changed: int) -> Profile:
    text = _text(file)
    if wrong := mistakes(text, Profile):
        raise BadProfile(f"{file}: {wrong[0]}")
    try:
        return msgspec.toml.decode(text, type=Profile)
    except msgspec.DecodeError as error:
        raise BadProfile(f"{file} cannot be read: {error}.") from error


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise BadProfile(f"{file} is larger than {MOST_BYTES} bytes.")
        return file.read_text("utf-8")
    except FileNotFoundError:
        raise
    except UnicodeDecodeError:
        raise BadProfile(f"{file} is not written in UTF-8.") from None
    except OSError as error:
        raise BadProfile(f"{file} cannot be read: {error.strerror}.") from error
