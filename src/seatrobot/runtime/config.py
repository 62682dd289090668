"""Where an instance keeps its things and how it is reached, read from the environment once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from seatrobot.accounts.passwords import leaked
from seatrobot.kernel import sessions, tls
from seatrobot.kernel.heads import checkpoint
from seatrobot.kernel.vault import configured
from seatrobot.runtime.directory import make_private, secret
from seatrobot.runtime.errors import RefusedError

LAST_PORT = 65535
MOST_PROXIES = 9


_NAMES = frozenset(
    {
        *("DATA", "HOST", "PORT", "BASE_URL", "TLS_CERTIFICATE", "TLS_PRIVATE_KEY"),
        *("TLS_PROFILE", "HTTP_PORT"),
        *("TRUSTED_PROXIES", "LEAKED_PASSWORDS", "GEOIP_CITY", "GEOIP_ASN", "WEBHOOK_PRIVATE"),
        *("WITNESSES", "SMTP_URL", "MAIL_FROM", "JOBS_WIRE"),
        *("ROOT_KEY", "ROOT_KEY_BEFORE", "KEY_STORE", "OWN_KEY_PORTS"),
    }
)
"""What may stand behind `SEATROBOT_` in the environment; JOBS_WIRE is set by us for the jobs."""


@dataclass(frozen=True, slots=True)
class Config:
    """One running instance.

    data: directory of mode 0700 that holds everything the embedded parts keep.
    database_url: PostgreSQL as the application's role; empty means the embedded server.
    owner_url: PostgreSQL as the role that owns the schema; only migrations need it.
    examiner_url: PostgreSQL as the role that only looks; examinations need it, the web does not.
    recorder_url: PostgreSQL as the role that inserts evidence; examinations alone need it.
    host, port: where the web listens; base_url: how people reach it, without a last slash.
    http_port: where http is answered and leads to TLS; 0: nowhere.
    certificate, private_key: PEM files; without them only loopback is listened on.
    tls_profile: which TLS is spoken with everybody (`kernel/tls.py`).
    trusted_proxies: how many reverse proxies stand in front; 0 ignores their headers.
    geoip_city, geoip_asn: MaxMind databases (.mmdb) of the operator, for places and networks.
    leaked_passwords: sorted SHA-1 hashes to refuse, as Have I Been Pwned offers them; None: none.
    webhook_private: whether webhooks may go to loopback and private networks.
    witnesses: who cosigns the heads of this service: address and key of each.
    root_keys: what wraps the keyrings, and behind it what wrapped some before; key_stores: where
    they are, several as replicas of each other (`kernel/vault/configured.py` has the addresses).
    own_key_ports: where organizations may hold keys of their own: TCP ports of their key services,
    to which web workers may then connect; none: keys on paper alone.
    smtp_url: `smtp://user:password@host:port` (or `smtps://`), also as `file:` and the path of a
    file that holds it; empty: mail is kept as Sent mail.
    """

    data: Path
    database_url: str
    owner_url: str
    examiner_url: str
    recorder_url: str
    host: str
    port: int
    http_port: int
    base_url: str
    certificate: str
    private_key: str
    tls_profile: str
    trusted_proxies: int
    leaked_passwords: Path | None
    geoip_city: str
    geoip_asn: str
    webhook_private: bool
    witnesses: tuple[tuple[str, str], ...]
    smtp_url: str
    mail_from: str
    root_keys: tuple[str, ...]
    key_stores: tuple[str, ...]
    own_key_ports: tuple[int, ...]

    @classmethod
    def from_env(cls) -> Config:
        env = os.environ.get
        host = env("SEATROBOT_HOST", "127.0.0.1")
        port = _port(env("SEATROBOT_PORT", "8080"))
        certificate = env("SEATROBOT_TLS_CERTIFICATE", "")
        scheme = "https" if certificate else "http"
        data = Path(env("SEATROBOT_DATA", "var")).absolute()
        return cls(
            data=data,
            database_url=database("DATABASE_URL"),
            owner_url=database("DATABASE_OWNER_URL"),
            examiner_url=database("DATABASE_EXAMINER_URL"),
            recorder_url=database("DATABASE_RECORDER_URL"),
            host=host,
            port=port,
            http_port=_port(text, "HTTP_PORT") if (text := env("SEATROBOT_HTTP_PORT", "")) else 0,
            base_url=env("SEATROBOT_BASE_URL", f"{scheme}://{_in_url(host)}:{port}").rstrip("/"),
            certificate=certificate,
            private_key=env("SEATROBOT_TLS_PRIVATE_KEY", ""),
            tls_profile=_tls_profile(),
            trusted_proxies=_proxies(env("SEATROBOT_TRUSTED_PROXIES", "0")),
            geoip_city=env("SEATROBOT_GEOIP_CITY", ""),
            geoip_asn=env("SEATROBOT_GEOIP_ASN", ""),
            leaked_passwords=_leaked_passwords(env("SEATROBOT_LEAKED_PASSWORDS", "")),
            webhook_private=env("SEATROBOT_WEBHOOK_PRIVATE", "") == "1",
            witnesses=_witnesses(env("SEATROBOT_WITNESSES", "")),
            smtp_url=_mail_server(env("SEATROBOT_SMTP_URL", "")),
            mail_from=env("SEATROBOT_MAIL_FROM", "seatrobot@localhost"),
            root_keys=_root_keys(data),
            key_stores=_key_stores(env("SEATROBOT_KEY_STORE", "directory")),
            own_key_ports=_own_key_ports(env("SEATROBOT_OWN_KEY_PORTS", "")),
        )

    @property
    def secure(self) -> bool:
        """Whether people reach the instance over TLS; decides the Secure flag of cookies."""
        return self.base_url.startswith("https://")

    @property
    def keystore(self) -> Path:
        return self.data / "keystore"

    @property
    def root_key(self) -> Path:
        """Return where the root key is that is a file, of the embedded default."""
        return self.data / "keys" / "root.key"

    @property
    def journal_key(self) -> Path:
        return self.data / "keys" / "journal.key"

    @property
    def ml_dsa_key(self) -> Path:
        """Return where the key of the other signature of each head is (kernel/heads/cosigning)."""
        return self.data / "keys" / "journal-ml-dsa.key"

    @property
    def evidence_key(self) -> Path:
        """Return where the examiner's key is, in a directory that the web does not need."""
        return self.data / "examiner" / "evidence.key"

    @property
    def evidence_public(self) -> Path:
        return self.data / "keys" / "evidence.pub"

    def secret_key(self) -> str:
        """Django's signing secret; "" before the first run has made it."""
        path = self.data / "keys" / "secret.key"
        return path.read_text() if path.exists() else ""

    def first_run(self) -> None:
        """Make the data directory and the signing secret where there are none yet.

        The commands do it before Django reads its settings, which create nothing. RefusedError when
        the directory is open to others. From here on the database knows this process by its name.
        """
        make_private(self.data)
        sessions.announce(secret(self.data / "keys" / "secret.key"))


def database(name: str) -> str:
    """Return the URL of a database from the environment, "" when there is none.

    RefusedError when it is on another machine and the connection would not be verified, or by an
    older TLS than that of the profile, for which the URL asks then.
    """
    url = os.environ.get(name, "")
    if url and (problem := tls.problem_of_database(url)):
        raise RefusedError(f"{name} {problem}.")
    return tls.of_database(url)


def _root_keys(data: Path) -> tuple[str, ...]:
    """Return the root key, and the one of before where keyrings are still wrapped by it."""
    found = [os.environ.get("SEATROBOT_ROOT_KEY", "") or f"file:{data / 'keys' / 'root.key'}"]
    if before := os.environ.get("SEATROBOT_ROOT_KEY_BEFORE", ""):
        found.append(before)
    for name, url in zip(("ROOT_KEY", "ROOT_KEY_BEFORE"), found, strict=False):
        try:
            configured.check_root(url)
        except configured.Misconfigured as error:
            raise RefusedError(f"SEATROBOT_{name} {error}.") from error
    return tuple(found)


def _key_stores(text: str) -> tuple[str, ...]:
    """Return the addresses of the key stores, which stand with blanks between them."""
    for url in text.split():
        try:
            configured.check_store(url)
        except configured.Misconfigured as error:
            raise RefusedError(f"SEATROBOT_KEY_STORE {error}.") from error
    return tuple(text.split()) or ("directory",)


def _tls_profile() -> str:
    try:
        return tls.chosen().name
    except tls.UnknownProfile as error:
        raise RefusedError(str(error)) from error


def _port(text: str, name: str = "PORT") -> int:
    if text.isdecimal() and 0 < int(text) <= LAST_PORT:
        return int(text)
    raise RefusedError(f"SEATROBOT_{name} must be a number from 1 to {LAST_PORT}, not {text!r}.")


def _own_key_ports(text: str) -> tuple[int, ...]:
    """Return the ports of key services of organizations, which stand with blanks between them."""
    if all(each.isdecimal() and 0 < int(each) <= LAST_PORT for each in text.split()):
        return tuple(sorted({int(each) for each in text.split()}))
    raise RefusedError(
        f"SEATROBOT_OWN_KEY_PORTS must be numbers from 1 to {LAST_PORT} with blanks between them,"
        f" such as “443 8200”, not {text!r}."
    )


def _proxies(text: str) -> int:
    if text.isdecimal() and int(text) <= MOST_PROXIES:
        return int(text)
    raise RefusedError(
        f"SEATROBOT_TRUSTED_PROXIES must be a number from 0 to {MOST_PROXIES}, not {text!r}."
    )


def _secret(text: str) -> str:
    """Return the text, or what the file holds that it names as `file:PATH`."""
    if not text.startswith("file:"):
        return text
    try:
        return Path(text.removeprefix("file:")).read_text().strip()
    except OSError as error:
        raise RefusedError(f"SEATROBOT_SMTP_URL names {text!r}: {error.strerror}.") from error


def _mail_server(text: str) -> str:
    url = _secret(text)
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if url and not fits:  # the URL itself may hold a password and is not repeated
        raise RefusedError(
            "SEATROBOT_SMTP_URL must be smtp://user:password@host:port or smtps://…, or file: and"
            " the path of a file that holds such a URL."
        )
    return url


def unknown_settings() -> list[str]:
    """Return the variables of the environment that look like settings and are none."""
    ours = [name for name in os.environ if name.startswith("SEATROBOT_")]
    return sorted(name for name in ours if name.removeprefix("SEATROBOT_") not in _NAMES)


def _leaked_passwords(text: str) -> Path | None:
    path = Path(text).absolute() if text else None
    if path and (lacking := leaked.unfit(path)):
        raise RefusedError(f"SEATROBOT_LEAKED_PASSWORDS {lacking}: {text!r}.")
    return path


def _witnesses(text: str) -> tuple[tuple[str, str], ...]:
    """Return address and key of each witness: `ADDRESS KEY`, with commas between them."""
    found = []
    for part in text.split(",") if text.strip() else []:
        address, _, key = part.strip().partition(" ")
        try:
            checkpoint.read_key(key, checkpoint.COSIGNATURE_KEY)
        except ValueError:
            raise RefusedError(
                f"SEATROBOT_WITNESSES must be addresses, each with a witness's key: {part!r}."
            ) from None
        if urlsplit(address).scheme not in {"http", "https"}:
            raise RefusedError(f"SEATROBOT_WITNESSES: {address!r} is no web address.")
        if tls.is_plain_elsewhere(address):
            raise RefusedError(
                f"SEATROBOT_WITNESSES: {address!r} leads to another machine in clear: it must"
                " begin with https://."
            )
        found.append((address, key))
    return tuple(found)


def _in_url(host: str) -> str:
    """Return a host as it stands in a URL; loopback by its name, as passkeys need one."""
    if host in {"127.0.0.1", "::1"}:
        return "localhost"
    return f"[{host}]" if ":" in host else host
