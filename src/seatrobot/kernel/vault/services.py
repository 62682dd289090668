"""Sealing and opening, in the name of whoever acts.

A keyring opens only for a named actor inside `acting(...)`, and only the one of the organization
acted for (or the platform's, which seals accounts). A destroyed one opens in no unit of work that
begins afterwards where the key store is a directory, and in none that begins after `FRESH_SECONDS`
where it is elsewhere, in any process; where the store does not answer, after `LONGEST_UNASKED`.
An organization whose own key is in a key service of its own opens while that service decrypts: it
is asked every `FRESH_SECONDS`, and what it said counts for `LONGEST_UNASKED` where it is silent.

Every transaction that opened something leaves an entry in the journal (`journal.services.write`).
Staff open the platform's keyring, and an organization's while they have a live grant and fulfil
every condition, whoever they act as inside their own unit of work.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model

from seatrobot.kernel import caches
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.staff import standing
from seatrobot.kernel.unit_of_work import UnitOfWork, current, current_or_none
from seatrobot.kernel.vault import configured
from seatrobot.kernel.vault.errors import (
    KeyringDamaged,
    KeyringLocked,
    KeyringMissing,
    KeyringRefused,
    OwnKeyRefused,
    PlatformKeyringMissing,
    RootKeyMissing,
    RootKeyWrong,
    SealBroken,
    StoreUnreachable,
)
from seatrobot.kernel.vault.holding import process
from seatrobot.kernel.vault.keyring import Key, KeyClass, Keyring
from seatrobot.kernel.vault.keystore import DESTROYED, KeyStore, ReplicatedKeyStore
from seatrobot.kernel.vault.rootkey import FileRootKey, RootKey, decode

T = TypeVar("T")

MOST_KEYRINGS = 500
"""How many opened keyrings a process keeps, those used last."""
LONGEST_OPEN = 3600.0
"""Seconds after which an opened keyring is unwrapped again."""
FRESH_SECONDS = 20.0
"""How long what a distant key store said of a keyring counts, or an organization's key service."""
LONGEST_UNASKED = 45.0
"""How long it counts where nobody answers: below the minute that is promised."""
ASKING_SECONDS = 5.0
"""How long is waited for what another thread is just told by a key service."""
REFUSED_SECONDS = 10.0
"""After which a key service that refused, or did not answer, is asked again."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Opened:
    """version: of the wrapped keyring, as the store says. opened_at: monotonic.

    is_held: whether a key service of the organization's was asked for it.
    """

    version: str
    opened_at: float
    keyring: Keyring
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class _Written:
    """What stands on a wrapped keyring. is_held: a key service holds the organization's own key."""

    version: str
    is_locked: bool
    is_held: bool


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What a key service said, or that it did not answer, for a keyring of this version."""

    version: str
    at: float
    error: OwnKeyRefused


_keyrings: OrderedDict[UUID, _Opened] = OrderedDict()
_said: dict[UUID, tuple[float, str | None]] = {}
"""What a distant store said of each keyring, and when."""
_written: dict[UUID, _Written] = {}
_refusals: dict[UUID, _Refusal] = {}
_asking: defaultdict[UUID, Lock] = defaultdict(Lock)
"""One thread asks a key service, and the others wait for what it says."""
_changing = Lock()


@cache
def key_store() -> KeyStore:
    return configured.store_of(settings.VAULT_KEY_STORES, settings.VAULT_KEYSTORE)


@cache
def root_key() -> RootKey:
    """Return the root key; one in our own file is made where there is no keyring yet.

    Raises RootKeyMissing where there are some: another key would open none of them.
    """
    first, *before = settings.VAULT_ROOT_KEYS
    if first == f"file:{settings.VAULT_ROOT_KEY}" and not settings.VAULT_ROOT_KEY.exists():
        if keyrings := len(key_store().names()):
            raise RootKeyMissing(
                f"the root key {settings.VAULT_ROOT_KEY} is missing, and without it the {keyrings}"
                f" keyrings in {key_store().where} cannot be opened: put it back from where you"
                " keep a copy, or bring it back from its sheets with `seatrobot keys recover`"
            )
        FileRootKey(settings.VAULT_ROOT_KEY)
    return RootKey(*map(configured.holder_of, [first, *before]), held_at=configured.held_at)


_of_another_process: list[object] = []


def let_go_of_stores() -> None:
    """Have a process that was forked reach the keys by connections of its own.

    Those that it shares with the process above are kept, unused, because closing them would end
    them for both.
    """
    for known in (key_store, root_key):
        if known.cache_info().currsize:
            _of_another_process.append(known())
        known.cache_clear()
    configured.held_at.cache_clear()
    _asking.clear()  # a lock may be held by a thread that is not here


def prepare() -> None:
    """Make what is made on first use; raise remote.NotInstalled, KeysUnavailable."""
    key_store().prepare()
    root_key()


def create_keyring(organization_id: UUID) -> None:
    """Make the keys of a new organization; raise FileExistsError when it has some."""
    wrapped = Keyring.new().wrap(root_key(), organization_id.bytes)
    key_store().put(organization_id, wrapped)
    forget(organization_id)


def organizations() -> list[UUID]:
    """Return every organization that has keys, the oldest first; opens nothing."""
    return [name for name in key_store().names() if name != PLATFORM]


def settle() -> list[UUID]:
    """Finish in every replica of the key store what was destroyed in one, and make them alike.

    Return which keyrings were mended; those of a replica that is away wait for the next time.
    """
    store = key_store()
    if not isinstance(store, ReplicatedKeyStore):
        store = ReplicatedKeyStore([store])
    return store.settle(_opens_by_root)


def _opens_by_root(organization_id: UUID, content: bytes) -> bool:
    """Whether the root key opens a copy; of one that is locked, whether it has wrapped it."""
    try:
        root_key().check(content, organization_id.bytes)
    except KeyringLocked:
        return any(holder.knows(decode(content).root) for holder in root_key().holders)
    except (KeyringDamaged, RootKeyWrong):
        return False
    return True


def destroy_keyring(organization_id: UUID) -> None:
    """Make everything that was ever sealed for this organization unreadable.

    It is deleted in every replica and read back; KeyringRemains where a copy may be left.
    """
    try:
        key_store().destroy(organization_id)
    finally:
        forget(organization_id)


def exists(organization_id: UUID) -> bool:
    """Return whether the key store has a keyring at this moment, locked or not."""
    return _live(key_store().version(organization_id)) is not None


def has_keyring(organization_id: UUID) -> bool:
    """Return whether an organization has keys that open, as the store says or has said lately.

    It has none when they were destroyed, lost or damaged, and while it has locked them itself, or
    its key service refuses. Raises StoreUnreachable where the key store does not answer.
    """
    try:
        require_open(organization_id)
    except (KeyringMissing, KeyringLocked):
        return False
    except KeyringDamaged as error:
        log.error("The keyring of %s is damaged: %s", organization_id, error.cause)  # noqa: TRY400  a sentence, and its trace says no more
        return False
    return True


def require_open(organization_id: UUID) -> None:
    """Raise KeyringMissing or KeyringLocked where has_keyring says no."""
    version = _version(organization_id)
    if version is None:
        raise KeyringMissing(organization_id)
    written = _read(organization_id, version)
    if written.is_locked:
        raise KeyringLocked(organization_id)
    if written.is_held:
        _keyring(organization_id)


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
    keyring = access.keyrings.get(organization_id) or _keyring_of(access, organization_id)
    return keyring.seal(plain, place, key_class)


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
    if key_class is not None and key_class.is_restricted and key_class not in access.key_classes:
        raise KeyringRefused(f"this actor does not hold the keys of class {key_class}")
    access.opened += 1
    keyring = access.keyrings.get(organization_id) or _keyring_of(access, organization_id)
    try:
        return keyring.open(sealed, place, key_class)
    except SealBroken:
        newer = _knowing(access, organization_id, sealed, key_class)
        if newer is keyring:
            raise
    return newer.open(sealed, place, key_class)


def try_keys(
    organization_id: UUID, stranger: UUID, sealed: bytes, place: bytes, key_class: KeyClass | None
) -> tuple[bool, bool]:
    """Return whether a value opens with its organization's keys, and with a stranger's.

    For examinations: in a unit of work for the organization, which counts it as opened. Nothing of
    the value comes back. Raises KeyringMissing.
    """
    access = _check_organization(organization_id)
    access.opened += 1
    both = _knowing(access, organization_id, sealed, key_class), _keyring(stranger)
    own, other = (_opens(keyring, sealed, place, key_class) for keyring in both)
    return own, other


def examine_value(
    organization_id: UUID,
    sealed: bytes,
    place: bytes,
    key_class: KeyClass | None,
    look: Callable[[bytes], T],
) -> T:
    """Return what is seen in a value: for examinations, as `try_keys`, of any class of keys."""
    access = _check_organization(organization_id)
    access.opened += 1
    keyring = _knowing(access, organization_id, sealed, key_class)
    return look(keyring.open(sealed, place, key_class))


def reseal(
    organization_id: UUID,
    values: Iterable[tuple[bytes, bytes]],
    key_class: KeyClass | None = None,
) -> list[bytes | None]:
    """Seal values under the key of today: each a sealed value and its place, none of it shown.

    For what seals everything anew (resealing.py), of any class of keys; counts them as opened.
    None for a value that does not open at its place. Raises KeyringRefused, KeyringMissing.
    """
    access = _check_organization(organization_id)
    keyring = _keyring_of(access, organization_id)
    fresh: list[bytes | None] = []
    for sealed, place in values:
        try:
            plain = keyring.open(sealed, place, key_class)
        except SealBroken:
            fresh.append(None)
        else:
            fresh.append(keyring.seal(plain, place, key_class))
    access.opened += len(fresh)
    return fresh


def keys(organization_id: UUID) -> list[Key]:
    """Return what is known of the keys of an organization: age and algorithm, never a key."""
    return _keyring(organization_id).describe()


def change_keyring(organization_id: UUID, change: Callable[[Keyring], Keyring]) -> Keyring:
    """Store another keyring in place of one; in use from the next unit of work of each process.

    Raises KeyringChanged when another process changed it meanwhile, KeyringMissing, KeyringLocked.
    """
    version = _live(key_store().version(organization_id))
    if version is None:
        raise KeyringMissing(organization_id)
    content, root, name = key_store().get(organization_id), root_key(), organization_id.bytes
    changed = change(Keyring.unwrap(content, root, name))
    wrapped = changed.wrap(root, name, decode(content).own, root.credentials(content, name))
    key_store().replace(organization_id, wrapped, version)
    forget(organization_id)
    access = current_or_none()
    if access is not None:
        access.keyrings.pop(organization_id, None)
    return changed


def _opens(keyring: Keyring, sealed: bytes, place: bytes, key_class: KeyClass | None) -> bool:
    try:
        keyring.open(sealed, place, key_class)
    except SealBroken:
        return False
    return True


def require(organization_id: UUID) -> None:
    """Raise KeyringRefused where whoever acts may open nothing of the organization."""
    _check_organization(organization_id)


def _check_organization(organization_id: UUID) -> UnitOfWork:
    access = _own(organization_id)
    if access.by_staff:
        _refuse_staff(organization_id)
    return access


def _own(organization_id: UUID) -> UnitOfWork:
    access = current()
    if organization_id not in (access.organization_id, PLATFORM):
        raise KeyringRefused("this keyring belongs to another organization")
    return access


def _refuse_staff(organization_id: UUID) -> None:
    """Raise KeyringRefused for staff without a grant, GrantRefused for one that is not live."""
    access = current_or_none()
    if organization_id == PLATFORM or access is None or not access.by_staff:
        return
    if access.grant_id is None or access.organization_id != organization_id:
        raise KeyringRefused("staff open no organization's keyring without a live grant")
    standing.require_unless_just_asked(access)


def _knowing(
    access: UnitOfWork, organization_id: UUID, sealed: bytes, key_class: KeyClass | None
) -> Keyring:
    """Return the keyring, read again where a value was sealed under a key that is newer than it.

    A unit of work may have begun before keys were rotated, and meet what others sealed since.
    """
    keyring = _keyring_of(access, organization_id)
    if not keyring.knows(sealed, key_class):
        _said.pop(organization_id, None)  # ask a distant key store now
        keyring = access.keyrings[organization_id] = _keyring(organization_id)
    return keyring


def _keyring_of(access: UnitOfWork, organization_id: UUID) -> Keyring:
    """Ask the key store once in a unit of work, not once for each of ten thousand records."""
    keyring = access.keyrings.get(organization_id)
    if keyring is None:
        keyring = access.keyrings[organization_id] = _keyring(organization_id)
    return keyring


def _keyring(organization_id: UUID) -> Keyring:
    version = _version(organization_id)
    with _changing:
        opened = _keyrings.get(organization_id)
        if opened is not None:
            _keyrings.move_to_end(organization_id)
    if opened is not None and opened.version == version and _is_young(opened):
        return opened.keyring
    if version is not None and _read(organization_id, version).is_held:
        return _held_keyring(organization_id, version)
    with _changing:
        _keyrings.pop(organization_id, None)
    if version is None and organization_id == PLATFORM:
        _create_platform_keyring()
        version = _version(PLATFORM)
    if version is None:
        raise KeyringMissing(organization_id)
    wrapped = key_store().get(organization_id)
    keyring = Keyring.unwrap(wrapped, root_key(), organization_id.bytes)
    process.has_opened = True
    _keep(organization_id, _Opened(version, time.monotonic(), keyring))
    return keyring


def _held_keyring(organization_id: UUID, version: str) -> Keyring:
    """Return a keyring that its organization's key service opens, or has opened just before.

    Raises OwnKeyRefused at once where it refuses, and after LONGEST_UNASKED where nobody answers.
    """
    asking = _asking[organization_id]
    if not asking.acquire(timeout=ASKING_SECONDS):
        silent = OwnKeyRefused(organization_id, "its key service does not answer", is_final=False)
        return _kept_or_refused(organization_id, version, silent)
    try:
        opened = _opened(organization_id, version)
        if opened is not None and _is_young(opened):
            return opened.keyring
        said = _refusals.get(organization_id)
        if said and said.version == version and time.monotonic() - said.at < REFUSED_SECONDS:
            return _kept_or_refused(organization_id, version, said.error.again())
        try:
            return _ask(organization_id, version)
        except OwnKeyRefused as refused:
            _refusals[organization_id] = _Refusal(version, time.monotonic(), refused)
            log.error("%s", refused.cause)  # noqa: TRY400  a sentence, and its trace says no more
            return _kept_or_refused(organization_id, version, refused)
    finally:
        asking.release()


def _opened(organization_id: UUID, version: str) -> _Opened | None:
    opened = _keyrings.get(organization_id)
    return opened if opened is not None and opened.version == version else None


def _kept_or_refused(organization_id: UUID, version: str, refused: OwnKeyRefused) -> Keyring:
    """Return what was opened before, where that may still be used; raise the refusal otherwise."""
    opened = _opened(organization_id, version)
    if opened is not None and not refused.is_final and _is_kept(opened):
        return opened.keyring
    with _changing:
        _keyrings.pop(organization_id, None)
    raise refused


def _ask(organization_id: UUID, version: str) -> Keyring:
    """Have the key service open a keyring."""
    content = key_store().get(organization_id)
    keyring = Keyring.unwrap(content, root_key(), organization_id.bytes)
    _refusals.pop(organization_id, None)
    process.has_opened = True
    _keep(organization_id, _Opened(version, time.monotonic(), keyring, is_held=True))
    return keyring


def _version(organization_id: UUID) -> str | None:
    """Return the version of a wrapped keyring, None without one; StoreUnreachable after a while."""
    store = key_store()
    if store.is_near:
        return _live(store.version(organization_id))
    asked_at, said = _said.get(organization_id, (float("-inf"), None))
    age = time.monotonic() - asked_at
    if said is not None and age < FRESH_SECONDS:
        return said
    try:
        found = _live(store.version(organization_id))
    except StoreUnreachable as error:
        if said is not None and age < LONGEST_UNASKED:
            return said
        forget(organization_id)
        log.error("%s", error.cause)  # noqa: TRY400  a sentence, and its trace says no more
        raise
    _said[organization_id] = (time.monotonic(), found)
    return found


def _read(organization_id: UUID, version: str) -> _Written:
    """Return what is written on a wrapped keyring of this version; it is read once."""
    written = _written.get(organization_id)
    if written is None or written.version != version:
        wrapped = decode(key_store().get(organization_id))
        is_held = wrapped.own is not None and wrapped.own.is_held
        written = _written[organization_id] = _Written(version, wrapped.is_locked, is_held)
    return written


def _live(version: str | None) -> str | None:
    return None if version == DESTROYED else version


def _is_young(opened: _Opened) -> bool:
    longest = FRESH_SECONDS if opened.is_held else LONGEST_OPEN
    return time.monotonic() - opened.opened_at < longest


def _is_kept(opened: _Opened) -> bool:
    """Whether it may still be used where nobody answers who would open it again."""
    longest = LONGEST_UNASKED if opened.is_held else LONGEST_OPEN
    return time.monotonic() - opened.opened_at < longest


def _keep(organization_id: UUID, opened: _Opened) -> None:
    """Keep an opened keyring for the next unit of work, and drop those that are old or too many."""
    with _changing:
        _keyrings[organization_id] = opened
        for name, each in list(_keyrings.items()):
            if len(_keyrings) > MOST_KEYRINGS or not _is_kept(each):
                del _keyrings[name]
    caches.touch()


def _owners() -> list[UUID]:
    with _changing:
        return list(_keyrings)


def forget(organization_id: UUID) -> None:
    """Have the key store asked again, and the keyring opened anew, by the next unit of work."""
    with _changing:
        _keyrings.pop(organization_id, None)
        _said.pop(organization_id, None)
        _refusals.pop(organization_id, None)


def _is_alive(organization_id: UUID) -> bool:
    """Whether there are keys that open; the platform has some once it needs them.

    No key service is asked for it: what nobody has used for LONGEST_UNASKED is forgotten. A keyring
    that is damaged opens nothing, and keeps nothing of others in memory.
    """
    if organization_id == PLATFORM:
        return True
    version = _version(organization_id)
    if version is None:
        return False
    try:
        written = _read(organization_id, version)
    except KeyringDamaged:
        return False
    if written.is_held:
        opened = _keyrings.get(organization_id)
        return opened is not None and opened.version == version and _is_kept(opened)
    return not written.is_locked


caches.register("keyrings", _owners, forget)
caches.ask_by(_is_alive)


def _create_platform_keyring() -> None:
    """Make the platform's keyring, where nobody has an account that another one has sealed."""
    if get_user_model().objects.exists():
        raise PlatformKeyringMissing(
            f"the platform's keyring is not in {key_store().where}, but its database has accounts"
            " that it sealed: put the key store back that belongs to this database"
        )
    try:
        create_keyring(PLATFORM)
    except FileExistsError:
        return  # another process was first


__all__ = [
    "KeyringDamaged",
    "KeyringLocked",
    "KeyringMissing",
    "KeyringRefused",
    "OwnKeyRefused",
    "blind_index",
    "blind_indexes",
    "change_keyring",
    "create_keyring",
    "destroy_keyring",
    "exists",
    "forget",
    "has_keyring",
    "key_store",
    "keys",
    "open_sealed",
    "require",
    "require_open",
    "reseal",
    "root_key",
    "seal",
    "try_keys",
]
