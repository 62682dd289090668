"""Data encryption in transit and at rest: at the live listener, and in what is stored."""

from __future__ import annotations

import secrets
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from cryptography import x509
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from seatrobot.kernel import tls
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.promises.declaring import (
    CannotMeasure,
    Measure,
    Measurement,
    NotSetUp,
    Unit,
    promise,
)
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault import columns
from seatrobot.kernel.vault.errors import PolicyRefused, StillGoingOn
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.vault.looks import looks_sealed
from seatrobot.practices.checks import (
    browser,
    canaries,
    hello,
    inventory,
    keys,
    rotating,
    sealing,
    searching,
)
from seatrobot.practices.checks.probe import browser_of, probe_organization

ELSEWHERE = (keys.keys,)
"""Promises of this section in a module of their own."""
SECONDS = 10
A_YEAR = 365 * 24 * 60 * 60
OVER_A_NETWORK = """
    SELECT coalesce(NOT (a <<= '127.0.0.0/8' OR a = '::1'), false) FROM inet_client_addr() AS a
"""
"""As the server sees this connection; over a Unix socket there is no address."""

CHANGED_SINCE = timedelta(hours=2)
NEWEST, SOME = 200, 200
"""How many values of a column are checked: the newest, and some from a random place on."""
MOST_NOTES = 20
NOT_SEARCHED = {"keystore", "static"}
"""Wrapped keys, and files that everybody may read."""
OF_THE_OPERATOR = {"profile", "policies", "courses", "published", "keys", "demo.txt"}
"""Where names and addresses may stand: contacts, texts for staff, and what is public."""
TEMPORARY = "temporary files"

SAMPLE = """
    (SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL
        ORDER BY {key} DESC LIMIT %(newest)s)
    UNION
    (SELECT {key}, {column} FROM {table} WHERE {key} >= %(from)s AND {column} IS NOT NULL
        ORDER BY {key} LIMIT %(some)s)
"""
RANGE = "SELECT min({key}::text), max({key}::text) FROM {table}"


@dataclass(frozen=True, slots=True)
class Listener:
    """Where to connect, and the name that a browser would check."""

    host: str
    port: int
    name: str


@promise(
    "encryption.transit",
    sentence=_("All traffic is encrypted with the latest recommended protocols."),
    measured_by=_(
        "A client tries every protocol since SSL 3.0 and the cipher suites of the registry's three"
        " large ranges at the live listener, which may take those of the TLS profile alone (modern"
        " or compatible, as Mozilla recommends them), checks its certificate as a browser would,"
        " and looks whether the answer tells browsers to stay with TLS; what our own clients offer"
        " is compared with the profile; and the connection to the database is looked at."
        " Connections to others are not tried one by one."
    ),
    measures=[
        Measure("modern", _("recommended protocol versions offered"), least=1),
        Measure("weak", _("protocols or suites accepted beyond the profile"), most=0),
        Measure("certificate", _("problems with the certificate"), most=0),
        Measure("days", _("days until the certificate expires"), least=7),
        Measure("waiting", _("new certificates that were refused"), most=0),
        Measure("strict", _("answers that keep browsers on TLS"), least=1),
        Measure("clients", _("of those offered to others, beyond the profile"), most=0),
        Measure("database", _("database connections in clear over a network"), most=0),
    ],
    every=timedelta(minutes=30),
)
def transit() -> Measurement:
    """Test the listener as a client; CannotMeasure where TLS ends elsewhere."""
    listener = _listener()
    modern = _answers(listener, _client(ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3))
    weak = _outside(listener)
    clients = hello.beyond(hello.offered(tls.client_context()), tls.chosen())
    problems, expires = _certificate(listener)
    waiting = tls.refused(settings.CONFIG.data)
    days = (expires - now()).total_seconds() / 86400 if expires else 0
    return Measurement(
        {
            "modern": int(modern),
            "weak": len(weak),
            "certificate": len(problems),
            "days": round(days, 2),
            "waiting": int(bool(waiting)),
            "strict": int(_is_strict()),
            "clients": len(clients),
            "database": int(_is_database_in_clear()),
        },
        [
            f"the TLS profile is {tls.chosen().name}",
            *(f"accepted: {name}" for name in weak),
            *(f"offered to others: {name}" for name in clients),
            *problems,
            *([waiting] if waiting else []),
        ],
    )


def _listener() -> Listener:
    """Return our own listener, or the public address when only that has TLS."""
    own, public = browser.own_address(), urlsplit(settings.BASE_URL)
    if own.is_tls:
        return Listener(own.host, own.port, public.hostname or own.host)
    if public.scheme == "https" and public.hostname:
        listener = Listener(public.hostname, public.port or 443, public.hostname)
        if _reachable(listener):
            return listener
        raise CannotMeasure(gettext("TLS is ended by a proxy in front; nothing here can see it."))
    raise NotSetUp(
        gettext(
            "The service is reached without TLS, on this machine alone (SEATROBOT_TLS_CERTIFICATE)."
        )
    )


def _reachable(listener: Listener) -> bool:
    try:
        socket.create_connection((listener.host, listener.port), SECONDS).close()
    except OSError:
        return False
    return True


def _client(oldest: ssl.TLSVersion, newest: ssl.TLSVersion) -> ssl.SSLContext:
    """Return a client that accepts any protocol between two versions and any certificate."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    client.minimum_version, client.maximum_version = oldest, newest
    return client


def _answers(listener: Listener, client: ssl.SSLContext) -> bool:
    """Return whether a handshake succeeds; CannotMeasure when nothing listens at all."""
    try:
        with socket.create_connection((listener.host, listener.port), SECONDS) as opened:
            try:
                client.wrap_socket(opened, server_hostname=listener.name).close()
            except (ssl.SSLError, OSError):
                return False
            return True
    except OSError as error:
        raise CannotMeasure(
            gettext("The web server does not answer at its own address.")
        ) from error


def _outside(listener: Listener) -> list[str]:
    """Return what the listener takes that is not in the profile."""
    try:
        return hello.outside(listener.host, listener.port, listener.name, tls.chosen())
    except OSError as error:
        raise CannotMeasure(
            gettext("The web server does not answer at its own address.")
        ) from error


def _certificate(listener: Listener) -> tuple[list[str], datetime | None]:
    """Return a browser's complaints about the certificate, and until when it is valid."""
    problems = []
    try:
        with socket.create_connection((listener.host, listener.port), SECONDS) as opened:
            tls.client_context().wrap_socket(opened, server_hostname=listener.name).close()
    except ssl.SSLCertVerificationError as error:
        problems.append(f"certificate: {error.verify_message}")
    except OSError as error:
        problems.append(f"no handshake ({type(error).__name__})")
    client = _client(ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
    try:
        with (
            socket.create_connection((listener.host, listener.port), SECONDS) as opened,
            client.wrap_socket(opened, server_hostname=listener.name) as secured,
        ):
            raw = secured.getpeercert(binary_form=True)
    except OSError:
        return problems, None
    return problems, x509.load_der_x509_certificate(raw).not_valid_after_utc if raw else None


def _is_strict() -> bool:
    """Return whether a real answer tells browsers to use TLS for at least a year."""
    header = browser.Browser().get("/sign-in/").headers.get("Strict-Transport-Security") or ""
    ages = [part.strip() for part in header.split(";") if part.strip().startswith("max-age=")]
    age = ages[0].removeprefix("max-age=") if ages else ""
    return age.isdecimal() and int(age) >= A_YEAR


def _is_database_in_clear() -> bool:
    """Return whether the database is reached over a network without TLS."""
    with connection.cursor() as cursor:
        cursor.execute(OVER_A_NETWORK)
        is_over_a_network = bool(cursor.fetchone()[0])
    return is_over_a_network and not connection.connection.pgconn.ssl_in_use


@promise(
    "encryption.rest",
    sentence=_(
        "Customer Data is sealed under the organization's own keys before it reaches the database."
    ),
    measured_by=_(
        "Canaries are written through the service, by forms of the running web among other ways,"
        " and searched for in the newest 500 rows of every table of every schema that the service"
        " may read; and, where the database is Seatrobot's own, in its files, its write-ahead log"
        " and log, in what web and jobs have written to the terminal, in mail and in temporary"
        " files: what changed in the last two hours, the newest 256 MB of each kind. Another"
        " database role looks at the newest and at random values of every sealed column. Some"
        " values of three organizations chosen by chance are opened with the organization's keys,"
        " which the journal notes, and must not open with another's; and each organization that is"
        " not locked must have keys. Of the texts about people among them up to 60 of each are"
        " searched for in those rows, and up to 12 names and addresses of mail in the files too,"
        " except temporary ones and those that the operator writes. All is searched for in UTF-8,"
        " UTF-16 and Latin-1, and in what is in hexadecimal or base64; what is compressed is not"
        " found."
    ),
    measures=[
        Measure("forms", _("forms of the running web that took canaries"), least=2),
        Measure("places", _("kinds of places searched"), least=1),
        Measure("canaries", _("places where a canary was found in clear"), most=0),
        Measure("columns", _("sealed columns looked at"), least=10),
        Measure("values", _("sealed values looked at"), least=1),
        Measure("clear", _("values stored in clear"), most=0),
        Measure("opened", _("values of a sample that opened with their own keys"), least=1),
        Measure("unopened", _("values of it that stayed closed"), most=0),
        Measure("elsewhere", _("values of it that opened with another's keys"), most=0),
        Measure("lost", _("organizations whose keys are lost"), most=0),
        Measure("searched", _("texts of the sample searched for"), least=1),
        Measure("found", _("places where one was found in clear"), most=0),
    ],
    fresh_for=timedelta(hours=3),
    every=timedelta(hours=1),
    timeout=timedelta(seconds=90),
)
def rest() -> Measurement:
    """Write canaries and search for them, then check values of every sealed column."""
    words = canaries.tokens(now().date())
    with probe_organization() as probe:
        event = canaries.write(probe)
        with browser_of(probe.administrator, "password") as browser:
            forms = canaries.write_over_http(probe, browser, event)
            word = canaries.word("name", now().date())
            browser.get(probe.path(f"events/{event.pk}/guests/?q={word}"))
        with acting(ACTOR, probe.organization_id):
            tables = searching.in_tables(words)
        columns, values, clear = _sealed_columns()
        with examining() as examiner:
            sample = sealing.open_sample(examiner)
    searched = _searched_files()
    kinds = ["tables", *searched]
    found, real = [f"the table {name}" for name in tables], sample.tables
    for kind, files in searched.items():
        with_canary, with_text = searching.in_files(files, words, sample.words)
        found += [f"{kind}: {file.name}" for file in with_canary]
        if kind != TEMPORARY:
            ours = [file for file in with_text if not _is_the_operators(file)]
            real += [f"{kind}: {file.name}" for file in ours]
    return Measurement(
        {
            "forms": forms,
            "places": len(kinds),
            "canaries": len(found),
            "columns": columns,
            "values": values,
            "clear": sum(clear.values()),
            "opened": sample.opened,
            "unopened": sample.unopened,
            "elsewhere": sample.elsewhere,
            "lost": sample.lost,
            "searched": sample.searched,
            "found": len(real),
        },
        [
            f"searched: {', '.join(kinds)}",
            *sample.notes[:MOST_NOTES],
            *(f"a canary in {place}" for place in found),
            *(f"a text about somebody in {place}" for place in real[:MOST_NOTES]),
            *(f"{column}: {count} values in clear" for column, count in clear.items()),
        ],
    )


def _is_the_operators(file: Path) -> bool:
    """Return whether a file holds what the operator says of themselves, or is public."""
    data: Path = settings.CONFIG.data
    return file.is_relative_to(data) and file.relative_to(data).parts[0] in OF_THE_OPERATOR


def _searched_files() -> dict[str, list[Path]]:
    """Return the kinds of files that can be read here, with those that changed recently."""
    since = now() - CHANGED_SINCE
    data: Path = settings.CONFIG.data
    cluster = searching.cluster()
    kinds = {}
    if cluster:
        kinds = {
            "write-ahead log": searching.changed_files(cluster / "pg_wal", since),
            "database log": searching.changed_files(cluster / "log", since),
            "database files": searching.changed_files(cluster / "base", since),
        }
    if data.is_dir():
        others = {"postgresql", *NOT_SEARCHED}
        kinds["data directory"] = [
            file
            for file in searching.changed_files(data, since)
            if file.relative_to(data).parts[0] not in others
        ]
    return kinds | {TEMPORARY: searching.temporary_files(since)}


def _sealed_columns() -> tuple[int, int, dict[str, int]]:
    """Return how many columns and values were checked, and the columns with values in clear."""
    columns, values, clear = 0, 0, {}
    with examining() as examiner:
        for model in apps.get_models():
            for field in model._meta.local_concrete_fields:
                if isinstance(field, SealedField):
                    sample = _sample(examiner, model, field)
                    bad = sum(not looks_sealed(value) for value in sample)
                    columns += 1
                    values += len(sample)
                    if bad:
                        clear[f"{model._meta.db_table}.{field.column}"] = bad
    return columns, values, clear


def _sample(
    examiner: psycopg.Connection, model: type[models.Model], field: SealedField[Any]
) -> list[bytes | None]:
    """Return the newest values of a column, and some from a random place on."""
    names = {
        "key": sql.Identifier(str(model._meta.pk.column)),
        "column": sql.Identifier(str(field.column)),
        "table": sql.Identifier(model._meta.db_table),
    }
    ends = examiner.execute(sql.SQL(RANGE).format(**names)).fetchone()
    if ends is None or ends[0] is None:
        return []
    first, last = (UUID(end).int for end in ends)
    start = UUID(int=first + secrets.randbelow(last - first + 1))
    limits = {"newest": NEWEST, "some": SOME, "from": start}
    return [value for _key, value in examiner.execute(sql.SQL(SAMPLE).format(**names), limits)]


@promise(
    "encryption.agility",
    sentence=_("The cryptography follows the landscape promptly."),
    measured_by=_(
        "Once a day all data but logs of an organization kept for examinations is sealed anew"
        " under new keys of another algorithm while the service runs, and the old keys are closed"
        " once a count says that nothing is sealed under them; each value must open and say what it"
        " said before. Every key of a keyring that is not locked, every password hash, and"
        " connections are compared with the cryptographic policy and with the dates of rotation; of"
        " keys in files only whether the policy still allows their algorithm, of connections to"
        " databases that of the service alone; every column of the database must be sealed, a keyed"
        " hash, or named with the reason why it is neither; and every sealed value must name a key"
        " of whom it belongs to. Whether the policy is what is recommended today, people judge."
    ),
    measures=[
        Measure("seconds", _("for the change of algorithm"), unit=Unit.SECONDS, most=60),
        Measure("resealed", _("values sealed anew in it"), least=10),
        Measure("left", _("values left under the old keys"), most=0),
        Measure("unopened", _("values that stayed closed afterwards"), most=0),
        Measure("changed", _("values that said something else afterwards"), most=0),
        Measure("closed", _("old keys closed"), least=2),
        Measure("keys", _("keys compared with the policy"), least=5),
        Measure(
            "outside", _("of them, password hashes and connections other than it says"), most=0
        ),
        Measure("columns", _("columns of the database with a reason"), least=100),
        Measure("unclassified", _("columns that lack one"), most=0),
        Measure("strange", _("sealed values that name a foreign or unknown key"), most=0),
    ],
    fresh_for=timedelta(hours=50),
    every=timedelta(hours=24),
    timeout=timedelta(seconds=120),
)
def agility() -> Measurement:
    """Change keys and algorithm of the probe, and compare what is in use with the policy."""
    with examining() as examiner:
        try:
            taken = inventory.take(examiner)
        except PolicyRefused as error:
            raise CannotMeasure(str(error)) from error
        unclassified = columns.findings(columns.columns(examiner))
        strange = rotating.strange(examiner)
        with probe_organization() as probe:
            canaries.write(probe)
            try:
                done = rotating.exercise(examiner, probe.organization_id)
            except StillGoingOn as error:
                raise CannotMeasure(
                    gettext("Something else went on in the database for too long.")
                ) from error
    return Measurement(
        {
            "seconds": done.seconds,
            "resealed": done.values,
            "left": done.left,
            "unopened": done.unopened,
            "changed": done.changed,
            "closed": done.closed,
            "keys": len(taken.keys),
            "outside": len(taken.problems) - len(unclassified),
            "columns": sum(bool(row.protection) for row in taken.columns),
            "unclassified": len(unclassified),
            "strange": sum(strange.values()),
        },
        [
            *done.notes,
            *taken.problems,
            *(f"{column}: {count} values of a strange key" for column, count in strange.items()),
        ],
    )
