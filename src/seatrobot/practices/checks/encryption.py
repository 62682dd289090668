"""Data encryption in transit and at rest: at the live listener, and in what is stored."""

from __future__ import annotations

import secrets
import socket
import ssl
import warnings
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

from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.promises.declaring import (
    CannotMeasure,
    Measure,
    Measurement,
    NotSetUp,
    promise,
)
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.vault.looks import looks_sealed
from seatrobot.practices.checks import browser, canaries, sealing, searching
from seatrobot.practices.checks.probe import browser_of, probe_organization

SECONDS = 10
A_YEAR = 365 * 24 * 60 * 60
WEAK_SUITES = (
    "ALL:COMPLEMENTOFALL:!ECDHE+AESGCM:!DHE+AESGCM:!ECDHE+CHACHA20:!DHE+CHACHA20"
    ":!ECDHE+AESCCM:!DHE+AESCCM:@SECLEVEL=0"
)
EVERYTHING = "ALL:@SECLEVEL=0"
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
        "A client tries new and old protocols and weak cipher suites at the live listener, checks"
        " its certificate as a browser would, and looks whether the answer tells browsers to stay"
        " with TLS; and at the connection to the database."
    ),
    measures=[
        Measure("modern", _("recommended protocol versions offered"), least=1),
        Measure("weak", _("outdated protocols or suites accepted"), most=0),
        Measure("certificate", _("problems with the certificate"), most=0),
        Measure("days", _("days until the certificate expires"), least=7),
        Measure("strict", _("answers that keep browsers on TLS"), least=1),
        Measure("database", _("database connections in clear over a network"), most=0),
    ],
    every=timedelta(minutes=30),
)
def transit() -> Measurement:
    """Test the listener as a client; CannotMeasure where TLS ends elsewhere."""
    listener = _listener()
    modern = _answers(listener, _client(ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3))
    weak = [name for name, client in _weak_clients().items() if _answers(listener, client)]
    problems, expires = _certificate(listener)
    days = (expires - now()).total_seconds() / 86400 if expires else 0
    return Measurement(
        {
            "modern": int(modern),
            "weak": len(weak),
            "certificate": len(problems),
            "days": round(days, 2),
            "strict": int(_is_strict()),
            "database": int(_is_database_in_clear()),
        },
        [*(f"accepted: {name}" for name in weak), *problems],
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


def _client(
    oldest: ssl.TLSVersion, newest: ssl.TLSVersion, suites: str = EVERYTHING
) -> ssl.SSLContext:
    """Return a client that accepts any protocol between two versions and any certificate."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    client.set_ciphers(suites)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that they are old is the point
        client.minimum_version, client.maximum_version = oldest, newest
    return client


def _weak_clients() -> dict[str, ssl.SSLContext]:
    version = ssl.TLSVersion
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old = {"TLS 1.0": version.TLSv1, "TLS 1.1": version.TLSv1_1}
    weak = {name: _client(each, each) for name, each in old.items()}
    weak["a weak suite"] = _client(version.TLSv1_2, version.TLSv1_2, WEAK_SUITES)
    return weak


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


def _certificate(listener: Listener) -> tuple[list[str], datetime | None]:
    """Return a browser's complaints about the certificate, and until when it is valid."""
    problems = []
    try:
        with socket.create_connection((listener.host, listener.port), SECONDS) as opened:
            ssl.create_default_context().wrap_socket(opened, server_hostname=listener.name).close()
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
        " and searched for in every table of every schema that the service may read; and, where"
        " the database is on the same machine, in its files, its write-ahead log and log, in what"
        " web and jobs have written to the terminal, in mail and in temporary files: what changed"
        " in the last two hours, the newest 256 MB of it. Another database role looks"
        " at the newest and at random values of every sealed column. Some values of three"
        " organizations chosen by chance are opened with the organization's keys, which the"
        " journal notes, and must not open with another's; and each organization must have keys."
    ),
    measures=[
        Measure("forms", _("forms of the running web that took canaries"), least=2),
        Measure("places", _("kinds of places searched"), least=1),
        Measure("canaries", _("places where a canary was found in clear"), most=0),
        Measure("columns", _("sealed columns looked at"), least=10),
        Measure("values", _("sealed values looked at"), least=1),
        Measure("clear", _("values that are not sealed"), most=0),
        Measure("opened", _("values of a sample that opened with their own keys"), least=1),
        Measure("unopened", _("values of it that did not"), most=0),
        Measure("elsewhere", _("values of it that opened with another's keys"), most=0),
        Measure("lost", _("organizations without keys"), most=0),
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
    kinds = ["tables", *(kind for kind, _files in _searched_files())]
    found = [f"the table {name}" for name in tables]
    for kind, files in _searched_files():
        found += [f"{kind}: {file.name}" for file in searching.in_files(files, words)]
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
        },
        [
            f"searched: {', '.join(kinds)}",
            *sample.notes[:MOST_NOTES],
            *(f"a canary in {place}" for place in found),
            *(f"{column}: {count} values in clear" for column, count in clear.items()),
        ],
    )


def _searched_files() -> list[tuple[str, list[Path]]]:
    """Return the kinds of files that can be read here, with those that changed recently."""
    since = now() - CHANGED_SINCE
    data: Path = settings.CONFIG.data
    cluster = searching.cluster()
    kinds = []
    if cluster:
        kinds += [
            ("write-ahead log", searching.changed_files(cluster / "pg_wal", since)),
            ("database log", searching.changed_files(cluster / "log", since)),
            ("database files", searching.changed_files(cluster / "base", since)),
        ]
    if data.is_dir():
        others = {"postgresql", *NOT_SEARCHED}
        files = [
            file
            for place in data.iterdir()
            if place.name not in others
            for file in ([place] if place.is_file() else searching.changed_files(place, since))
        ]
        kinds.append(("data directory", files))
    return [*kinds, ("temporary files", searching.temporary_files(since))]


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
