"""What every key store does, in a directory, in a PostgreSQL of its own, and in both at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import psycopg
import pytest

import seatrobot
from seatrobot.kernel import keyfiles
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.vault import configured, keystore
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import (
    KeyringChanged,
    KeyringDamaged,
    KeyringMissing,
    KeyringRemains,
    StoreUnreachable,
)
from seatrobot.kernel.vault.keystore import (
    DESTROYED,
    DirectoryKeyStore,
    ReplicatedKeyStore,
    mark_of,
)
from seatrobot.runtime.postgres import ADMINISTRATOR

KINDS = ["directory", "postgresql", "replicated"]
WRAPPED, OTHER = b"SRK1 a wrapped keyring", b"SRK1 another wrapped keyring"


@pytest.fixture(scope="module")
def database(postgres):
    """The address of a database that holds keys alone."""
    with psycopg.connect(postgres.url(ADMINISTRATOR, "postgres"), autocommit=True) as superuser:
        superuser.execute("CREATE DATABASE keys")
    yield postgres.url(ADMINISTRATOR, "keys")
    with psycopg.connect(postgres.url(ADMINISTRATOR, "postgres"), autocommit=True) as superuser:
        superuser.execute("DROP DATABASE keys WITH (FORCE)")


@pytest.fixture
def store(request, tmp_path, database):
    urls = {
        "directory": ["directory"],
        "postgresql": [database],
        "replicated": [database, "directory", f"directory:{tmp_path / 'third'}"],
    }[request.param]
    made = configured.store_of(urls, tmp_path / "keystore")
    made.prepare()
    made.prepare()
    yield made
    for each in getattr(made, "stores", [made]):
        if hasattr(each, "_pool"):
            each._run("DELETE FROM keyring")
            each._run("DELETE FROM destroyed_keyring")
            each._pool.close()


each_kind = pytest.mark.parametrize("store", KINDS, indirect=True)


@each_kind
def test_a_keyring_is_kept_replaced_and_destroyed(store):
    name, second = new_id(), new_id()
    assert store.version(name) is None
    with pytest.raises(KeyringMissing):
        store.get(name)
    store.put(name, WRAPPED)
    store.put(second, WRAPPED)
    assert (store.get(name), store.names()) == (WRAPPED, [name, second])
    with pytest.raises(FileExistsError):
        store.put(name, OTHER)

    version = store.version(name)
    store.replace(name, OTHER, version)
    assert store.get(name) == OTHER
    assert store.version(name) != version
    with pytest.raises(KeyringChanged):
        store.replace(name, WRAPPED, version)
    assert store.get(name) == OTHER

    store.destroy(name)
    store.destroy(name)
    assert store.version(name) == DESTROYED
    assert (store.names(), store.destroyed()) == ([second], {mark_of(name)})
    with pytest.raises(KeyringMissing):
        store.get(name)
    with pytest.raises(KeyringChanged):
        store.replace(name, WRAPPED, version)
    with pytest.raises(FileExistsError):  # a name never comes back
        store.put(name, WRAPPED)


@each_kind
def test_one_of_many_that_put_a_name_at_once_wins(store):
    name = new_id()

    def put(number):
        try:
            store.put(name, WRAPPED + bytes([number]))
        except FileExistsError:
            return None
        return number

    with ThreadPoolExecutor(8) as threads:
        won = [each for each in threads.map(put, range(8)) if each is not None]
    assert len(won) == 1
    assert store.get(name) == WRAPPED + bytes(won)


@each_kind
def test_one_of_many_that_replace_a_version_wins(store):
    name = new_id()
    store.put(name, WRAPPED)
    version = store.version(name)

    def replace(number):
        try:
            store.replace(name, OTHER + bytes([number]), version)
        except KeyringChanged:
            return None
        return number

    with ThreadPoolExecutor(8) as threads:
        won = [each for each in threads.map(replace, range(8)) if each is not None]
    assert len(won) == 1
    assert store.get(name) == OTHER + bytes(won)


def test_the_bytes_of_a_destroyed_keyring_leave_the_database(database, tmp_path, postgres):
    store = configured.store_of([database], tmp_path)
    store.prepare()
    name, mark = new_id(), b"SRK1 only in this keyring"
    store.put(name, mark)
    with psycopg.connect(database, autocommit=True) as superuser:
        assert mark in table(superuser, postgres)
        store.destroy(name)
        assert mark not in table(superuser, postgres)
    store._pool.close()


def table(superuser, postgres):
    """Return the file of the table as it is on the disk."""
    superuser.execute("CHECKPOINT")
    (file,) = superuser.execute("SELECT pg_relation_filepath('keyring')").fetchone()
    return (postgres.cluster / file).read_bytes()


def test_keys_are_not_kept_in_the_database_of_the_service(postgres, django_db_setup, tmp_path):
    store = configured.store_of([postgres.url(ADMINISTRATOR)], tmp_path)
    with pytest.raises(StoreUnreachable) as refused:
        store.prepare()
    assert "kept apart" in refused.value.cause
    store._pool.close()


def test_a_store_that_does_not_answer_is_named(tmp_path):
    store = configured.store_of(["postgresql://keys@localhost:1/keys"], tmp_path)
    with pytest.raises(StoreUnreachable) as refused:
        store.version(new_id())
    assert "localhost" in refused.value.cause
    store._pool.close()


def test_a_half_written_keyring_is_named(tmp_path):
    store = DirectoryKeyStore(tmp_path)
    name = new_id()
    (tmp_path / f"{name}.keyring").write_bytes(b"SRK")
    with pytest.raises(KeyringDamaged) as refused:
        store.get(name)
    assert str(name) in refused.value.cause


class Away(DirectoryKeyStore):
    """A replica that can be away."""

    is_away = False

    def _reachable(self):
        if self.is_away:
            raise StoreUnreachable(f"{self.where} is away")
        return super()._reachable()


@pytest.fixture
def replicas(tmp_path):
    return Away(tmp_path / "a"), Away(tmp_path / "b")


@pytest.fixture
def replicated(replicas):
    """Both replicas, the store over them, and the name of a keyring that it has."""
    store, name = ReplicatedKeyStore(replicas), new_id()
    store.put(name, WRAPPED)
    return *replicas, store, name


def test_a_destroyed_keyring_stays_destroyed_when_a_replica_comes_back(replicas):
    _, two = replicas
    store = ReplicatedKeyStore(replicas)
    name, kept = new_id(), new_id()
    store.put(name, WRAPPED)
    store.put(kept, WRAPPED)
    two.is_away = True
    with pytest.raises(KeyringRemains, match="is away"):
        store.destroy(name)
    assert store.get(kept) == WRAPPED
    two.is_away = False
    assert two.version(name) not in (None, DESTROYED)  # its bytes are still there
    assert store.version(name) == DESTROYED
    assert (store.names(), store.destroyed()) == ([kept], {mark_of(name)})
    with pytest.raises(KeyringMissing):
        store.get(name)

    assert store.settle() == [name]
    assert two.version(name) == DESTROYED
    assert store.settle() == []
    assert store.get(kept) == WRAPPED


def test_what_one_replica_lacks_comes_from_the_other(replicated):
    one, two, store, name = replicated
    (one._directory / f"{name}.keyring").unlink()
    assert store.get(name) == WRAPPED
    assert store.settle() == [name]
    assert one.get(name) == WRAPPED
    one.is_away = two.is_away = True
    with pytest.raises(StoreUnreachable):
        store.get(name)
    with pytest.raises(StoreUnreachable):
        store.names()


def test_replicas_that_a_failed_replace_left_different_are_made_alike(replicated, monkeypatch):
    one, two, store, name = replicated

    def fails(*_arguments):
        raise StoreUnreachable("it went away in this moment")

    with monkeypatch.context() as patch, pytest.raises(StoreUnreachable):
        patch.setattr(two, "replace", fails)
        store.replace(name, OTHER, store.version(name))
    assert (one.get(name), two.get(name)) == (OTHER, WRAPPED)
    assert store.settle() == [name]
    assert (one.get(name), two.get(name)) == (OTHER, OTHER)
    assert store.settle() == []


def test_a_copy_that_the_root_key_does_not_open_replaces_none(replicated):
    one, two, store, name = replicated
    one.replace(name, OTHER, one.version(name))  # as from an old backup
    assert store.settle(lambda _name, content: content == WRAPPED) == [name]
    assert (one.get(name), two.get(name)) == (WRAPPED, WRAPPED)
    two.replace(name, OTHER, two.version(name))
    assert store.settle(lambda _name, _content: False) == []
    (two._directory / f"{name}.keyring").write_bytes(b"SRK")
    assert store.settle() == [name]
    assert two.get(name) == WRAPPED


def test_nothing_is_replaced_while_a_replica_is_away_or_lacks_it(replicated):
    one, two, store, name = replicated
    two.is_away = True
    with pytest.raises(StoreUnreachable):
        store.replace(name, OTHER, store.version(name))
    two.is_away = False
    (two._directory / f"{name}.keyring").unlink()
    with pytest.raises(StoreUnreachable):
        store.replace(name, OTHER, store.version(name))
    assert one.get(name) == WRAPPED


def test_drafts_of_a_killed_process_go_with_the_keyring(tmp_path):
    store = DirectoryKeyStore(tmp_path)
    name, other = new_id(), new_id()
    for each in (name, other):
        store.put(each, WRAPPED)
        for draft in (f".{each}.keyring.0a", f"..{each}.keyring.0a.0b"):
            (tmp_path / draft).write_bytes(WRAPPED)
    store.destroy(name)
    left = [path.name for path in tmp_path.iterdir() if path.read_bytes() == WRAPPED]
    assert len(left) == 3
    assert all(str(other) in each for each in left)


def test_what_was_being_destroyed_is_destroyed(tmp_path):
    """As where a process is killed after it has written the mark."""
    store = DirectoryKeyStore(tmp_path)
    name = new_id()
    store.put(name, WRAPPED)
    keyfiles.create(tmp_path / f"{mark_of(name)}.destroyed", b"")
    assert store.version(name) == DESTROYED
    with pytest.raises(KeyringMissing):
        store.get(name)
    assert ReplicatedKeyStore([store]).settle() == [name]
    assert not any(str(name) in path.name for path in tmp_path.iterdir())


def test_nobody_puts_while_another_destroys(tmp_path):
    store = DirectoryKeyStore(tmp_path)
    name = new_id()
    with ThreadPoolExecutor(1) as threads:
        with store._changing():
            put = threads.submit(store.put, name, WRAPPED)
            wait([put], timeout=0.5)
            keyfiles.create(tmp_path / f"{mark_of(name)}.destroyed", b"")
        with pytest.raises(FileExistsError):
            put.result(10)


def test_a_database_that_lets_wait_is_given_up_but_not_while_it_deletes(
    database, tmp_path, monkeypatch
):
    monkeypatch.setattr(keystore, "STATEMENT_SECONDS", 0.2, raising=False)
    store = configured.store_of([database], tmp_path)
    store.prepare()
    name = new_id()
    store.put(name, WRAPPED)
    with psycopg.connect(database) as other, ThreadPoolExecutor(1) as threads:
        other.execute("LOCK TABLE keyring")
        asked = threads.submit(store.version, name)
        try:
            with pytest.raises(StoreUnreachable):
                asked.result(10)
        finally:
            other.rollback()
        other.execute("SELECT FROM keyring")
        destroyed = threads.submit(store.destroy, name)
        wait([destroyed], timeout=0.6)
        assert not destroyed.done()
        other.rollback()
        destroyed.result(10)
    assert store._run("SHOW statement_timeout") == [("200ms",)]
    with store._connected() as connection:
        told = connection.info.get_parameters()
    assert told.keys() >= {"tcp_user_timeout", "keepalives_idle"}
    store._run("DELETE FROM destroyed_keyring")
    store._pool.close()


@pytest.fixture
def distant(monkeypatch, tmp_path):
    """The vault on a store that is not asked each time."""
    store = Away(tmp_path / "keystore")
    store.is_near = False
    monkeypatch.setattr(vault, "key_store", lambda: store)
    monkeypatch.setattr(vault, "_keyrings", OrderedDict())
    monkeypatch.setattr(vault, "_said", {})
    return store


def later(monkeypatch, seconds):
    moment = time.monotonic() + seconds
    monkeypatch.setattr(vault.time, "monotonic", lambda: moment)


def test_a_distant_store_is_asked_again_after_a_while(distant, monkeypatch):
    name = new_id()
    vault.create_keyring(name)
    vault.blind_index(name, "x")
    distant.destroy(name)
    assert vault.blind_index(name, "x")
    later(monkeypatch, vault.FRESH_SECONDS)
    with pytest.raises(KeyringMissing):
        vault.blind_index(name, "x")
    assert vault.FRESH_SECONDS < vault.LONGEST_UNASKED < 60


def test_keys_are_closed_when_the_store_cannot_be_asked_for_long(distant, monkeypatch):
    name = new_id()
    vault.create_keyring(name)
    vault.blind_index(name, "x")
    distant.is_away = True
    later(monkeypatch, vault.FRESH_SECONDS + 1)
    assert vault.blind_index(name, "x")
    later(monkeypatch, vault.LONGEST_UNASKED)
    with pytest.raises(StoreUnreachable):
        vault.blind_index(name, "x")
    assert name not in vault._keyrings
    distant.is_away = False
    assert vault.blind_index(name, "x")


OPENING = """
import sys, time, uuid
from seatrobot.kernel.vault import services as vault
import django
django.setup()
vault.FRESH_SECONDS = 2
name = uuid.UUID(sys.argv[1])
vault.blind_index(name, "x")
print("open", flush=True)
deadline = time.monotonic() + 60
while time.monotonic() < deadline:
    try:
        vault.blind_index(name, "x")
    except vault.KeyringMissing:
        print("closed", flush=True)
        break
    time.sleep(0.05)
"""


def test_a_destroyed_keyring_is_unusable_in_other_processes(database, tmp_path, monkeypatch):
    """Two processes that hold it open, on a PostgreSQL of its own; FRESH_SECONDS made short."""
    store = configured.store_of([database], tmp_path)
    store.prepare()
    monkeypatch.setattr(vault, "key_store", lambda: store)
    name = new_id()
    vault.create_keyring(name)
    env = {"SEATROBOT_KEY_STORE": database, "PYTHONPATH": str(Path(seatrobot.__file__).parents[1])}
    processes = [
        subprocess.Popen(
            [sys.executable, "-P", "-c", OPENING, str(name)],
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        assert [each.stdout.readline() for each in processes] == ["open\n"] * 2
        begun = time.monotonic()
        vault.destroy_keyring(name)
        assert [each.stdout.readline() for each in processes] == ["closed\n"] * 2
        assert time.monotonic() - begun < 60
    finally:
        for each in processes:
            each.kill()
            each.communicate()
        store._pool.close()
