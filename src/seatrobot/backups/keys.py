"""Keys of backups: one for each backup and for each day of log, wrapped by the root key.

They are in a store of keys of their own (`SEATROBOT_BACKUP_KEYS`, addresses as for
`SEATROBOT_KEY_STORE`), never in a store of backups and in no backup: destroying a key destroys what
it has encrypted, whatever a bucket, a copy or an old disk still holds of it.
"""

from __future__ import annotations

from functools import cache
from uuid import UUID

from django.conf import settings

from seatrobot.kernel.vault import configured
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import KeyringChanged
from seatrobot.kernel.vault.keystore import KeyStore, ReplicatedKeyStore, has
from seatrobot.kernel.vault.rootkey import decode
from seatrobot.kernel.vault.streaming import StreamKey


@cache
def store() -> KeyStore:
    """Return where the keys of backups are: by default `backups/keys/` of the data directory."""
    return configured.store_of(settings.BACKUP_KEYS, settings.CONFIG.data / "backups" / "keys")


def make(name: UUID) -> StreamKey:
    """Make the key of a new backup or day of log, and keep it wrapped before it is used."""
    key = StreamKey.new()
    store().put(name, key.wrapped(name, vault.root_key()))
    return key


def load(name: UUID) -> StreamKey:
    """Return a key; raises KeyringMissing where it was destroyed, and what the root key does."""
    return StreamKey.unwrapped(store().get(name), name, vault.root_key())


def exists(name: UUID) -> bool:
    return has(store(), name)


def destroy(name: UUID) -> None:
    """Destroy a key in every replica and read back; KeyringRemains where a copy is left."""
    if exists(name):
        store().destroy(name)


def settle() -> None:
    """Finish destructions in replicas that were away; wrap by the present root key.

    A rotation of the root key wraps the keyrings of organizations; this wraps those of backups.
    """
    place, root = store(), vault.root_key()
    if isinstance(place, ReplicatedKeyStore):
        place.settle()
    for name in place.names():
        version = place.version(name)
        content = place.get(name)
        if version and decode(content).root != root.reference:
            try:
                place.replace(name, root.rewrap(content, name.bytes), version)
            except KeyringChanged:
                continue
