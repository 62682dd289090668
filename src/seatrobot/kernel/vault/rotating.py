"""Rotating the root key: every keyring is wrapped by the new one, then the old one is given up.

May be stopped at any time and run again; keyrings stay usable meanwhile, in every process.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from seatrobot.kernel import keyfiles
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import (
    KeyringChanged,
    KeyringLocked,
    KeyringMissing,
    VaultError,
)
from seatrobot.kernel.vault.keystore import DESTROYED
from seatrobot.kernel.vault.rootkey import (
    SECRET_BYTES,
    FileHolder,
    RootKey,
    Wrapped,
    decode,
    key_values,
    keyset,
    reference_of,
)

TRIES = 5
SETTLED_SECONDS = 1.0
"""After which nobody who read the file of before is still about to store a keyring."""


class NotRotated(VaultError):
    """Some keyrings are still wrapped by another root key; the old one is kept."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """root: which one wraps all of them now. before: those that did. keyrings: how many.

    locked: how many are left, because their organization has locked them; they still need the old
    root key, which is kept in the file.
    """

    root: str
    before: list[str]
    keyrings: int
    seconds: float
    locked: int


def rotate() -> Rotated:
    """Wrap every keyring anew, and read back; raise NotRotated, KeysUnavailable.

    A root key in a file gets a new key first, and loses the old one last. One that is held
    elsewhere encrypts with its newest version. Where the configuration names another one of before,
    its keyrings move to the new one.
    """
    begun = time.monotonic()
    root = vault.root_key()
    file = root.holder.path if isinstance(root.holder, FileHolder) else None
    names = vault.key_store().names()
    if file:
        _add(file, {each.root for each in _wrapped(names) if not each.is_locked})
    before = set[str]().union(*(_rewrap(root, name) for name in names))
    time.sleep(SETTLED_SECONDS)
    names = vault.key_store().names()
    before |= set[str]().union(*(_rewrap(root, name) for name in names))
    everything = _wrapped(names)
    left = sum(each.root != root.reference for each in everything if not each.is_locked)
    if left:
        raise NotRotated(f"{left} keyrings are still wrapped by another root key; run it again")
    for name in names:
        _read_back(root, name)
    locked = [each.root for each in everything if each.is_locked]
    if file:
        _drop(file, {root.reference, *locked})
    return Rotated(
        root=root.reference,
        before=sorted(before - {root.reference}),
        keyrings=len(everything) - len(locked),
        seconds=time.monotonic() - begun,
        locked=len(locked),
    )


def _rewrap(root: RootKey, name: UUID) -> set[str]:
    """Wrap one keyring anew; return which root key had wrapped it."""
    store = vault.key_store()
    for _ in range(TRIES):
        version = store.version(name)
        if version in (None, DESTROYED):
            return set()
        try:
            content = store.get(name)
            found = decode(content)
            is_done = isinstance(root.holder, FileHolder) and found.root == root.reference
            if is_done or found.is_locked:  # by a run that was stopped; by its organization
                return set()
            store.replace(name, root.rewrap(content, name.bytes), str(version))
        except (KeyringChanged, KeyringMissing):
            continue  # somebody rotated its keys, or destroyed it, in this moment
        return {found.root}
    raise NotRotated(f"the keyring {name} changes all the time; run it again")


def _wrapped(names: Iterable[UUID]) -> list[Wrapped]:
    found = []
    for name in names:
        with suppress(KeyringMissing):  # destroyed in this moment
            found.append(decode(vault.key_store().get(name)))
    return found


def _read_back(root: RootKey, name: UUID) -> None:
    """Open what was written, as far as the root key does: an own key is not asked for it."""
    with suppress(KeyringMissing, KeyringLocked):
        root.check(vault.key_store().get(name), name.bytes)


def _add(path: Path, in_use: Collection[str]) -> None:
    """Put a new key before those of the file, unless a run that was stopped has done so."""
    values = key_values(path.read_bytes())
    is_begun = len(values) > 1 and any(each != reference_of(values[0]) for each in in_use)
    if not is_begun:
        _write(path, keyset([secrets.token_bytes(SECRET_BYTES), *values]))


def _drop(path: Path, needed: Collection[str]) -> None:
    """Leave of the keys in the file those that are needed."""
    values = key_values(path.read_bytes())
    _write(path, keyset([each for each in values if reference_of(each) in needed]))


def _write(path: Path, content: bytes) -> None:
    """Replace the file durably; a process that has read the old one reads it again when it must."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    keyfiles.create(draft, content)
    os.replace(draft, path)  # noqa: PTH105  one call, as in keyfiles
    keyfiles.sync(path.parent)
