"""The root key and the key store that the configuration names, as addresses.

A root key:

* `file:PATH`
* `aws-kms://arn:aws:kms:REGION:ACCOUNT:key/ID`
* `openbao://HOST:PORT/transit/keys/NAME?token-file=PATH`: OpenBao's or Vault's transit engine
* `pkcs11:token=LABEL;object=LABEL?module-path=FILE&pin-source=FILE`: a token (RFC 7512);
  `&x-places=PATH:PATH` names what its module writes, such as the tokens of SoftHSM

A key store, or several with blanks between them, which are replicas then:

* `directory`: `keystore/` in the data directory; `directory:PATH`: another one
* `postgresql://USER@HOST:PORT/NAME?passfile=PATH&sslmode=verify-full`: a database of its own
* `s3://BUCKET/PREFIX?region=REGION&endpoint=https://HOST`: S3, or what speaks its protocol
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import msgspec
from django.conf import settings
from django.utils.translation import gettext as _

from seatrobot.kernel import outgoing, tls
from seatrobot.kernel.vault import remote
from seatrobot.kernel.vault.errors import RootKeyRefused, RootKeyUnreachable
from seatrobot.kernel.vault.keystore import (
    DirectoryKeyStore,
    KeyStore,
    PostgresKeyStore,
    ReplicatedKeyStore,
)
from seatrobot.kernel.vault.rootkey import FileHolder, Holder

AWS = "aws-kms://"
HTTPS, HTTP, BAO = 443, 80, 8200
PKCS11_NEEDS = ("token=", "object=", "module-path=", "pin-source=")
LIBPQ_FILES = ("passfile", "sslrootcert", "sslcert", "sslkey", "sslcrl")
AWS_FILES = ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_CA_BUNDLE")


class Misconfigured(ValueError):
    """An address names no root key, or no key store; the message is a sentence about it."""


ARN = re.compile(
    r"arn:(aws|aws-cn|aws-us-gov|aws-eusc):kms:[a-z]{2,4}(-[a-z]{2,12}){1,3}-[0-9]{1,2}:[0-9]{12}"
    r":key/[0-9a-z-]{8,64}"
)
"""A key that an organization may name: the region becomes a part of a host's name."""
TRANSIT = re.compile(r"/v1(/[A-Za-z0-9_-]{1,64}){1,4}/keys/[A-Za-z0-9._-]{1,128}")
MOST_CLIENTS = 64

HOLDERS: Mapping[str, Callable[[str], Holder]] = {
    "file": lambda url: FileHolder(Path(url.removeprefix("file:"))),
    "aws-kms": remote.AwsKms,
    "openbao": remote.OpenBao,
    "openbao+http": remote.OpenBao,
    "pkcs11": remote.Pkcs11,
}
STORES = ("directory", "postgresql", "s3")


def holder_of(url: str) -> Holder:
    """Return what holds a root key; raise remote.NotInstalled, or RootKeyMissing for a file."""
    return HOLDERS[_scheme(url)](url)


@lru_cache(maxsize=MOST_CLIENTS)
def held_at(address: str, credentials: bytes) -> Holder:
    """Return what holds an organization's own key, as `own_address` has named it.

    credentials: `remote.Credentials` in JSON. Raises RootKeyRefused where this service may not ask.
    """
    known = msgspec.json.decode(credentials, type=remote.Credentials)
    try:
        own_address(address.removeprefix(AWS))
        if address.startswith(AWS):
            return remote.AwsKms(address, known)
        return remote.HeldOpenBao(address, known)
    except Misconfigured as error:
        raise RootKeyRefused(f"{address} is not asked: {error}") from error
    except remote.NotInstalled as error:
        raise RootKeyUnreachable(f"{address} cannot be asked: {error}") from error


def own_address(typed: str) -> str:
    """Return the address of a key that an organization holds itself, as it is kept.

    typed: an ARN of AWS KMS, or the address of a key of a transit engine. Raises Misconfigured with
    a sentence for the person.
    """
    if typed.startswith("arn:"):
        if not ARN.fullmatch(typed):
            raise Misconfigured(_("This is not the ARN of a key in AWS KMS."))
        port, address = HTTPS, AWS + typed
    else:
        try:
            parts = outgoing.check(typed)
        except outgoing.BadAddress as error:
            raise Misconfigured(str(error)) from error
        if parts.query or not TRANSIT.fullmatch(parts.path):
            raise Misconfigured(
                _("The address must end in /v1/, the transit engine, /keys/ and the key's name.")
            )
        port, address = outgoing.port_of(parts), typed
    if port not in settings.OWN_KEY_PORTS:
        raise Misconfigured(_("This service may not connect to port %d.") % port)
    return address


def store_of(urls: Sequence[str], directory: Path) -> KeyStore:
    """Return the key store, a replicated one of several; raise remote.NotInstalled."""
    stores = [_store(url, directory) for url in urls]
    return stores[0] if len(stores) == 1 else ReplicatedKeyStore(stores)


def _store(url: str, directory: Path) -> KeyStore:
    scheme = _scheme(url)
    if scheme == "directory":
        return DirectoryKeyStore(Path(url.partition(":")[2] or directory))
    if scheme == "s3":
        return remote.BucketKeyStore(url)
    hosts = tls.hosts_of_database(url)
    place = tls.HIDDEN_SERVICE if hosts is None else ", ".join(hosts) or "a socket of this machine"
    name = urlsplit(url).path.strip("/")
    return PostgresKeyStore(tls.of_database(url), f"the database {name} at {place}")


def check_root(url: str) -> None:
    """Raise Misconfigured for an address that names no root key, or an unguarded way to it."""
    scheme = _scheme(url)
    if scheme not in HOLDERS:
        raise Misconfigured(
            "must be file:PATH, aws-kms://ARN, openbao://HOST:PORT/transit/keys/NAME?token-file=…"
            " or pkcs11:token=…;object=…?module-path=…&pin-source=…"
        )
    if scheme == "aws-kms" and not url.startswith("aws-kms://arn:"):
        raise Misconfigured("must name the key by its whole ARN: aws-kms://arn:aws:kms:…")
    if scheme == "aws-kms":
        _check_aws("KMS")
    if scheme == "pkcs11" and not all(each in url for each in PKCS11_NEEDS):
        raise Misconfigured("must name token, object, module-path and pin-source (RFC 7512)")
    if scheme.startswith("openbao"):
        parts = urlsplit(url)
        if "/keys/" not in parts.path or "token-file" not in parse_qs(parts.query):
            raise Misconfigured("must be openbao://HOST:PORT/MOUNT/keys/NAME?token-file=PATH")
        if scheme == "openbao+http" and not tls.is_here(parts.hostname or ""):
            raise Misconfigured("leads to another machine in clear: use openbao:// (https)")


def check_store(url: str) -> None:
    """Raise Misconfigured for an address that names no key store, or an unguarded way to it."""
    scheme, parts = _scheme(url), urlsplit(url)
    asked = parse_qs(parts.query)
    if scheme not in STORES:
        raise Misconfigured("must be directory, directory:PATH, postgresql://… or s3://BUCKET/…")
    if scheme == "postgresql":
        if parts.password:
            raise Misconfigured("holds a password: write it into a file and name that: passfile=…")
        if problem := tls.problem_of_database(url):
            raise Misconfigured(problem)
    if scheme == "s3":
        if not parts.netloc:
            raise Misconfigured("must name a bucket: s3://BUCKET/PREFIX")
        if tls.is_plain_elsewhere(asked.get("endpoint", [""])[0]):
            raise Misconfigured("leads to another machine in clear: the endpoint must be https://")
    if scheme == "s3":
        _check_aws("S3")


def _check_aws(service: str) -> None:
    """Raise Misconfigured where AWS's own variables lead a client to another machine in clear.

    What stands in a file of AWS (`endpoint_url`) is not looked at.
    """
    for name in (f"AWS_ENDPOINT_URL_{service}", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"):
        if tls.is_plain_elsewhere(os.environ.get(name, "")):
            raise Misconfigured(f"leads to another machine in clear: {name} must be https://")


def ports(urls: Sequence[str]) -> list[int] | None:
    """Return the TCP ports that a process needs to reach these root keys and key stores.

    None where a file of libpq's alone knows them.
    """
    found = list(_ports(urls))
    known = [port for port in found if port is not None]
    return sorted(set(known)) if len(known) == len(found) else None


def _ports(urls: Sequence[str]) -> Iterator[int | None]:
    for url in urls:
        scheme, parts = _scheme(url), urlsplit(url)
        if scheme == "aws-kms":
            yield HTTPS
            yield from _port_of(os.environ.get("AWS_ENDPOINT_URL_KMS", ""))
        elif scheme.startswith("openbao"):
            yield parts.port or BAO
        elif scheme == "postgresql":
            of_database = tls.ports_of_database(url)
            yield from [None] if of_database is None else of_database
        elif scheme == "s3":
            yield HTTPS
            yield from _port_of(parse_qs(parts.query).get("endpoint", [""])[0])


def _port_of(url: str) -> Iterator[int]:
    if url:
        parts = urlsplit(url)
        yield parts.port or (HTTPS if parts.scheme == "https" else HTTP)


def places(urls: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Give files and directories that a process needs for these, and whether it writes there."""
    for url in urls:
        scheme, parts = _scheme(url), urlsplit(url)
        asked = parse_qs(parts.query)
        if scheme == "file":
            yield str(Path(url.removeprefix("file:")).parent), False
        elif scheme == "directory" and ":" in url:
            yield url.partition(":")[2], True
        elif scheme.startswith("openbao"):
            yield str(Path(asked["token-file"][0]).parent), False
        elif scheme == "pkcs11":
            named = dict(each.partition("=")[::2] for each in url.partition("?")[2].split("&"))
            yield str(Path(unquote(named["pin-source"]).removeprefix("file:")).parent), False
            yield str(Path(unquote(named["module-path"])).parent), False
            yield from ((each, False) for each in _set(("SOFTHSM2_CONF",)))
            written = unquote(named.get("x-places", "")).split(":")
            yield from ((each, True) for each in written if each)
        elif scheme == "postgresql":
            files = (each for name in LIBPQ_FILES for each in asked.get(name, []))
            yield from ((each, False) for each in files)
            of_sockets = (each for each in tls.hosts_of_database(url) or () if each.startswith("/"))
            yield from ((each, True) for each in of_sockets)
        if scheme in {"aws-kms", "s3"}:
            yield from ((each, False) for each in _set(AWS_FILES))
            yield str(Path.home() / ".aws"), False


def shown(url: str) -> str:
    """Return an address without what stands behind its question mark."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")) if parts.query else url


def _set(names: Sequence[str]) -> list[str]:
    """Return what these variables of the environment name, where they are set."""
    return [os.environ[name] for name in names if os.environ.get(name)]


def _scheme(url: str) -> str:
    return url.partition(":")[0]
