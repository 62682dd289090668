"""Appends to the journal, and a log of a million entries that somebody verifies. Prints one line:
    append_1, append_8, append_32   entries a second with so many writers, each its own transaction
    plain_1, plain_8, plain_32      the same rows into a table with the same columns and indexes and
                                    nothing else, in turns with them in the same run
    of_plain                        the smallest share of the three; at least 0.9
    verify_s                        verifying the file; limit 30
    file_mb                         its size

Usage: python bench/journal.py [seconds of each turn, default 2] [entries, default 1000000]
"""

from __future__ import annotations

import json
import statistics
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg

from instance import instance

WRITERS = (1, 8, 32)
TURNS = 5
LEAST_SHARE, LIMIT_SECONDS = 0.9, 30
SEALED = b"\x01" + bytes(range(256)) + bytes(64)
PLAIN = """
    CREATE TABLE plain (LIKE journal_entry INCLUDING ALL);
    GRANT INSERT ON plain TO seatrobot_app
"""
INSERT = """
    INSERT INTO {} (id, organization_id, at, action, actor_kind, actor_id, actor_name, event_id,
        subject_id, opened, sealed)
    VALUES (%s, %s, %s, 'guest:guest:view', 'member', %s, '', %s, %s, 3, %s)
"""


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    entries = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    with instance():
        from django.conf import settings

        with psycopg.connect(settings.CONFIG.owner_url, autocommit=True) as owner:
            owner.execute(PLAIN)
        result: dict[str, Any] = {"bench": "journal"}
        shares = []
        for writers in WRITERS:
            rates = measured(settings.CONFIG.database_url, writers, seconds)
            result |= {f"{name}_{writers}": round(rate) for name, rate in rates.items()}
            shares.append(rates["append"] / rates["plain"])
        result["of_plain"] = round(min(shares), 2)
        result["shares"] = [round(share, 2) for share in shares]
        result |= verified(entries)
    result["within"] = min(shares) >= LEAST_SHARE and result["verify_s"] < LIMIT_SECONDS
    print(json.dumps(result))


def measured(url: str, writers: int, seconds: float) -> dict[str, float]:
    """Return the median rate of both tables, written to in turns."""
    rates: dict[str, list[float]] = {"append": [], "plain": []}
    tables = {"append": "journal_entry", "plain": "plain"}
    for turn in range(TURNS):
        for name in sorted(tables, reverse=bool(turn % 2)):
            rates[name].append(rate(url, tables[name], writers, seconds))
    return {name: statistics.median(found) for name, found in rates.items()}


def rate(url: str, table: str, writers: int, seconds: float) -> float:
    """Return how many rows a second so many connections commit."""
    from seatrobot.kernel.ids import new_id

    organization, person, event = new_id(), new_id(), new_id()
    counts, ready = [0] * writers, threading.Barrier(writers + 1)
    ends = [0.0]

    def write(number: int) -> None:
        with psycopg.connect(url, autocommit=True, prepare_threshold=0) as connection:
            connection.execute(
                "SELECT set_config('seatrobot.organization', %s, false)", [str(organization)]
            )
            statement = INSERT.format(table)
            ready.wait()
            while time.perf_counter() < ends[0]:
                known = [new_id(), organization, datetime.now(UTC), person, event, new_id(), SEALED]
                connection.execute(statement, known)
                counts[number] += 1

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for each in threads:
        each.start()
    ends[0] = time.perf_counter() + 1000
    ready.wait()
    begun = time.perf_counter()
    ends[0] = begun + seconds
    for each in threads:
        each.join()
    return sum(counts) / (time.perf_counter() - begun)


def verified(entries: int) -> dict[str, float]:
    """Make a log of so many entries with its proof, and verify the file."""
    from seatrobot.kernel.clock import now
    from seatrobot.kernel.heads import log_file, services
    from seatrobot.kernel.heads.statement import Statement, StreamState, map_root, pack
    from seatrobot.kernel.ids import PLATFORM, new_id
    from seatrobot.kernel.journal import leaf, signing, tree

    organization, moment = new_id(), now()
    rows = []
    frontier = tree.Frontier()
    for number in range(entries):
        row = {
            "id": UUID(int=number),
            "organization_id": organization,
            "at": moment,
            "action": "guest:guest:view",
            "actor_kind": "member",
            "actor_id": organization,
            "actor_name": "",
            "event_id": organization,
            "subject_id": PLATFORM,
            "opened": 3,
            "sealed": SEALED,
        }
        rows.append(leaf.form(row))
        frontier.append(tree.hash_leaf(rows[-1]))
    streams = pack([StreamState(organization, entries, frontier.root())])
    head = Statement(moment.replace(microsecond=0), 1, entries, map_root(streams), 0, "", 0, 0)
    file = log_file.LogFile(
        entries=rows,
        start=0,
        frontier=[],
        map_place=0,
        map_proof=[],
        text=head.text,
        head_proof=[],
        head=services.sign(1, head.leaf),
    )
    data = log_file.written(file)
    key = signing.read_key(signing.verifier_key())
    begun = time.perf_counter()
    said = log_file.verify(data, key)
    took = time.perf_counter() - begun
    assert str(entries) in said, said
    return {"verify_s": round(took, 1), "file_mb": round(len(data) / 1e6)}


if __name__ == "__main__":
    main()
