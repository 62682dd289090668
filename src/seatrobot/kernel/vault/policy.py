"""The cryptographic policy, which the vault makes keys by (policy.toml).

An operator's file lays single values over the package's. It can choose among the algorithms that
the policy names, shorten how long keys are used, and end one; it cannot add an algorithm that the
vault does not have.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings

from seatrobot.kernel.vault.errors import PolicyRefused

NAME = "cryptography.toml"
"""The operator's file, in `profile/` of the data directory."""
MADE_HERE = frozenset({"AES256_GCM", "AES256_GCM_SIV", "XCHACHA20_POLY1305"})
"""Algorithms of which the vault makes keys that seal."""
SEALING = ("sealing", "special", "log")
"""Purposes whose keys seal records."""
MOST_BYTES = 100_000


class Algorithm(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """bits: of security against a computer of today. until: the last day on which it may be used.

    source: the standard, and who recommends it.
    """

    what: str
    bits: int
    since: date
    source: str
    until: date | None = None


class Purpose(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """algorithm: of new keys. also: what may be found in use beside it.

    rotate_after_days: how long a key is used; 0 as long as it exists, and `why` says why.
    keep_days: how long a key that nothing uses is kept before it is destroyed.
    memory_kib, passes: the least cost of a hash of passwords.
    """

    what: str
    algorithm: str
    source: str
    also: tuple[str, ...] = ()
    rotate_after_days: int = 0
    why: str = ""
    keep_days: int = 30
    memory_kib: int = 0
    passes: int = 0

    @property
    def allowed(self) -> tuple[str, ...]:
        return (self.algorithm, *self.also)

    def due(self, made: datetime) -> datetime | None:
        """Return when a key made at this time has to be rotated; None: never."""
        if not self.rotate_after_days:
            return None
        return made + timedelta(days=self.rotate_after_days)


class Policy(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    algorithms: dict[str, Algorithm]
    purposes: dict[str, Purpose]

    def problem(self, purpose: str, algorithm: str, today: date) -> str:
        """Return why an algorithm may not be in use for a purpose, "" when it may."""
        if algorithm not in self.purposes[purpose].allowed:
            return f"{algorithm} is not in the policy for {purpose}"
        until = self.algorithms[algorithm].until
        if until is not None and today > until:
            return f"{algorithm} was to be used until {until:%Y-%m-%d}"
        return ""


def path() -> Path:
    file: Path = settings.CONFIG.data / "profile" / NAME
    return file


def policy() -> Policy:
    """Return the policy as it is now, with what the operator's file says; raises PolicyRefused."""
    file = path()
    try:
        state = file.stat()
    except FileNotFoundError:
        return _policy(None, 0, 0)
    return _policy(file, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _policy(file: Path | None, _changed: int, size: int) -> Policy:
    known = tomllib.loads(files(__package__).joinpath("policy.toml").read_text("utf-8"))
    if file is None:
        return read(known, {})
    try:
        if size > MOST_BYTES:
            raise PolicyRefused(f"{file} is larger than {MOST_BYTES} bytes.")
        return read(known, tomllib.loads(file.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PolicyRefused(f"{file} cannot be read: {error}.") from error


def read(known: dict[str, Any], over: dict[str, Any]) -> Policy:
    """Return the policy of the package with an operator's values; PolicyRefused for a mistake."""
    for part, tables in over.items():
        if part not in known or not isinstance(tables, dict):
            raise PolicyRefused(f"The cryptographic policy has no [{part}].")
        for name, values in tables.items():
            if name not in known[part] or not isinstance(values, dict):
                raise PolicyRefused(f"The cryptographic policy has no [{part}.{name}].")
    laid = {
        part: {name: table | over.get(part, {}).get(name, {}) for name, table in tables.items()}
        for part, tables in known.items()
    }
    try:
        made = msgspec.convert(laid, Policy)
    except msgspec.ValidationError as error:
        raise PolicyRefused(f"The cryptographic policy is wrong: {error}.") from error
    _check(made)
    return made


def _check(made: Policy) -> None:
    for name, purpose in made.purposes.items():
        if unknown := [each for each in purpose.allowed if each not in made.algorithms]:
            raise PolicyRefused(f"[purposes.{name}] names {unknown[0]}, which is no algorithm.")
        if name in SEALING and (strange := set(purpose.allowed) - MADE_HERE):
            raise PolicyRefused(f"The vault makes no keys of {min(strange)} ([purposes.{name}]).")
        if name in SEALING and purpose.rotate_after_days <= 0:
            raise PolicyRefused(f"[purposes.{name}] has to say after how many days keys rotate.")
        if purpose.rotate_after_days < 0 or purpose.keep_days < 0:
            raise PolicyRefused(f"[purposes.{name}] counts days below zero.")
