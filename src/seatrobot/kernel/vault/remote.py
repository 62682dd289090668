"""What needs a client of somebody else: keys in AWS KMS, OpenBao and PKCS#11, keyrings in S3.

The clients are not installed with the product: `requirements-keys.txt` names them, and a
configuration that needs one that is missing is refused with a sentence. Credentials come from
where each of them is usually told (AWS's own variables and files), or from a file that is read
each time, so that it may be renewed; never from our own environment.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import msgspec

from seatrobot.kernel import outgoing, tls
from seatrobot.kernel.outgoing import Limits
from seatrobot.kernel.vault.errors import (
    KeyringChanged,
    KeyringMissing,
    KeyringRemains,
    KeysUnavailable,
    RootKeyMissing,
    RootKeyRefused,
    RootKeyUnreachable,
    RootKeyWrong,
    StoreUnreachable,
)
from seatrobot.kernel.vault.keystore import DESTROYED, mark_of, whole

SECONDS = 5
HELD_SECONDS = 3
"""How long is waited for what holds an organization's own key: it is asked while a page is made."""
OK, BAD, NOT_FOUND, TOO_MANY, SERVER_ERROR, UNAVAILABLE = 200, 400, 404, 429, 500, 503
THROTTLED = {"ThrottlingException", "LimitExceededException", "RequestLimitExceeded"}
NO_LOCK = {"ObjectLockConfigurationNotFoundError", "NotImplemented"}
"""What S3 answers for a bucket that locks nothing, and what answers that knows no locks."""
LONGEST_SAID = 300
GCM_IV, GCM_TAG_BITS = 12, 128
LONGEST_ANSWER = 64 * 1024


class NotInstalled(Exception):
    """A configuration needs a client that is not installed."""


def _missing(package: str) -> NotInstalled:
    return NotInstalled(
        f"the package {package} is not installed; pip install --require-hashes"
        " -r requirements-keys.txt brings it"
    )


class Credentials(msgspec.Struct, frozen=True):
    """What a key service knows an organization by: an access key of AWS; a token, without name."""

    name: str
    secret: str


class _Aws:
    """A client of one of AWS's services.

    credentials: as whom; None: as AWS's own variables and files say.
    """

    def __init__(
        self,
        service: str,
        region: str,
        endpoint: str = "",
        credentials: Credentials | None = None,
    ) -> None:
        try:
            from botocore import exceptions, parsers
            from botocore.config import Config
            from botocore.session import get_session
        except ImportError:
            raise _missing("botocore") from None
        self.errors = exceptions
        self.malformed = (
            *(parsers.ResponseParserError, LookupError, TypeError, ValueError),
            *(AttributeError, RecursionError),
        )
        """What comes of an answer that is none of the service's."""
        self.client = get_session().create_client(
            service,
            region_name=region or None,
            endpoint_url=endpoint or None,
            aws_access_key_id=credentials.name if credentials else None,
            aws_secret_access_key=credentials.secret if credentials else None,
            config=Config(
                connect_timeout=HELD_SECONDS if credentials else SECONDS,
                read_timeout=HELD_SECONDS if credentials else SECONDS,
                retries={"total_max_attempts": 1} if credentials else {"max_attempts": 2},
            ),
        )
        self._narrow(self.client._endpoint.http_session)  # noqa: SLF001  botocore takes no context

    @staticmethod
    def _narrow(session: Any) -> None:
        """Have botocore's connections speak TLS of the profile, those through a proxy too."""
        make = session._get_ssl_context  # noqa: SLF001  see above
        session._get_ssl_context = lambda: tls.narrowed(make())  # noqa: SLF001  see above
        tls.narrowed(session._manager.connection_pool_kw["ssl_context"])  # noqa: SLF001  see above


class AwsKms:
    """A symmetric key in AWS KMS; each call is in AWS's own log (CloudTrail), with the keyring."""

    def __init__(self, url: str, credentials: Credentials | None = None) -> None:
        """`aws-kms://arn:aws:kms:REGION:ACCOUNT:key/ID`."""
        self.arn = url.removeprefix("aws-kms://")
        region = self.arn.split(":")[3] if self.arn.count(":") > 3 else ""  # noqa: PLR2004  of an ARN
        self.reference = f"aws-kms:{self.arn}"
        self.where = f"AWS KMS, {self.arn}"
        aws = _Aws("kms", region, credentials=credentials)
        self._client, self._errors = aws.client, aws.errors
        self._malformed = aws.malformed

    def knows(self, reference: str) -> bool:
        return reference == self.reference

    def encrypt(self, plain: bytes, name: bytes) -> bytes:
        with self._typed():
            answer = self._client.encrypt(
                KeyId=self.arn, Plaintext=plain, EncryptionContext=self._context(name)
            )
            return bytes(answer["CiphertextBlob"])

    def decrypt(self, sealed: bytes, name: bytes, reference: str) -> bytes:  # noqa: ARG002  its one key
        with self._typed():
            answer = self._client.decrypt(
                KeyId=self.arn, CiphertextBlob=sealed, EncryptionContext=self._context(name)
            )
            return bytes(answer["Plaintext"])

    @staticmethod
    def _context(name: bytes) -> dict[str, str]:
        return {"keyring": str(UUID(bytes=name))}

    @contextmanager
    def _typed(self) -> Iterator[None]:
        try:
            yield
        except self._errors.ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            said = f"{self.where} answers {code}"
            if code == "NotFoundException":
                raise RootKeyMissing(f"{said}: there is no such key") from error
            if code in {"InvalidCiphertextException", "IncorrectKeyException"}:
                raise RootKeyWrong(f"{said}: this key has not wrapped the keyring") from error
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", UNAVAILABLE)
            if BAD <= status < SERVER_ERROR and code not in THROTTLED:
                raise RootKeyRefused(said) from error
            raise RootKeyUnreachable(said) from error
        except self._errors.BotoCoreError as error:
            raise RootKeyUnreachable(f"{self.where} does not answer: {error}") from error
        except self._malformed as error:
            raise RootKeyRefused(f"{self.where} answers what is not KMS's") from error


class OpenBao:
    """A key of the transit engine of OpenBao or Vault; each call is in the server's audit log."""

    def __init__(self, url: str) -> None:
        """`openbao://HOST:PORT/transit/keys/NAME?token-file=PATH`; openbao+http for loopback."""
        parts = urlsplit(url)
        scheme = "http" if parts.scheme == "openbao+http" else "https"
        mount, _, self.key = parts.path.strip("/").rpartition("/keys/")
        self.mount = mount
        self.token_file = Path(parse_qs(parts.query).get("token-file", [""])[0])
        self.base = f"{scheme}://{parts.netloc}/v1/{mount}"
        self.reference = f"openbao:{parts.netloc}/{mount}/keys/{self.key}"
        self.where = f"OpenBao at {parts.netloc}, key {mount}/{self.key}"
        self._opener = urllib.request.build_opener(
            _NoRedirect,
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=tls.client_context()),
        )

    def knows(self, reference: str) -> bool:
        return reference == self.reference

    def encrypt(self, plain: bytes, name: bytes) -> bytes:
        asked = {"plaintext": _text(plain), "associated_data": _text(name)}
        with self._understood():
            return self._ask("encrypt", "ciphertext", asked).encode()

    def decrypt(self, sealed: bytes, name: bytes, reference: str) -> bytes:  # noqa: ARG002  its one key
        asked = {"ciphertext": sealed.decode(), "associated_data": _text(name)}
        with self._understood():
            return base64.b64decode(self._ask("decrypt", "plaintext", asked))

    def _ask(self, what: str, wanted: str, body: dict[str, str]) -> str:
        """Return one value of what is answered; the caller turns errors of its form."""
        headers = {"X-Vault-Token": self._token(), "Content-Type": "application/json"}
        try:
            status, content = self._send(
                f"{self.base}/{what}/{self.key}", headers, json.dumps(body).encode()
            )
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = str(error) or type(error).__name__
            raise RootKeyUnreachable(f"{self.where} does not answer: {why}") from error
        if status != OK:
            raise self._refusal(status, content)
        found = json.loads(content)["data"][wanted]
        if not isinstance(found, str):
            raise TypeError(wanted)
        return found

    @contextmanager
    def _understood(self) -> Iterator[None]:
        """Raise RootKeyRefused for an answer that is not one of a transit engine."""
        try:
            yield
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise RootKeyRefused(f"{self.where} answers what is no transit engine's") from error

    def _token(self) -> str:
        try:
            return self.token_file.read_text().strip()
        except OSError as error:
            raise RootKeyUnreachable(
                f"the token in {self.token_file} cannot be read: {error.strerror}"
            ) from error

    def _send(self, url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310  https, or loopback: the configuration is checked
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                return answer.status, answer.read(LONGEST_ANSWER)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(LONGEST_ANSWER)

    def _refusal(self, status: int, content: bytes) -> KeysUnavailable:
        try:
            said = " ".join("; ".join(json.loads(content)["errors"]).split())[:LONGEST_SAID]
        except (ValueError, LookupError, TypeError, RecursionError):
            said = ""
        said = "".join(sign if sign.isprintable() else " " for sign in said)
        sentence = f"{self.where} answers {status}" + (f": {said}" if said else "")
        if status == NOT_FOUND or "encryption key not found" in said:
            return RootKeyMissing(sentence)
        if status == BAD:
            return RootKeyWrong(f"{sentence} (this key has not wrapped the keyring)")
        if BAD < status < SERVER_ERROR and status != TOO_MANY:
            return RootKeyRefused(sentence)
        return RootKeyUnreachable(sentence)


class HeldOpenBao(OpenBao):
    """A key that an organization holds in its own OpenBao or Vault, at an address that it typed.

    So requests go where those of webhooks may go, and nowhere else (kernel/outgoing.py).
    """

    def __init__(self, url: str, credentials: Credentials) -> None:
        """`https://HOST:PORT/v1/transit/keys/NAME`, as `check_own` takes it."""
        parts = urlsplit(url)
        path = parts.path.removeprefix("/v1")
        super().__init__(f"openbao://{parts.netloc}{path}")
        self.base = f"{parts.scheme}://{parts.netloc}/v1/{self.mount}"
        self._secret = credentials.secret

    def _token(self) -> str:
        return self._secret

    def _send(self, url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        try:
            return outgoing.send(
                url,
                headers,
                body,
                Limits(LONGEST_ANSWER, step_seconds=HELD_SECONDS, whole_seconds=HELD_SECONDS),
            )
        except outgoing.BadAddress as error:
            raise RootKeyRefused(f"{self.where} is not asked: {error}") from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token goes to the server that was named, and to no other."""

    def redirect_request(self, *_args: Any, **_options: Any) -> None:
        return None


class Pkcs11:
    """An AES key in a token of hardware (or SoftHSM), used there by AES-GCM; it never leaves."""

    def __init__(self, url: str) -> None:
        """`pkcs11:token=LABEL;object=LABEL?module-path=FILE&pin-source=FILE` (RFC 7512)."""
        path, _, query = url.removeprefix("pkcs11:").partition("?")
        named = dict(each.partition("=")[::2] for each in path.split(";"))
        asked = dict(each.partition("=")[::2] for each in query.split("&"))
        self.token, self.object = unquote(named["token"]), unquote(named["object"])
        self.module = unquote(asked["module-path"])
        self.pin_file = Path(unquote(asked["pin-source"]).removeprefix("file:"))
        self.reference = f"pkcs11:{self.token}/{self.object}"
        self.where = f"the PKCS#11 token {self.token}, key {self.object}"
        try:
            import pkcs11
        except ImportError:
            raise _missing("python-pkcs11") from None
        self._pkcs11 = pkcs11
        self._lock = threading.Lock()
        self._owner = 0
        self._library: Any = None

    def knows(self, reference: str) -> bool:
        return reference == self.reference

    def encrypt(self, plain: bytes, name: bytes) -> bytes:
        vector = os.urandom(GCM_IV)
        with self._key() as key:
            return vector + bytes(key.encrypt(plain, **self._mode(vector, name)))

    def decrypt(self, sealed: bytes, name: bytes, reference: str) -> bytes:  # noqa: ARG002  its one key
        vector, rest = sealed[:GCM_IV], sealed[GCM_IV:]
        with self._key() as key:
            try:
                return bytes(key.decrypt(rest, **self._mode(vector, name)))
            except self._pkcs11.PKCS11Error as error:  # each module has an error of its own for it
                raise RootKeyWrong(
                    f"{self.where} does not open the keyring {UUID(bytes=name)}: another key, or"
                    f" one of another name, has wrapped it ({type(error).__name__})"
                ) from error

    def _mode(self, vector: bytes, name: bytes) -> dict[str, Any]:
        params = self._pkcs11.GCMParams(vector, aad=name, tag_bits=GCM_TAG_BITS)
        return {"mechanism": self._pkcs11.Mechanism.AES_GCM, "mechanism_param": params}

    @contextmanager
    def _key(self) -> Iterator[Any]:
        """Sign in to the token and find the key; one at a time, as PKCS#11 asks of one login."""
        errors = self._pkcs11.exceptions
        with self._lock:
            try:
                pin = self.pin_file.read_text().strip()
                token = self._loaded().get_token(token_label=self.token)
                session = token.open(user_pin=pin)
            except OSError as error:
                raise RootKeyUnreachable(
                    f"the PIN in {self.pin_file} cannot be read: {error.strerror}"
                ) from error
            except errors.NoSuchToken as error:
                raise RootKeyMissing(f"there is no PKCS#11 token {self.token}") from error
            except (errors.PKCS11Error, RuntimeError) as error:
                raise RootKeyUnreachable(
                    f"{self.where} refuses us ({type(error).__name__})"
                ) from error
            with session:
                try:
                    key = session.get_key(
                        label=self.object, object_class=self._pkcs11.ObjectClass.SECRET_KEY
                    )
                except errors.NoSuchKey as error:
                    raise RootKeyMissing(f"{self.where} is not there") from error
                yield key

    def _loaded(self) -> Any:
        """Return the module's library, initialized in this process: a fork needs it anew."""
        if self._library is None:
            self._library = self._pkcs11.lib(self.module)
        elif self._owner != os.getpid():
            self._library.reinitialize()
        self._owner = os.getpid()
        return self._library


class BucketKeyStore:
    """Objects in a bucket of S3, or of what speaks its protocol.

    A bucket that keeps old versions is emptied of all versions of a keyring that is destroyed;
    one that locks them is refused by `prepare`.
    """

    is_near = False

    def __init__(self, url: str) -> None:
        """`s3://BUCKET/PREFIX?region=REGION&endpoint=https://HOST`."""
        parts = urlsplit(url)
        asked = parse_qs(parts.query)
        self.bucket, self.prefix = parts.netloc, parts.path.strip("/")
        self.where = f"the bucket {self.bucket}" + (f"/{self.prefix}" if self.prefix else "")
        endpoint = asked.get("endpoint", [""])[0]
        aws = _Aws("s3", asked.get("region", [""])[0], endpoint)
        self._client, self._errors = aws.client, aws.errors

    def prepare(self) -> None:
        """Raise StoreUnreachable where the bucket is not there, or keeps what is deleted."""
        with self._typed():
            try:
                self._client.head_bucket(Bucket=self.bucket)
            except self._errors.ClientError as error:
                code = error.response.get("Error", {}).get("Code", "")
                raise StoreUnreachable(f"{self.where} cannot be used ({code})") from error
            try:
                found = self._client.get_object_lock_configuration(Bucket=self.bucket)
            except self._errors.ClientError as error:
                code = error.response.get("Error", {}).get("Code", "")
                if code in NO_LOCK:
                    return
                raise StoreUnreachable(
                    f"{self.where} does not say whether it locks its objects ({code})"
                ) from error
            if found.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled":
                raise StoreUnreachable(
                    f"{self.where} locks its objects, so no keyring could be destroyed in it"
                )

    def put(self, name: UUID, wrapped: bytes) -> None:
        if self._state(self._mark(name)) is not None:
            raise FileExistsError(name)
        with self._typed(taken=name):
            self._client.put_object(
                Bucket=self.bucket, Key=self._path(name), Body=wrapped, IfNoneMatch="*"
            )

    def replace(self, name: UUID, wrapped: bytes, version: str) -> None:
        with self._typed(changed=name):
            self._client.put_object(
                Bucket=self.bucket, Key=self._path(name), Body=wrapped, IfMatch=version
            )
        self._delete_versions(self._path(name), but_newest=True)

    def get(self, name: UUID) -> bytes:
        with self._typed(missing=name):
            answer = self._client.get_object(Bucket=self.bucket, Key=self._path(name))
            return whole(answer["Body"].read(), name, self.where)

    def version(self, name: UUID) -> str | None:
        found = self._state(self._path(name))
        if found is not None:
            return found
        return DESTROYED if self._state(self._mark(name)) is not None else None

    def names(self) -> list[UUID]:
        return sorted(map(UUID, self._stems(".keyring")))

    def destroyed(self) -> set[str]:
        return set(self._stems(".destroyed"))

    def destroy(self, name: UUID) -> None:
        with self._typed():
            self._client.put_object(Bucket=self.bucket, Key=self._mark(name), Body=b"")
            self._client.delete_object(Bucket=self.bucket, Key=self._path(name))
        self._delete_versions(self._path(name))
        if self.version(name) != DESTROYED or any(self._versions(self._path(name))):
            raise KeyringRemains(f"the keyring {name} is still in {self.where}")

    def _state(self, key: str) -> str | None:
        try:
            with self._typed():
                answer = self._client.head_object(Bucket=self.bucket, Key=key)
        except _NoSuchObject:
            return None
        return str(answer["ETag"])

    def _stems(self, suffix: str) -> Iterator[str]:
        with self._typed():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self._key("")
            )
            for page in pages:
                for each in page.get("Contents", []):
                    file = each["Key"].rpartition("/")[2]
                    if file.endswith(suffix):
                        yield file.removesuffix(suffix)

    def _versions(self, key: str) -> Iterator[dict[str, Any]]:
        """Give every version of an object, and every marker of a deletion; the newest first."""
        with self._typed():
            pages = self._client.get_paginator("list_object_versions").paginate(
                Bucket=self.bucket, Prefix=key
            )
            for page in pages:
                for each in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
                    if each["Key"] == key:
                        yield each

    def _delete_versions(self, key: str, *, but_newest: bool = False) -> None:
        for each in list(self._versions(key)):
            if but_newest and each["IsLatest"]:
                continue
            with self._typed():
                self._client.delete_object(Bucket=self.bucket, Key=key, VersionId=each["VersionId"])

    def _path(self, name: UUID) -> str:
        return self._key(f"{name}.keyring")

    def _mark(self, name: UUID) -> str:
        return self._key(f"{mark_of(name)}.destroyed")

    def _key(self, file: str) -> str:
        return f"{self.prefix}/{file}" if self.prefix else file

    @contextmanager
    def _typed(
        self,
        *,
        taken: UUID | None = None,
        changed: UUID | None = None,
        missing: UUID | None = None,
    ) -> Iterator[None]:
        try:
            yield
        except self._errors.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in {"PreconditionFailed", "412", "ConditionalRequestConflict"}:
                if taken:
                    raise FileExistsError(taken) from None
                raise KeyringChanged(f"the keyring {changed} was replaced meanwhile") from error
            if code in {"NoSuchKey", "404"}:
                if changed:
                    raise KeyringChanged(f"the keyring {changed} is gone") from error
                raise (KeyringMissing(missing) if missing else _NoSuchObject()) from error
            raise StoreUnreachable(f"{self.where} answers {code}") from error
        except self._errors.BotoCoreError as error:
            raise StoreUnreachable(f"{self.where} does not answer: {error}") from error


class _NoSuchObject(Exception):
    """There is no object of this name in the bucket."""


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
