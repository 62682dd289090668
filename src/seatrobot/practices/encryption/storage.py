"""Whether what is stored can be read without keys: by canaries, and by a look at sealed columns."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import models
from psycopg import sql

from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.promises.declaring import Found
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.vault.looks import looks_sealed
from seatrobot.practices.encryption import searching
from seatrobot.practices.outside import Browser
from seatrobot.practices.probe import canaries
from seatrobot.practices.probe.services import Probing, browser_of, probing

CHANGED_SINCE = timedelta(hours=2)
NEWEST, SOME = 200, 200
"""How many values of a column are looked at: the newest, and some from a random place on."""
KEEPS_SECRETS = {"keystore", "static"}
"""Not searched: wrapped keys, and files that everybody may read."""

SAMPLE = """
    (SELECT {key}, {column} FROM {table} ORDER BY {key} DESC LIMIT %(newest)s)
    UNION
    (SELECT {key}, {column} FROM {table} WHERE {key} >= %(from)s ORDER BY {key} LIMIT %(some)s)
"""
RANGE = "SELECT min({key}::text), max({key}::text) FROM {table}"


def look() -> Found:
    """Write canaries and look for them; then look at values of every sealed column."""
    words = canaries.tokens(now().date())
    with probing() as probe:
        event = canaries.write(probe)
        _open_pages(probe, f"events/{event.pk}/guests/?q={canaries.word('name', now().date())}")
        with acting(ACTOR, probe.organization_id):
            tables = searching.in_tables(words)
        columns, values, clear = _sealed_columns()
    kinds = ["tables", *(kind for kind, _files in _places())]
    found = [f"the table {name}" for name in tables]
    for kind, files in _places():
        found += [f"{kind}: {file.name}" for file in searching.in_files(files, words)]
    return Found(
        {
            "places": len(kinds),
            "canaries": len(found),
            "columns": columns,
            "values": values,
            "clear": sum(clear.values()),
        },
        [
            f"searched: {', '.join(kinds)}",
            *(f"a canary in {place}" for place in found),
            *(f"{column}: {count} values in clear" for column, count in clear.items()),
        ],
    )


def _open_pages(probe: Probing, page: str) -> None:
    """Search for a canary as a person would, so that a web server that logs it is seen."""
    browser: Browser = browser_of(probe.administrator, "password")
    browser.get(probe.path(page))


def _places() -> list[tuple[str, list[Path]]]:
    """Return the kinds of files that can be reached from here, with what changed of late."""
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
        others = {"postgresql", *KEEPS_SECRETS}
        files = [
            file
            for place in data.iterdir()
            if place.name not in others
            for file in ([place] if place.is_file() else searching.changed_files(place, since))
        ]
        kinds.append(("data directory", files))
    return kinds


def _sealed_columns() -> tuple[int, int, dict[str, int]]:
    """Return how many columns and values were looked at, and of which column some are in clear."""
    columns, values, clear = 0, 0, {}
    with examining() as outside:
        for model in apps.get_models():
            for field in model._meta.local_concrete_fields:
                if isinstance(field, SealedField):
                    sample = _sample(outside, model, field)
                    bad = sum(not looks_sealed(value) for value in sample)
                    columns += 1
                    values += len(sample)
                    if bad:
                        clear[f"{model._meta.db_table}.{field.column}"] = bad
    return columns, values, clear


def _sample(
    outside: psycopg.Connection, model: type[models.Model], field: SealedField[Any]
) -> list[bytes | None]:
    """Return the newest values of a column, and some from a random place on."""
    names = {
        "key": sql.Identifier(str(model._meta.pk.column)),
        "column": sql.Identifier(str(field.column)),
        "table": sql.Identifier(model._meta.db_table),
    }
    ends = outside.execute(sql.SQL(RANGE).format(**names)).fetchone()
    if ends is None or ends[0] is None:
        return []
    first, last = (UUID(end).int for end in ends)
    start = UUID(int=first + secrets.randbelow(last - first + 1))
    limits = {"newest": NEWEST, "some": SOME, "from": start}
    return [value for _key, value in outside.execute(sql.SQL(SAMPLE).format(**names), limits)]
