"""Sealing and opening, in the name of whoever acts.

A keyring opens only for a named actor inside `acting(...)`, and only the one of the organization
acted for (or the platform's, which seals accounts). A destroyed one opens in no unit of work that
begins afterwards, in any process. Every transaction that opened something
leaves an entry in the journal (`journal.services.write`). Staff open the platform's keyring, and an
organization's while they have a live grant and fulfil every condition, whoever they act as inside
their own unit of work.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import cache
from threading import Lock
from uuid import UUID

from django.conf import settings

from seatrobot.kernel.access import Access, current, current_or_none
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.staff import standing
from seatrobot.kernel.vault.errors import KeyringMissing, KeyringRefused, SealBroken
from seatrobot.kernel.vault.keyring import KeyClass, Keyring
from seatrobot.kernel.vault.keystore import DirectoryKeyStore
from seatrobot.kernel.vault.rootkey import FileRootKey

MOST_KEYRINGS = 500
"""How many opened keyrings a process keeps, those used last."""
LONGEST_OPEN = 3600.0
"""Seconds after which an opened keyring is unwrapped again."""

_keyrings: OrderedDict[UUID, tuple[float, Keyring]] = OrderedDict()
_changing = Lock()


@cache
def key_store() -> DirectoryKeyStore:
    return DirectoryKeyStore(settings.VAULT_KEYSTORE)


@cache
def _root_key() -> FileRootKey:
    return FileRootKey(settings.VAULT_ROOT_KEY)


def create_keyring(organization_id: UUID) -> None:
    """Make the keys of a new organization; raise FileExistsError when it has some."""
    wrapped = Keyring.new().wrap(_root_key(), organization_id.bytes)
    key_store().put(organization_id, wrapped)


def organizations() -> list[UUID]:
    """Return every organization that has keys, the oldest first; opens nothing."""
    return [name for name in key_store().names() if name != PLATFORM]


def destroy_keyring(organization_id: UUID) -> None:
    """Make everything that was ever sealed for this organization unreadable."""
    key_store().destroy(organization_id)
    _forget(organization_id)


def blind_index(organization_id: UUID, text: str) -> bytes:
    """Return the blind index of a text; it reveals nothing, so a visitor may ask for it too."""
    _refuse_staff(organization_id)
    return _keyring(organization_id).blind_index(text)


def blind_indexes(organization_id: UUID, texts: Iterable[str]) -> list[bytes | None]:
    """Return the blind indexes of many texts, None for an empty one."""
    _refuse_staff(organization_id)
    index = _keyring(organization_id).blind_index
    return [index(text) if text else None for text in texts]


def seal(
    organization_id: UUID, plain: bytes, place: bytes, key_class: KeyClass | None = None
) -> bytes:
    """Seal bytes to a place (table, column, row, organization); anybody who acts may add a secret.

    Staff without a grant too: that they asked, and were refused, is told in the organization's log.
    key_class: the class of the data, where it has keys of its own.
    """
    access = _own(organization_id)
    return _keyring_of(access, organization_id).seal(plain, place, key_class)


def open_sealed(
    organization_id: UUID, sealed: bytes, place: bytes, key_class: KeyClass | None = None
) -> bytes:
    """Open what was sealed at a place.

    Raises KeyringRefused without a named actor, for another organization or for a class of keys
    that the principal does not hold; KeyringMissing when the keyring was destroyed; SealBroken
    when the value was changed or moved.
    """
    access = _check_organization(organization_id)
    if not access.actor.named:
        raise KeyringRefused("no keyring opens without a named actor")
    if key_class is not None and key_class not in access.key_classes:
        raise KeyringRefused(f"this actor does not hold the keys of class {key_class}")
    access.opened += 1
    return _keyring_of(access, organization_id).open(sealed, place, key_class)


def try_keys(
    organization_id: UUID, stranger: UUID, sealed: bytes, place: bytes, key_class: KeyClass | None
) -> tuple[bool, bool]:
    """Return whether a value opens with its organization's keys, and with a stranger's.

    For examinations: in a unit of work for the organization, which counts it as opened. Nothing of
    the value comes back. Raises KeyringMissing.
    """
    access = _check_organization(organization_id)
    access.opened += 1
    both = _keyring_of(access, organization_id), _keyring(stranger)
    own, other = (_opens(keyring, sealed, place, key_class) for keyring in both)
    return own, other


def count_in(
    organization_id: UUID,
    sealed: bytes,
    place: bytes,
    key_class: KeyClass | None,
    count: Callable[[bytes], int],
) -> int:
    """Return what is counted in a value: for examinations, as `try_keys`, of any class of keys."""
    access = _check_organization(organization_id)
    access.opened += 1
    return count(_keyring_of(access, organization_id).open(sealed, place, key_class))


def _opens(keyring: Keyring, sealed: bytes, place: bytes, key_class: KeyClass | None) -> bool:
    try:
        keyring.open(sealed, place, key_class)
    except SealBroken:
        return False
    return True


def require(organization_id: UUID) -> None:
    """Raise KeyringRefused where whoever acts may open nothing of the organization."""
    _check_organization(organization_id)


def _check_organization(organization_id: UUID) -> Access:
    access = _own(organization_id)
    _refuse_staff(organization_id)
    return access


def _own(organization_id: UUID) -> Access:
    access = current()
    if organization_id not in (PLATFORM, access.organization_id):
        raise KeyringRefused("this keyring belongs to another organization")
    return access


def _refuse_staff(organization_id: UUID) -> None:
    """Raise KeyringRefused for staff without a grant, GrantRefused for one that is not live."""
    access = current_or_none()
    if organization_id == PLATFORM or access is None or not access.by_staff:
        return
    if access.grant_id is None or access.organization_id != organization_id:
        raise KeyringRefused("staff open no organization's keyring without a live grant")
    standing.require_lately(access)


def _keyring_of(access: Access, organization_id: UUID) -> Keyring:
    """Ask the key store once in a unit of work, not once for each of ten thousand records."""
    keyring = access.keyrings.get(organization_id)
    if keyring is None:
        keyring = access.keyrings[organization_id] = _keyring(organization_id)
    return keyring


def _keyring(organization_id: UUID) -> Keyring:
    with _changing:
        opened_at, keyring = _keyrings.get(organization_id, (0.0, None))
        if keyring is not None:
            _keyrings.move_to_end(organization_id)
    is_young = keyring is not None and time.monotonic() - opened_at < LONGEST_OPEN
    if keyring is not None and is_young and key_store().has(organization_id):
        return keyring
    _forget(organization_id)
    if organization_id == PLATFORM and not key_store().has(PLATFORM):
        _create_platform_keyring()
    wrapped = key_store().get(organization_id)
    keyring = Keyring.unwrap(wrapped, _root_key(), organization_id.bytes)
    _keep(organization_id, keyring)
    return keyring


def _keep(organization_id: UUID, keyring: Keyring) -> None:
    """Keep an opened keyring for the next unit of work, and drop those that are old or too many."""
    moment = time.monotonic()
    with _changing:
        _keyrings[organization_id] = (moment, keyring)
        for name, (opened_at, _) in list(_keyrings.items()):
            if len(_keyrings) > MOST_KEYRINGS or moment - opened_at >= LONGEST_OPEN:
                del _keyrings[name]


def _forget(organization_id: UUID) -> None:
    with _changing:
        _keyrings.pop(organization_id, None)


def _create_platform_keyring() -> None:
    try:
        create_keyring(PLATFORM)
    except FileExistsError:
        return  # another process was first


__all__ = [
    "KeyringMissing",
    "KeyringRefused",
    "blind_index",
    "blind_indexes",
    "create_keyring",
    "destroy_keyring",
    "key_store",
    "open_sealed",
    "require",
    "seal",
    "try_keys",
]
