"""A bucket of S3, or of what speaks its protocol, as a store of backups.

Everything is read and deleted with all of its versions. A bucket that locks its objects for longer
than backups are kept cannot destroy them; `check` refuses it.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qs, urlsplit

from seatrobot.backups.stores import ObjectMissing, Store, StoredObject, StoreGone
from seatrobot.kernel.vault.remote import NO_LOCK, Aws

PART = 16 * 1024 * 1024
"""Bytes of one part of a large object; S3 takes 10,000 parts."""


class S3Store(Store):
    """`s3://BUCKET/PREFIX?region=REGION&endpoint=https://HOST`."""

    def __init__(self, url: str, name: str) -> None:
        parts = urlsplit(url)
        asked = parse_qs(parts.query)
        self.name = name
        self.bucket, self.prefix = parts.netloc, parts.path.strip("/")
        self.endpoint = asked.get("endpoint", [""])[0]
        self.where = f"the bucket {self.bucket}" + (f"/{self.prefix}" if self.prefix else "")
        aws = Aws("s3", asked.get("region", [""])[0], self.endpoint)
        self._client, self._errors = aws.client, aws.errors

    def check(self) -> None:
        with self._typed():
            try:
                found = self._client.get_object_lock_configuration(Bucket=self.bucket)
            except self._errors.ClientError as error:
                if str(error.response.get("Error", {}).get("Code", "")) not in NO_LOCK:
                    raise
            else:
                if found.get("ObjectLockConfiguration", {}).get("Rule"):
                    raise StoreGone(
                        f"{self.where} locks every object, so no backup could be destroyed on its"
                        " date"
                    )
        super().check()

    def put(self, key: str, stream: BinaryIO) -> int:
        first = stream.read(PART)
        with self._typed():
            if len(first) < PART:
                self._client.put_object(Bucket=self.bucket, Key=self._key(key), Body=first)
                return len(first)
            return self._put_parts(self._key(key), first, stream)

    def _put_parts(self, name: str, first: bytes, stream: BinaryIO) -> int:
        target = {"Bucket": self.bucket, "Key": name}
        upload = self._client.create_multipart_upload(**target)["UploadId"]
        done: list[dict[str, Any]] = []
        size, piece = 0, first
        try:
            while piece:
                number = len(done) + 1
                answer = self._client.upload_part(
                    **target, UploadId=upload, PartNumber=number, Body=piece
                )
                done.append({"PartNumber": number, "ETag": answer["ETag"]})
                size += len(piece)
                piece = stream.read(PART)
            self._client.complete_multipart_upload(
                **target, UploadId=upload, MultipartUpload={"Parts": done}
            )
        except BaseException:
            with suppress(Exception):
                self._client.abort_multipart_upload(**target, UploadId=upload)
            raise
        return size

    def open(self, key: str) -> BinaryIO:
        with self._typed(key):
            answer = self._client.get_object(Bucket=self.bucket, Key=self._key(key))
        return cast("BinaryIO", _Body(answer["Body"], self))

    def list(self, prefix: str = "", *, versions: bool = True) -> Iterator[StoredObject]:
        kind = "list_object_versions" if versions else "list_objects_v2"
        with self._typed():
            pages = self._client.get_paginator(kind).paginate(
                Bucket=self.bucket, Prefix=self._key(prefix)
            )
            for page in pages:
                for each in page.get("Contents", []):
                    yield self._described(each)
                for each in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                    yield self._described(each)
            if versions:
                yield from self._unfinished(prefix)

    def _unfinished(self, prefix: str) -> Iterator[StoredObject]:
        """Give uploads that nobody has finished: their parts are kept, too."""
        found = self._client.list_multipart_uploads(Bucket=self.bucket, Prefix=self._key(prefix))
        for each in found.get("Uploads", []):
            key = self._relative(each["Key"])
            version = f"upload {each['UploadId']}"
            yield StoredObject(key, 0, each["Initiated"], version, is_newest=False)

    def delete(self, key: str) -> None:
        for each in builtins.list(self.list(key)):
            if each.key != key:
                continue
            target = {"Bucket": self.bucket, "Key": self._key(key)}
            with self._typed():
                if each.version.startswith("upload "):
                    upload = each.version.removeprefix("upload ")
                    self._client.abort_multipart_upload(**target, UploadId=upload)
                elif each.version:
                    self._client.delete_object(**target, VersionId=each.version)
                else:
                    self._client.delete_object(**target)

    def free(self) -> int | None:
        return None

    def place(self) -> str:
        return f"bucket {self.endpoint} {self.bucket}"

    def _described(self, each: dict[str, Any]) -> StoredObject:
        return StoredObject(
            self._relative(each["Key"]),
            each.get("Size", 0),
            each["LastModified"],
            str(each.get("VersionId", "")),
            each.get("IsLatest", True),
        )

    def _key(self, key: str) -> str:
        return f"{self.prefix}/{key}" if self.prefix else key

    def _relative(self, name: str) -> str:
        return name[len(self.prefix) + 1 :] if self.prefix else name

    @contextmanager
    def _typed(self, key: str = "") -> Iterator[None]:
        try:
            yield
        except self._errors.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if key and code in {"NoSuchKey", "404"}:
                raise ObjectMissing(f"{self.where} has no {key}") from error
            raise StoreGone(f"{self.where} answers {code}") from error
        except (self._errors.BotoCoreError, self._errors.HTTPClientError) as error:
            raise StoreGone(f"{self.where} does not answer: {error}") from error


class _Body:
    """The body of an answer as a stream that raises StoreGone where it ends too early."""

    def __init__(self, body: Any, store: S3Store) -> None:
        self._body = body
        self._store = store

    def read(self, size: int = -1) -> bytes:
        with self._store._typed():  # noqa: SLF001  the same store
            return cast("bytes", self._body.read(size if size >= 0 else None))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self._body.close()

    def __enter__(self) -> _Body:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
