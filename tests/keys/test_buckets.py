"""Keyrings in a bucket: the contract of every key store, and what only a bucket can do wrong.

That one of many that put a name at once wins is S3's promise (`If-None-Match`); moto breaks it.
"""

from __future__ import annotations

import uuid

import pytest

from seatrobot.kernel.ids import new_id
from seatrobot.kernel.vault import configured
from seatrobot.kernel.vault.errors import (
    KeyringChanged,
    KeyringMissing,
    KeyringRemains,
    StoreUnreachable,
)
from seatrobot.kernel.vault.keystore import DESTROYED, mark_of

from .conftest import REGION

WRAPPED, OTHER = b"SRK1 a wrapped keyring", b"SRK1 another wrapped keyring"


def new_bucket(client, **options):
    name = f"keys-{uuid.uuid4()}"
    client.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION}, **options
    )
    return name


@pytest.fixture
def bucket(s3_client):
    return new_bucket(s3_client)


@pytest.fixture
def store(bucket, aws, tmp_path):
    return opened(bucket, aws, tmp_path)


def opened(bucket, aws, tmp_path):
    url = f"s3://{bucket}/zone?region={REGION}&endpoint={aws}"
    configured.check_store(url)
    made = configured.store_of([url], tmp_path)
    made.prepare()
    return made


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
    store.destroy(name)
    store.destroy(name)
    assert (store.version(name), store.names(), store.destroyed()) == (
        DESTROYED,
        [second],
        {mark_of(name)},
    )
    with pytest.raises(KeyringMissing):
        store.get(name)
    with pytest.raises(FileExistsError):
        store.put(name, WRAPPED)


def test_a_version_that_is_not_the_newest_is_not_replaced(store):
    name = new_id()
    store.put(name, WRAPPED)
    version = store.version(name)
    store.replace(name, OTHER, version)
    with pytest.raises(KeyringChanged):
        store.replace(name, WRAPPED, version)
    assert store.get(name) == OTHER


def test_no_old_version_is_left_in_a_bucket_that_keeps_them(bucket, store, s3_client):
    s3_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    name = new_id()
    store.put(name, WRAPPED)
    store.replace(name, OTHER, store.version(name))
    found = s3_client.list_object_versions(Bucket=bucket, Prefix=f"zone/{name}.keyring")
    assert len(found["Versions"]) == 1
    store.destroy(name)
    found = s3_client.list_object_versions(Bucket=bucket, Prefix=f"zone/{name}.keyring")
    assert (found.get("Versions", []), found.get("DeleteMarkers", [])) == ([], [])


def test_a_copy_that_stays_is_told(bucket, store, s3_client, monkeypatch):
    s3_client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    name = new_id()
    store.put(name, WRAPPED)
    monkeypatch.setattr(type(store), "_delete_versions", lambda *_args, **_options: None)
    with pytest.raises(KeyringRemains, match=str(name)):
        store.destroy(name)


def test_a_bucket_that_locks_its_objects_is_refused(s3_client, aws, tmp_path):
    locked = new_bucket(s3_client, ObjectLockEnabledForBucket=True)
    with pytest.raises(StoreUnreachable) as refused:
        opened(locked, aws, tmp_path)
    assert "locks its objects" in refused.value.cause


def test_a_bucket_that_is_not_there_or_does_not_answer_is_named(aws, tmp_path):
    with pytest.raises(StoreUnreachable) as refused:
        opened("no-such-bucket", aws, tmp_path)
    assert "no-such-bucket" in refused.value.cause
    away = configured.store_of(["s3://keys?endpoint=http://127.0.0.1:1&region=x"], tmp_path)
    with pytest.raises(StoreUnreachable) as refused:
        away.version(new_id())
    assert "does not answer" in refused.value.cause


def test_a_replica_in_a_bucket_and_one_in_a_directory(store, tmp_path, bucket, aws):
    url = f"s3://{bucket}/zone?region={REGION}&endpoint={aws}"
    both = configured.store_of(["directory", url], tmp_path / "keystore")
    name = new_id()
    both.put(name, WRAPPED)
    both.replace(name, OTHER, both.version(name))
    assert store.get(name) == both.get(name) == OTHER
    both.destroy(name)
    assert store.version(name) == DESTROYED
