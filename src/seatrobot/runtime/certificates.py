"""Certificate and key of the web server: looked at before they are used, and kept when good.

What is served are copies in the data directory. A bad pair never takes the place of a good one:
the one of before goes on serving, also after a new start, and a sentence says what is the matter,
on the terminal, in `seatrobot crypto inventory` and in the examination of `encryption.transit`.
"""

from __future__ import annotations

import shutil
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from seatrobot.kernel import tls
from seatrobot.runtime import passwords
from seatrobot.runtime.errors import RefusedError
from seatrobot.runtime.terminal import say

if TYPE_CHECKING:
    from seatrobot.runtime.config import Config

LEAST_BITS, MOST_BITS = 2048, 4096
"""Of an RSA key: fewer are weak (Mozilla), more the TLS library of the listener does not take."""
CURVES = (ec.SECP256R1, ec.SECP384R1)
WEAK_HASHES = (hashes.MD5, hashes.SHA1)
BEGIN = "-----BEGIN "
NO_ISSUER = {2, 20, 21}
"""OpenSSL's words for a chain that ends nowhere (x509_vfy.h)."""
Pair = tuple[Path, Path]


def check(config: Config) -> None:
    """Raise RefusedError where there would be nothing to serve: no good pair, old or new."""
    if bool(config.certificate) != bool(config.private_key):
        raise RefusedError(
            "TLS needs both SEATROBOT_TLS_CERTIFICATE and SEATROBOT_TLS_PRIVATE_KEY."
        )
    if config.certificate and (found := problem(_configured(config))) and problem(_kept(config)):
        raise RefusedError(found)


def take(config: Config) -> Pair:
    """Return the files to serve: copies of those configured, or of before where they are bad.

    RefusedError where neither are good.
    """
    kept = _kept(config)
    try:
        copy(config)
    except RefusedError as error:
        if problem(kept):
            raise
        say(f"{error} The certificate of before stays in use.")
    return kept


def copy(config: Config) -> None:
    """Keep copies of the configured files if they are good; RefusedError where they are not."""
    kept = _kept(config)
    kept[0].parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    drafts = kept[0].with_suffix(".new"), kept[1].with_suffix(".new")
    if not (found := _copied(_configured(config), drafts)):
        found = problem(drafts, _configured(config))
    note = config.data / tls.REFUSED
    if found:
        passwords.private(note, f"{found}\n")
        raise RefusedError(found)
    for draft, file in zip(drafts, kept, strict=True):
        draft.replace(file)
    note.unlink(missing_ok=True)


def stamps(config: Config) -> list[tuple[int, int]]:
    """Return what changes when one of the configured files is another one."""
    found = []
    for name in (config.certificate, config.private_key):
        try:
            state = Path(name).stat() if name else None
        except OSError:
            state = None
        found.append((state.st_mtime_ns, state.st_size) if state else (0, 0))
    return found


def problem(pair: Pair, shown: Pair | None = None) -> str:
    """Return what is the matter with a certificate and its key, as a sentence; "" if nothing is.

    shown: the names to call them by.
    """
    certificate, key = shown or pair
    for file, name in zip(pair, (certificate, key), strict=True):
        if not file.is_file():
            return f"The TLS file {name} does not exist."
    try:
        chain = _chain(pair[0].read_bytes())
        private = _private(pair[1].read_bytes())
    except OSError as error:
        return f"The TLS file {error.filename} cannot be read: {error.strerror}."
    if isinstance(chain, str):
        return f"The certificate {certificate} {chain}."
    if isinstance(private, str):
        return f"The key {key} {private}."
    return _of_pair(chain, private, certificate, key) or _of_chain(pair, certificate)


def _of_pair(
    chain: list[x509.Certificate],
    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    certificate: Path,
    key: Path,
) -> str:
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ours = private.public_key().public_bytes(*form)
    belongs = [each.public_key().public_bytes(*form) == ours for each in chain]
    if not any(belongs):
        return f"The key {key} does not belong to the certificate {certificate}."
    if not belongs[0]:
        return (
            f"The service's own certificate must come first in {certificate}, before those of the"
            " authorities."
        )
    moment = datetime.now(UTC)
    for each in chain:
        whose = "The certificate" if each is chain[0] else "An authority's certificate in"
        if each.not_valid_after_utc <= moment:
            return f"{whose} {certificate} has expired on {each.not_valid_after_utc:%Y-%m-%d}."
        if each.not_valid_before_utc > moment:
            return f"{whose} {certificate} is valid from {each.not_valid_before_utc:%Y-%m-%d} on."
        is_own_issuer = each.issuer == each.subject
        if isinstance(each.signature_hash_algorithm, WEAK_HASHES) and not is_own_issuer:
            name = each.signature_hash_algorithm.name.upper()
            return f"{whose} {certificate} is signed with {name}, which can be forged."
    return ""


def _of_chain(pair: Pair, certificate: Path) -> str:
    """Return why a client would not find its way from the certificate to an authority.

    Asked of OpenSSL, by a handshake in memory. A certificate that signs itself, and an authority
    of one's own that comes along, are the operator's choice.
    """
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        server.load_cert_chain(pair[0], pair[1], password="")
    except (ssl.SSLError, OSError) as error:
        return f"The certificate {certificate} is refused by OpenSSL ({error})."
    client = tls.client_context()
    client.check_hostname = False
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(to_client, to_server),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    try:
        for _ in range(3):
            for end in ends:
                with suppress(ssl.SSLWantReadError):
                    end.do_handshake()
    except ssl.SSLCertVerificationError as error:
        if error.verify_code in NO_ISSUER:
            return (
                f"The certificate {certificate} leads to no authority that is known here: append"
                " the certificates of the authorities in between, or name your own with"
                " SSL_CERT_FILE."
            )
    except ssl.SSLError as error:
        return f"The certificate {certificate} is refused by OpenSSL ({error})."
    return ""


def _chain(content: bytes) -> list[x509.Certificate] | str:
    text = content.decode("ascii", "replace")
    try:
        found = x509.load_pem_x509_certificates(content)
    except ValueError:
        return "is no PEM certificate, or only half of one"
    if len(found) != text.count(f"{BEGIN}CERTIFICATE"):
        return "ends with only half of a PEM certificate"
    return found


def _private(content: bytes) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | str:
    try:
        key = serialization.load_pem_private_key(content, None)
    except TypeError:
        return "is encrypted: it must be without a password"
    except (ValueError, UnsupportedAlgorithm):
        return "is no PEM key, or only half of one"
    if f"{BEGIN}PRIVATE KEY".encode() not in content:
        return (
            "must be in PKCS#8 form; convert it with: openssl pkcs8 -topk8 -nocrypt -in KEY -out"
            " key.pem"
        )
    if isinstance(key, rsa.RSAPrivateKey) and not LEAST_BITS <= key.key_size <= MOST_BITS:
        return f"is of RSA with {key.key_size} bits: it must have {LEAST_BITS} to {MOST_BITS}"
    if isinstance(key, rsa.RSAPrivateKey) or (
        isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, CURVES)
    ):
        return key
    return "is of a kind that browsers or the web server do not take: use ECDSA P-256 or RSA"


def _copied(sources: Pair, drafts: Pair) -> str:
    try:
        for source, draft in zip(sources, drafts, strict=True):
            draft.touch(mode=0o600)
            shutil.copyfile(source, draft)
    except FileNotFoundError as error:
        return f"The TLS file {error.filename} does not exist."
    except OSError as error:
        return f"The TLS file {error.filename} cannot be read: {error.strerror}."
    return ""


def _configured(config: Config) -> Pair:
    return Path(config.certificate), Path(config.private_key)


def _kept(config: Config) -> Pair:
    place = config.data / "tls"
    return place / "certificate.pem", place / "private_key.pem"
