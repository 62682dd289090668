"""What cryptography is really in use: keys, columns, connections, hashes of passwords.

Read from the keyrings, the live database and the live listener, and compared with the policy
(kernel/vault/policy.toml). Nothing of a key is in it, and nothing is opened.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import psycopg
from django.conf import settings
from django.db import connection
from psycopg.conninfo import conninfo_to_dict

from seatrobot.accounts.factors import codes
from seatrobot.kernel import tls
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault import columns, configured, resealing
from seatrobot.kernel.vault import policy as policies
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import KeyringLocked, VaultError
from seatrobot.kernel.vault.keyring import SEALED_ANEW, Key
from seatrobot.kernel.vault.policy import Policy
from seatrobot.practices.checks import hello
from seatrobot.practices.checks.browser import own_address

LATE = timedelta(days=7)
"""How long after its time a key that was replaced may still be there."""
OF_THIS_CONNECTION = "SELECT version, cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
HASHES = """
    SELECT (regexp_match(password, '^([^$]*[$][^$]*[$][^$]*[$][^$]*)[$]'))[1], count(*)
    FROM accounts_account WHERE password !~ '^!' GROUP BY 1
"""
PARAMETERS = re.compile(r"argon2\$(\w+)\$v=(\d+)\$m=(\d+),t=(\d+),p=(\d+)")
FILES = {
    "root": "VAULT_ROOT_KEY",
    "journal": "JOURNAL_KEY",
    "heads": "ML_DSA_KEY",
    "evidence": "EVIDENCE_KEY",
}
"""Keys that are files, by the purpose they serve, and the setting that says where."""


class KeyRow(msgspec.Struct):
    """owner: an organization, "platform" or "service".

    state: seals, opens, closed, missing, or locked (by its organization).

    due: when it has to be rotated; None: as long as it exists.
    """

    owner: str
    purpose: str
    id: str
    algorithm: str
    state: str
    made: datetime | None = None
    due: datetime | None = None
    problem: str = ""


class ColumnRow(msgspec.Struct):
    column: str
    protection: str
    reason: str


class ConnectionRow(msgspec.Struct):
    """protocol: "" where nothing is encrypted. groups: for the agreement on keys.

    suites: what a listener takes, by version; what a client offers.
    """

    what: str
    direction: str
    protocol: str
    groups: list[str]
    note: str = ""
    problem: str = ""
    suites: dict[str, list[str]] = {}


class PasswordRow(msgspec.Struct):
    algorithm: str
    parameters: str
    accounts: int
    problem: str = ""


class Inventory(msgspec.Struct):
    """later: what somebody who records today's traffic could read in the future.

    profile: the TLS profile. signatures: by purpose of the policy, what signs.
    problems: all of them, one sentence each.
    """

    at: datetime
    policy: str
    keys: list[KeyRow]
    columns: list[ColumnRow]
    profile: str
    connections: list[ConnectionRow]
    passwords: list[PasswordRow]
    signatures: dict[str, str]
    backups: str
    later: list[str]
    problems: list[str]


def take(database: psycopg.Connection[Any]) -> Inventory:
    """Return what is in use now; `database` may be any role that can connect (examining)."""
    policy = policies.policy()
    overridden = policies.path()
    keys = [*of_keyrings(policy), *of_files(policy)]
    found = columns.columns(database)
    profile = tls.chosen()
    connections = [*_incoming(profile), *_outgoing(profile)]
    passwords = hashes(policy)
    return Inventory(
        at=now(),
        policy=str(overridden) if overridden.exists() else "the package's",
        keys=keys,
        columns=[ColumnRow(each.name, each.protection, each.reason) for each in found],
        profile=f"{profile.name} ({tls.SOURCE})",
        connections=connections,
        passwords=passwords,
        signatures={
            name: policy.algorithms[policy.purposes[name].algorithm].what
            for name in ("journal", "heads", "evidence", "openpgp", "passkeys", "laptops")
        },
        backups="none yet: the service makes no backups",
        later=_later(connections),
        problems=[
            *(
                f"key {row.id or '(none)'} of {row.owner}, {row.purpose}: {row.problem}"
                for row in keys
                if row.problem
            ),
            *columns.findings(found),
            *(f"{row.what}: {row.problem}" for row in connections if row.problem),
            *(f"{row.accounts} passwords: {row.problem}" for row in passwords if row.problem),
        ],
    )


def of_keyrings(policy: Policy) -> list[KeyRow]:
    """Return every key of every keyring; one that cannot be unwrapped is a row that says so."""
    rows = []
    for organization_id in resealing.everybody():
        owner = _owner(organization_id)
        try:
            keys = vault.keys(organization_id)
        except KeyringLocked:  # by its organization, which alone opens it again
            rows.append(KeyRow(owner, "all", "", "", "locked"))
            continue
        except VaultError as error:
            rows.append(KeyRow(owner, "all", "", "", "missing", problem=f"cannot be read: {error}"))
            continue
        since = {key.purpose: key.made for key in keys if key.is_primary}
        rows += [_key_row(policy, owner, key, since.get(key.purpose)) for key in keys]
    return rows


def _key_row(policy: Policy, owner: str, key: Key, since: datetime | None) -> KeyRow:
    """Say what is known of a key; since: when the one was made that seals for its purpose now."""
    purpose = policy.purposes.get(key.purpose)
    state = "closed" if not key.is_enabled else "seals" if key.is_primary else "opens"
    due = purpose.due(key.made) if purpose and key.made and key.is_primary else None
    row = KeyRow(owner, key.purpose, f"{key.id:08x}", key.algorithm, state, key.made, due)
    moment = now()
    if purpose is None:
        row.problem = "serves a purpose that the policy does not know"
    elif key.is_enabled:
        row.problem = policy.problem(key.purpose, key.algorithm, moment.date())
    if not row.problem and key.is_primary and due is not None and due <= moment:
        row.problem = f"was to be rotated by {due:%Y-%m-%d}"
    if not row.problem and key.made is not None and key.made > moment:
        row.problem = "says that it was made in the future"
    if not row.problem and key.made is None:
        row.problem = "nobody knows when it was made"
    if not row.problem and not key.is_primary and key.purpose in SEALED_ANEW:
        kept = timedelta(days=purpose.keep_days if purpose else 0) + LATE
        if since is not None and moment - since > kept:
            row.problem = (
                f"is still there, {row.state}, though another seals since {since:%Y-%m-%d}"
            )
    return row


def of_files(policy: Policy) -> list[KeyRow]:
    """Return the keys that are files, with their age by the file's date."""
    keys: Path = settings.CONFIG.data / "keys"
    places = {name: Path(getattr(settings, setting)) for name, setting in FILES.items()}
    places |= {"secret": keys / "secret.key", "openpgp": keys / "openpgp.key"}
    rows = []
    for purpose, file in places.items():
        row = KeyRow("service", purpose, file.name, policy.purposes[purpose].algorithm, "seals")
        try:
            row.made = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        except OSError:
            row.state = "missing"
        else:
            row.due = policy.purposes[purpose].due(row.made)
            row.problem = policy.problem(purpose, row.algorithm, now().date())
            if not row.problem and row.due is not None and row.due <= now():
                row.problem = f"was to be rotated by {row.due:%Y-%m-%d}"
        rows.append(row)
    return rows


def hashes(policy: Policy) -> list[PasswordRow]:
    """Return with which parameters passwords are hashed, and how many; recovery codes last."""
    with acting(ACTOR), connection.cursor() as cursor:
        cursor.execute(HASHES)
        counted = cursor.fetchall()
    rows = [_password_row(policy, prefix or "", count) for prefix, count in counted]
    cost = codes.RECOVERY_COST
    parameters = f"m={cost['memory_cost']}, t={cost['time_cost']}, p={cost['parallelism']}"
    return [*rows, PasswordRow("ARGON2ID", f"{parameters} (recovery codes)", 0)]


def _password_row(policy: Policy, prefix: str, count: int) -> PasswordRow:
    wanted = policy.purposes["passwords"]
    found = PARAMETERS.fullmatch(prefix)
    if found is None:
        return PasswordRow("", "", count, "are hashed in a way that is not in the policy")
    kind, _version, memory, passes, lanes = found.groups()
    row = PasswordRow(kind.upper(), f"m={memory}, t={passes}, p={lanes}", count)
    row.problem = policy.problem("passwords", row.algorithm, now().date())
    if not row.problem and (int(memory) < wanted.memory_kib or int(passes) < wanted.passes):
        row.problem = f"are hashed more cheaply ({row.parameters}) than the policy asks for"
    return row


def _incoming(profile: tls.Profile) -> list[ConnectionRow]:
    own = own_address()
    if not own.is_tls:
        note = "plain, on this machine alone; TLS is ended by a proxy in front where there is one"
        return [ConnectionRow("web", "incoming", "", [], note)]
    row = ConnectionRow("web", "incoming", "", [], f"{own.host}:{own.port}")
    name = own.name.rpartition(":")[0] or own.name
    try:
        row.suites = hello.agreed(own.host, own.port, name)
        row.groups = hello.groups(own.host, own.port, name)
        outside = hello.outside(own.host, own.port, name, profile)
    except OSError as error:
        row.note = f"does not answer now ({type(error).__name__})"
        return [row]
    row.protocol = ", ".join(reversed(row.suites))
    if waiting := tls.refused(settings.CONFIG.data):
        row.problem = f"new certificate files are not used: {waiting}"
    if outside:
        row.problem = f"takes what is not in the profile {profile.name}: {', '.join(outside)}"
    return [row]


def _outgoing(profile: tls.Profile) -> list[ConnectionRow]:
    """Return what connects to others, with what is offered there: the hello itself is read."""
    hello_sent = hello.offered(tls.client_context())
    known = {number: name for name, number in hello.GROUPS.items()}
    names = {number: name for name, number in hello.SUITES.items()}
    beyond = hello.beyond(hello_sent, profile)
    oldest, newest = hello_sent.versions
    suites = [names[each] for each in hello_sent.suites if each in names]

    def row(what: str, note: str, *, is_tls: bool = True) -> ConnectionRow:
        if not is_tls:
            return ConnectionRow(what, "outgoing", "", [], note)
        return ConnectionRow(
            what,
            "outgoing",
            newest if oldest == newest else f"{newest}, {oldest}",
            [known[each] for each in hello_sent.groups if each in known],
            note,
            f"offers what is not in the profile: {', '.join(beyond)}" if beyond else "",
            {"offered": suites},
        )

    config = settings.CONFIG
    rows = [row("webhooks", "https alone")]
    smtp = urlsplit(config.smtp_url)
    if smtp.hostname:
        is_tls = smtp.scheme == "smtps" or not tls.is_here(smtp.hostname)
        rows.append(row("mail", smtp.hostname, is_tls=is_tls))
    for address, _key in config.witnesses:
        is_tls = address.startswith("https:")
        rows.append(row("witness", "hashes and signatures alone", is_tls=is_tls))
    for what, urls in (("root key", config.root_keys), ("key store", config.key_stores)):
        for url in urls:
            scheme = url.partition(":")[0]
            if scheme in {"aws-kms", "openbao", "s3"}:
                rows.append(row(what, configured.shown(url)))
            elif scheme == "postgresql" and tls.elsewhere(url):
                rows.append(_of_libpq(what, tls.of_database(url)))
    return [*rows, _database(profile)]


def _of_libpq(what: str, url: str) -> ConnectionRow:
    """Return what libpq is told, which chooses the suites itself."""
    oldest = conninfo_to_dict(url)["ssl_min_protocol_version"]
    versions = "TLSv1.3" if oldest == "TLSv1.3" else f"TLSv1.3, {oldest}"
    note = f"{configured.shown(url)}: the suites are those of its OpenSSL"
    return ConnectionRow(what, "outgoing", versions, ["X25519", "P-256"], note)


def _database(profile: tls.Profile) -> ConnectionRow:
    """Return how the database is reached now, as the server tells of this connection."""
    connection.ensure_connection()
    live = connection.connection.pgconn
    host = connection.connection.info.host
    if live.ssl_in_use:
        with connection.cursor() as cursor:
            cursor.execute(OF_THIS_CONNECTION)
            version, suite = cursor.fetchone()
        row = ConnectionRow("database", "outgoing", version, ["X25519", "P-256"], host)
        row.suites = {version: [suite]}
        if not profile.admits(version, suite):
            row.problem = f"{version} with {suite} is not in the profile {profile.name}"
        return row
    row = ConnectionRow("database", "outgoing", "", [], "a socket of this machine")
    if not tls.is_here(host):
        row.note, row.problem = host, "goes over a network in clear"
    return row


def _later(connections: list[ConnectionRow]) -> list[str]:
    """Return what a recorder of today's traffic could read once there is a quantum computer."""
    kept = [row for row in connections if row.protocol]
    exposed = sorted({row.what for row in kept if hello.QUANTUM_RESISTANT not in row.groups})
    told = [
        f"{what}: all that is sent, because keys are agreed on in groups that a quantum computer"
        " breaks"
        for what in exposed
    ]
    clear = sorted(
        {row.what for row in connections if not row.protocol and row.direction != "incoming"}
    )
    told += [f"{what}: whoever is in between reads it today" for what in clear if what == "witness"]
    return [
        *told,
        "not what is stored: it is sealed under keys of 256 bits that no public key protects",
        "signatures of today can be forged then, not earlier: nothing is read by that",
    ]


def _owner(organization_id: UUID) -> str:
    return "platform" if organization_id == PLATFORM else str(organization_id)
