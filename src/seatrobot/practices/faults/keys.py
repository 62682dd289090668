"""Faults of keys: they do not belong, are not whole, are left, or a lock does not lock."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from seatrobot.kernel.acting import acting
from seatrobot.kernel.ids import PLATFORM, new_id
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault import own
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.keystore import mark_of
from seatrobot.kernel.vault.rootkey import FileRootKey
from seatrobot.practices.checks import keyrings
from seatrobot.practices.faults.declaring import Instance, fault
from seatrobot.practices.models import Probe


@fault("encryption.keys", "a keyring that another root key has wrapped")
def foreign(instance: Instance) -> Iterator[None]:
    keyring = _keyring(instance)
    aside = instance.data.parent / f"another-{secrets.token_hex(4)}.key"
    plain = vault.root_key().unwrap(keyring.read_bytes(), UUID(keyring.stem).bytes)
    wrapped = FileRootKey(aside).wrap(plain, UUID(keyring.stem).bytes)
    with _replaced(keyring, wrapped):
        yield
    aside.unlink()


@fault("encryption.keys", "a keyring that is half-written")
def half(instance: Instance) -> Iterator[None]:
    keyring = _keyring(instance)
    with _replaced(keyring, keyring.read_bytes()[:200]):
        yield


@fault("encryption.keys", "a destroyed keyring that is left")
def left(instance: Instance) -> Iterator[None]:
    """As a key store that was played back from a backup."""
    name = new_id()
    mark = instance.data / "keystore" / f"{mark_of(name)}.destroyed"
    copy = mark.with_name(f"{name}.keyring")
    mark.touch(0o600)
    copy.write_bytes(_keyring(instance).read_bytes())
    try:
        yield
    finally:
        copy.unlink(missing_ok=True)  # the service removes it itself, once an hour
        mark.unlink()


@fault("encryption.keys", "a web server that keeps what was locked open")
def kept_open(instance: Instance) -> Iterator[None]:
    """Open a keyring once, and never look again whether it may."""
    once = (
        "(lambda before, kept: lambda name:"
        " kept[name] if name in kept else kept.setdefault(name, before(name)))(_keyring, {})"
    )
    with instance.patched_web("seatrobot.kernel.vault.services._keyring", once):
        yield


@fault("encryption.keys", "the keyring of one organization in place of another's")
def exchanged(instance: Instance) -> Iterator[None]:
    others = sorted((instance.data / "keystore").glob("*.keyring"))
    ours = _keyring(instance)
    with _replaced(ours, next(each for each in others if each != ours).read_bytes()):
        yield


@fault("encryption.keys", "two organizations with the same keys")
def shared(instance: Instance) -> Iterator[None]:
    """As whoever has the root key may wrap one keyring under two names."""
    others = sorted((instance.data / "keystore").glob("*.keyring"))
    ours, root = _keyring(instance), vault.root_key()
    other = next(each for each in others if each != ours)
    plain = root.unwrap(other.read_bytes(), UUID(other.stem).bytes)
    with _replaced(ours, root.wrap(plain, UUID(ours.stem).bytes)):
        yield


@fault("encryption.keys", "an own key of an organization that its log does not know")
def slipped_under(instance: Instance) -> Iterator[None]:
    """Give it the public half of a sheet that somebody else holds."""
    ours = _keyring(instance)
    with _replaced(ours, ours.read_bytes()):
        own.adopt(UUID(ours.stem))
        yield


@fault("encryption.keys", "a copy of the root key among temporary files of the web server")
def root_key_copied(instance: Instance) -> Iterator[None]:
    copy = instance.data / "scratch" / "web" / "session"
    shutil.copy(instance.data / "keys" / "root.key", copy)
    os.utime(copy, (0, 0))
    try:
        yield
    finally:
        copy.unlink()


@fault("encryption.keys", "the examiner's key in hexadecimal in a file that looks like mail")
def evidence_key_copied(instance: Instance) -> Iterator[None]:
    [word] = keyrings.words_of(instance.data / "examiner" / "evidence.key")[1:]
    copy = instance.data / "mail" / f"{new_id()}.sealed"
    copy.parent.mkdir(mode=0o700, exist_ok=True)
    copy.write_bytes(word.hex().encode())
    try:
        yield
    finally:
        copy.unlink()


def _keyring(instance: Instance) -> Path:
    """Return the file of an organization's keyring that is neither the platform's nor the probe."""
    with acting(ACTOR):
        probe = Probe.objects.get()
    ours = {PLATFORM, probe.organization_id, probe.foreign_organization_id}
    return next(
        file
        for file in (instance.data / "keystore").glob("*.keyring")
        if UUID(file.stem) not in ours
    )


@contextmanager
def _replaced(file: Path, content: bytes) -> Iterator[None]:
    before = file.read_bytes()
    file.write_bytes(content)
    try:
        yield
    finally:
        file.write_bytes(before)
