"""Directories as stores: whole objects, whose they are, and what they refuse."""

from __future__ import annotations

import io

import pytest

from seatrobot.backups import stores
from seatrobot.backups.stores import (
    DirectoryStore,
    ForeignStore,
    ObjectMissing,
    StoreError,
    StoreGone,
)
from seatrobot.kernel.ids import new_id


def put(store, key, content=b"content"):
    return store.put(key, io.BytesIO(content))


def test_an_object_is_put_listed_read_and_deleted(places):
    store, _ = places
    assert put(store, "base/1/cluster", b"12345") == 5
    put(store, "log/2/file")
    assert {each.key: each.size for each in store.list()} == {"base/1/cluster": 5, "log/2/file": 7}
    assert [each.key for each in store.list("log/")] == ["log/2/file"]
    assert [each.key for each in store.list("log/2/fi")] == ["log/2/file"]
    assert store.get("base/1/cluster") == b"12345"
    store.delete("base/1/cluster")
    store.delete("base/1/cluster")
    with pytest.raises(ObjectMissing):
        store.open("base/1/cluster")
    assert not (store.directory / "base").exists()


def test_an_object_that_is_not_written_whole_is_not_there(places):
    store, _ = places

    class Ends(io.BytesIO):
        def read(self, size=-1):
            raise OSError(28, "No space left on device")

    with pytest.raises(StoreGone, match="No space left"):
        store.put("base/1/cluster", Ends())
    assert not list(store.list())


@pytest.mark.parametrize("key", ["../other", "base/../../other", "/etc/passwd"])
def test_no_name_leads_out_of_a_store(places, key):
    with pytest.raises(StoreError):
        put(places[0], key)


def test_a_store_that_is_not_there_is_not_made(tmp_path):
    store = DirectoryStore(tmp_path / "not-mounted", "disk")
    for act in (store.check, lambda: put(store, "log/1/file"), lambda: list(store.list())):
        with pytest.raises(StoreGone):
            act()
    assert not (tmp_path / "not-mounted").exists()


def test_a_store_of_another_instance_is_refused(places, monkeypatch):
    store, _ = places
    store.check()
    store.check()
    monkeypatch.setattr(stores, "instance_id", new_id)
    with pytest.raises(ForeignStore, match="another instance"):
        store.check()
    put(store, stores.IDENTITY, b"no identity")
    with pytest.raises(ForeignStore):
        store.check()


def test_a_store_that_gives_other_bytes_is_refused(places, monkeypatch):
    store, _ = places
    store.check()
    monkeypatch.setattr(DirectoryStore, "put", lambda _self, _key, _stream: 32)
    with pytest.raises(StoreError):
        store.check()
