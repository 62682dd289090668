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
    KeyringRemains,
    VaultError,
)
from seatrobot.kernel.vault.keystore import DESTROYED, copies_of
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
    names = _settled()
    if file:
        _add(file, {each.root for each in _wrapped(names) if not each.is_locked})
    before = set[str]().union(*(_rewrap(root, name) for name in names))
    time.sleep(SETTLED_SECONDS)
    names = _settled()
    before |= set[str]().union(*(_rewrap(root, name) for name in names))
    everything = {name: found for name in names if (found := _wrapped([name]))}
    open_ones = {each for each, found in everything.items() if not found[0].is_locked}
    left = {
        name
        for name, found in everything.items()
        if any(each.root != root.reference for each in found if not each.is_locked)
    }
    if left:
        raise NotRotated(
            f"{len(left)} keyrings are still wrapped by another root key; run it again"
        )
    for name in names:
        _read_back(root, name)
    if file:
        locked = {each.root for found in everything.values() for each in found if each.is_locked}
        _drop(file, {root.reference} | locked)
    return Rotated(
        root=root.reference,
        before=sorted(before - {root.reference}),
        keyrings=len(open_ones),
        seconds=time.monotonic() - begun,
        locked=len(everything) - len(open_ones),
    )


def _settled() -> list[UUID]:
    """Return whose keyrings there are, after replicas that differ were made alike."""
    with suppress(KeyringRemains):  # what is not destroyed yet is not wrapped anew
        vault.settle()
    return vault.key_store().names()


def _rewrap(root: RootKey, name: UUID) -> set[str]:
    """Wrap one keyring anew in every replica; return which root key had wrapped it."""
    store = vault.key_store()
    for _ in range(TRIES):
        version = store.version(name)
        if version in (None, DESTROYED):
            return set()
        try:
            content, *others = copies_of(store, name)
            found = decode(content)
            is_file = isinstance(root.holder, FileHolder)
            is_done = is_file and found.root == root.reference and set(others) <= {content}
            if is_done or found.is_locked:  # by a run that was stopped; by its organization
                return set()
            store.replace(name, root.rewrap(content, name.bytes), str(version))
        except (KeyringChanged, KeyringMissing):
            continue  # somebody rotated its keys, or destroyed it, in this moment
        return {found.root}
    raise NotRotated(f"the keyring {name} changes all the time; run it again")


def _wrapped(names: Iterable[UUID]) -> list[Wrapped]:
    """Return what is in every replica; StoreUnreachable where one is away or lacks a keyring."""
    found: list[Wrapped] = []
    for name in names:
        with suppress(KeyringMissing):  # destroyed in this moment
            found += map(decode, copies_of(vault.key_store(), name))
    return found


def _read_back(root: RootKey, name: UUID) -> None:
    """Open what was written, as far as the root key does: an own key is not asked for it."""
    with suppress(KeyringMissing):
        for content in copies_of(vault.key_store(), name):
            with suppress(KeyringLocked):
                root.check(content, name.bytes)


def _add(path: Path, in_use: Collection[str]) -> None:
    """Put a new key before those of the file, unless a run that was stopped has done so."""
    values = key_values(path.read_bytes())
    is_begun = len(values) > 1 and any(each != reference_of(values[0]) for each in in_use)
    if not is_begun:
        write(path, keyset([secrets.token_bytes(SECRET_BYTES), *values]))


def _drop(path: Path, needed: Collection[str]) -> None:
    """Leave of the keys in the file those that are needed."""
    values = key_values(path.read_bytes())
    write(path, keyset([each for each in values if reference_of(each) in needed]))


def write(path: Path, content: bytes) -> None:
    """Replace the file durably; a process that has read the old one reads it again when it must."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    keyfiles.create(draft, content)
    os.replace(draft, path)  # noqa: PTH105  one call, as in keyfiles
    keyfiles.sync(path.parent)
