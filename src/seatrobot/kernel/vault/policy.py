"""The cryptographic policy, which the vault makes keys by (policy.toml).

An operator's file lays single values over the package's. It can choose among the algorithms that
the package's policy names for a purpose, shorten how long keys are used and kept, raise the cost of
hashes, and end an algorithm earlier. What would make it weaker is refused.
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
        made, packaged = msgspec.convert(laid, Policy), msgspec.convert(known, Policy)
    except msgspec.ValidationError as error:
        raise PolicyRefused(f"The cryptographic policy is wrong: {error}.") from error
    _check(made)
    _require_no_weaker(made, packaged)
    return made


def _require_no_weaker(made: Policy, packaged: Policy) -> None:
    """Raise PolicyRefused where an operator's values allow more than the package's do."""
    for name, algorithm in made.algorithms.items():
        before = packaged.algorithms[name]
        if before.until is not None and (algorithm.until is None or algorithm.until > before.until):
            raise PolicyRefused(f"[algorithms.{name}] may be used until {before.until}, no longer.")
        if algorithm.bits > before.bits or algorithm.since < before.since:
            raise PolicyRefused(f"[algorithms.{name}] has another strength than the package says.")
    for name, purpose in made.purposes.items():
        known = packaged.purposes[name]
        if more := set(purpose.allowed) - set(known.allowed):
            raise PolicyRefused(f"[purposes.{name}] may not use {min(more)}.")
        if known.rotate_after_days and not (
            0 < purpose.rotate_after_days <= known.rotate_after_days
        ):
            raise PolicyRefused(
                f"[purposes.{name}] has to rotate after {known.rotate_after_days} days at most."
            )
        if purpose.keep_days > known.keep_days:
            raise PolicyRefused(f"[purposes.{name}] keeps keys {known.keep_days} days at most.")
        if purpose.memory_kib < known.memory_kib or purpose.passes < known.passes:
            least = f"{known.memory_kib} KiB and {known.passes} passes"
            raise PolicyRefused(f"[purposes.{name}] needs {least} at least.")


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
