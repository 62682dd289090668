"""The public practices page with two years of evidence for every promise.

Every promise is examined here, which is more work for the page than waiting ones. Times are of
the whole request on the server: middleware, statements, signatures, template. Prints one JSON line:
    page_ms, promise_ms     medians; page_cpu_ms, promise_cpu_ms     of this process alone
    first_ms     the page in a new process: templates are compiled, signatures not yet verified
    statements, promise_statements     that each page takes

Usage: python bench/practices_page.py [turns, default 60]
"""

import json
import statistics
import sys
import time
from dataclasses import replace

from guest_list import milliseconds, queries
from instance import instance

LIMIT_MS = 30
FILL = """
INSERT INTO promises_evidence (id, promise, at, within, text, signature)
SELECT gen_random_uuid(), promise, at, true, repeat('x', 420), repeat('y', 160)
FROM unnest(%(names)s::text[]) AS promise, (
    SELECT day + hours * interval '23 hours' AS at
    FROM generate_series(now() - interval '730 days', now() - interval '8 days', '1 day') AS day,
        generate_series(0, 1) AS hours
    UNION ALL
    SELECT generate_series(now() - interval '7 days', now() - interval '1 hour', '30 minutes')
) AS moments ORDER BY at;
"""
DAYS = """
INSERT INTO promises_day
    (promise, day, first_at, last_at, kept_at, longest_gap, broken, failed)
SELECT promise, day::date, day, day + interval '23 hours 59 minutes', day, 1800,
    random() < 0.01, random() < 0.02
FROM unnest(%(names)s::text[]) AS promise,
    generate_series(
        date_trunc('day', now()) - interval '730 days',
        date_trunc('day', now()) - interval '1 day', '1 day'
    ) AS day;
"""
CHANGES = """
INSERT INTO promises_change (id, promise, at, before, state, reason)
SELECT gen_random_uuid(), promise, at, 'kept', 'unproven', 'The evidence is too old.'
FROM unnest(%(names)s::text[]) AS promise,
    generate_series(now() - interval '730 days', now(), '20 days') AS at;
"""


def declare() -> list[str]:
    """Have every promise examined, with two numbers each; return their identifiers."""
    from seatrobot.kernel.promises.declaring import PROMISES, Measure, Measurement, Unit

    measures = [
        Measure("open", "doors left open", most=0),
        Measure("age", "oldest backup", Unit.SECONDS, most=14 * 86400),
    ]
    found = Measurement({"open": 0, "age": 9 * 86400 + 4 * 3600})
    for name, row in PROMISES.items():
        PROMISES[name] = replace(row, measures=measures, examine=lambda: found, attested_by=None)
    return list(PROMISES)


def fill(names: list[str]) -> int:
    """Write two years as they are after thinning; the newest evidence is signed. Return rows."""
    from django.db import connection, transaction

    from seatrobot.kernel.promises import services
    from seatrobot.kernel.promises.declaring import PROMISES
    from seatrobot.kernel.promises.tests.running import inline

    with connection.cursor() as cursor:
        with transaction.atomic(), services.recording():
            for statement in (FILL, DAYS, CHANGES):
                cursor.execute(statement, {"names": names})
        for _ in range(21):  # a page of evidence is signed, too
            services.examine(PROMISES[names[0]], inline)
        for name in names[1:]:
            services.examine(PROMISES[name], inline)
        cursor.execute("SELECT count(*) FROM promises_evidence")
        return int(cursor.fetchone()[0])


def main() -> None:
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with instance():
        from django.conf import settings
        from django.test import Client

        settings.ALLOWED_HOSTS = ["*"]
        names = declare()
        rows = fill(names)
        client = Client(headers={"user-agent": "benchmark"})
        page, promise = "/practices/", f"/practices/{names[0]}/"
        first = milliseconds(client, page)
        milliseconds(client, promise)
        taken = {
            "page_ms": [milliseconds(client, page) for _turn in range(turns)],
            "promise_ms": [milliseconds(client, promise) for _turn in range(turns)],
            "page_cpu_ms": [
                milliseconds(client, page, time.process_time) for _turn in range(turns)
            ],
            "promise_cpu_ms": [
                milliseconds(client, promise, time.process_time) for _turn in range(turns)
            ],
        }
        medians = {name: round(statistics.median(times), 1) for name, times in taken.items()}
        print(
            json.dumps(
                {"what": "practices page with two years of evidence", "how_many": rows}
                | {"promises": len(names), "first_ms": round(first), **medians}
                | {"limit_ms": LIMIT_MS, "ratio": round(medians["page_ms"] / LIMIT_MS, 2)}
                | {"promise_ratio": round(medians["promise_ms"] / LIMIT_MS, 2)}
                | {"statements": queries(client, page)}
                | {"promise_statements": queries(client, promise)}
            )
        )


if __name__ == "__main__":
    main()
