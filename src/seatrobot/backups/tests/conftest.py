"""Two stores and a store of keys in temporary directories."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from seatrobot.backups import configured, keys
from seatrobot.backups.making import place
from seatrobot.backups.models import Backup, Part, StoreCopy
from seatrobot.backups.packing import packed
from seatrobot.backups.stores import DirectoryStore
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.vault.keystore import DirectoryKeyStore

ACTOR = Actor.system("backups")


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    made = (DirectoryStore(tmp_path / "one", "one"), DirectoryStore(tmp_path / "two", "two"))
    for each in made:
        each.directory.mkdir()
    kept = DirectoryKeyStore(tmp_path / "keys")
    monkeypatch.setattr(configured, "_stores", lambda _urls: made)
    monkeypatch.setattr(keys, "store", lambda: kept)
    return made


@pytest.fixture
def backup(places, db):
    """Stands for a backup of one part in both stores, begun now."""
    moment = now()
    row = Backup(pk=new_id(), made_at=moment, destroy_by=moment, finished_at=moment)
    key = keys.make(row.pk)
    with acting(ACTOR):
        row.save(force_insert=True)
        for store in places:
            for part in Part:
                name = place(row.pk, part)
                content = packed(b"rows of people", key, name)
                store.put(name, open_bytes(content))
                StoreCopy.objects.create(
                    backup=row,
                    store=store.name,
                    part=part,
                    size=len(content),
                    sha256="0" * 64,
                    stored_at=moment,
                )
    return row


def open_bytes(content):
    import io

    return io.BytesIO(content)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
