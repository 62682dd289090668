"""Backups in a bucket: the contract of every store, and what only a bucket can do wrong."""

from __future__ import annotations

import io
import os

import pytest

from seatrobot.backups import bucket, stores
from seatrobot.backups.bucket import S3Store
from seatrobot.backups.stores import ForeignStore, ObjectMissing, StoreGone
from seatrobot.kernel.ids import new_id

from .conftest import REGION
from .test_buckets import new_bucket

OURS = new_id()


@pytest.fixture(autouse=True)
def instance(monkeypatch):
    monkeypatch.setattr(stores, "instance_id", lambda: OURS)


def opened(name, aws):
    return S3Store(f"s3://{name}/zone?region={REGION}&endpoint={aws}", "far")


@pytest.fixture
def store(s3_client, aws):
    return opened(new_bucket(s3_client), aws)


def put(store, key, content=b"content"):
    return store.put(key, io.BytesIO(content))


def test_an_object_is_put_listed_read_and_deleted(store):
    store.check()
    assert put(store, "base/1/cluster", b"12345") == 5
    put(store, "log/2/file")
    assert {each.key: each.size for each in store.list("base/")} == {"base/1/cluster": 5}
    assert {each.key for each in store.list(versions=False)} == {
        "base/1/cluster",
        "log/2/file",
        stores.IDENTITY,
    }
    with store.open("base/1/cluster") as body:
        assert body.read(3) + body.read() == b"12345"
    store.delete("base/1/cluster")
    store.delete("base/1/cluster")
    with pytest.raises(ObjectMissing):
        store.open("base/1/cluster")


def test_a_large_object_is_put_in_parts(store, monkeypatch):
    monkeypatch.setattr(bucket, "PART", 5 * 1024**2)
    content = os.urandom(11 * 1024**2)
    assert put(store, "base/1/cluster", content) == len(content)
    assert store.get("base/1/cluster") == content


def test_an_upload_that_ends_too_early_leaves_nothing(store, monkeypatch):
    monkeypatch.setattr(bucket, "PART", 5 * 1024**2)

    class Ends(io.BytesIO):
        def read(self, size=-1):
            if self.tell() >= 5 * 1024**2:
                raise OSError(5, "Input/output error")
            return super().read(size)

    with pytest.raises(OSError, match="Input/output"):
        store.put("base/1/cluster", Ends(bytes(9 * 1024**2)))
    assert not list(store.list())


def test_unfinished_uploads_are_seen_and_deleted(store, s3_client):
    target = {"Bucket": store.bucket, "Key": "zone/base/1/cluster"}
    s3_client.create_multipart_upload(**target)
    (left,) = store.list()
    assert (left.key, left.is_newest) == ("base/1/cluster", False)
    store.delete("base/1/cluster")
    assert not list(store.list())


def test_every_version_is_seen_and_deleted(s3_client, aws):
    name = new_bucket(s3_client)
    s3_client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    store = opened(name, aws)
    put(store, "log/1/file", b"first")
    put(store, "log/1/file", b"second")
    s3_client.delete_object(Bucket=name, Key="zone/log/1/file")
    assert len(list(store.list())) == 3
    assert not list(store.list(versions=False))
    store.delete("log/1/file")
    assert not list(store.list())


def test_a_bucket_that_locks_what_is_put_is_refused(s3_client, aws):
    name = new_bucket(s3_client, ObjectLockEnabledForBucket=True)
    s3_client.put_object_lock_configuration(
        Bucket=name,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}},
        },
    )
    with pytest.raises(StoreGone, match="locks"):
        opened(name, aws).check()


def test_what_is_not_there_or_of_another_instance_is_refused(store, aws, monkeypatch):
    with pytest.raises(StoreGone):
        opened("nobody-has-this-bucket", aws).check()
    with pytest.raises(StoreGone):
        opened(store.bucket, "http://127.0.0.1:9").check()
    store.check()
    monkeypatch.setattr(stores, "instance_id", new_id)
    with pytest.raises(ForeignStore):
        store.check()
