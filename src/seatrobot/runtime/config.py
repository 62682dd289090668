"""Where an instance keeps its things and how it is reached, read from the environment once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from seatrobot.accounts.passwords import leaked
from seatrobot.kernel.heads import checkpoint
from seatrobot.runtime.directory import make_private, secret
from seatrobot.runtime.errors import RefusedError

LAST_PORT = 65535
MOST_PROXIES = 9
VERIFIED = ("verify-full", "verify-ca")
"""libpq's ways of TLS that look at who answers; of the others one would not notice a stranger."""


_NAMES = frozenset(
    {
        *("DATA", "HOST", "PORT", "BASE_URL", "TLS_CERTIFICATE", "TLS_PRIVATE_KEY"),
        *("TRUSTED_PROXIES", "LEAKED_PASSWORDS", "GEOIP_CITY", "GEOIP_ASN", "WEBHOOK_PRIVATE"),
        *("WITNESSES", "SMTP_URL", "MAIL_FROM", "JOBS_WIRE"),
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
    certificate, private_key: PEM files; without them only loopback is listened on.
    trusted_proxies: how many reverse proxies stand in front; 0 ignores their headers.
    geoip_city, geoip_asn: MaxMind databases (.mmdb) of the operator, for places and networks.
    leaked_passwords: sorted SHA-1 hashes to refuse, as Have I Been Pwned offers them; None: none.
    webhook_private: whether webhooks may go to loopback and private networks.
    witnesses: who cosigns the heads of this service: address and key of each.
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
    base_url: str
    certificate: str
    private_key: str
    trusted_proxies: int
    leaked_passwords: Path | None
    geoip_city: str
    geoip_asn: str
    webhook_private: bool
    witnesses: tuple[tuple[str, str], ...]
    smtp_url: str
    mail_from: str

    @classmethod
    def from_env(cls) -> Config:
        env = os.environ.get
        host = env("SEATROBOT_HOST", "127.0.0.1")
        port = _port(env("SEATROBOT_PORT", "8080"))
        certificate = env("SEATROBOT_TLS_CERTIFICATE", "")
        scheme = "https" if certificate else "http"
        return cls(
            data=Path(env("SEATROBOT_DATA", "var")).absolute(),
            database_url=database("DATABASE_URL"),
            owner_url=database("DATABASE_OWNER_URL"),
            examiner_url=database("DATABASE_EXAMINER_URL"),
            recorder_url=database("DATABASE_RECORDER_URL"),
            host=host,
            port=port,
            base_url=env("SEATROBOT_BASE_URL", f"{scheme}://{_in_url(host)}:{port}").rstrip("/"),
            certificate=certificate,
            private_key=env("SEATROBOT_TLS_PRIVATE_KEY", ""),
            trusted_proxies=_proxies(env("SEATROBOT_TRUSTED_PROXIES", "0")),
            geoip_city=env("SEATROBOT_GEOIP_CITY", ""),
            geoip_asn=env("SEATROBOT_GEOIP_ASN", ""),
            leaked_passwords=_leaked_passwords(env("SEATROBOT_LEAKED_PASSWORDS", "")),
            webhook_private=env("SEATROBOT_WEBHOOK_PRIVATE", "") == "1",
            witnesses=_witnesses(env("SEATROBOT_WITNESSES", "")),
            smtp_url=_mail_server(env("SEATROBOT_SMTP_URL", "")),
            mail_from=env("SEATROBOT_MAIL_FROM", "seatrobot@localhost"),
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
        return self.data / "keys" / "root.key"

    @property
    def journal_key(self) -> Path:
        return self.data / "keys" / "journal.key"

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
        the directory is open to others.
        """
        make_private(self.data)
        secret(self.data / "keys" / "secret.key")


def database(name: str) -> str:
    """Return the URL of a database from the environment, "" when there is none.

    RefusedError when it is on another machine and the connection would not be verified.
    """
    url = os.environ.get(name, "")
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    host = options.get("host", [unquote(parts.hostname or "")])[-1]
    mode = options.get("sslmode", [os.environ.get("PGSSLMODE", "")])[-1]
    here = not host or host.startswith(("/", "127.")) or host in {"localhost", "::1"}
    if not here and mode not in VERIFIED:
        raise RefusedError(
            f"{name} leads to another machine ({host}): add sslmode=verify-full to it, so that"
            " nobody in between reads along or answers in its place."
        )
    return url


def _port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) <= LAST_PORT:
        return int(text)
    raise RefusedError(f"SEATROBOT_PORT must be a number from 1 to {LAST_PORT}, not {text!r}.")


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
        found.append((address, key))
    return tuple(found)


def _in_url(host: str) -> str:
    """Return a host as it stands in a URL; loopback by its name, as passkeys need one."""
    if host in {"127.0.0.1", "::1"}:
        return "localhost"
    return f"[{host}]" if ":" in host else host
