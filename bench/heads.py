"""A head of ten thousand organizations with a year of heads before it. Prints one JSON line:
    head_ms      median of making, signing and storing one; limit 50; fastest, and of it the time of
                 the processor that Python takes (both say more than the median on a busy machine)
    publish_ms   the same with keeping it outside the database (one file, synced)
    contains_ms  of the examination whether the database contains what was last published
    proof_ms     of a consistency proof over the whole year

Usage: python bench/heads.py [organizations, default 10000]
"""

from __future__ import annotations

import json
import statistics
import sys
import time

import psycopg

from instance import instance

LIMIT_MS = 50
TURNS = 15
CHANGED = 200
FILL = """
    INSERT INTO journal_checkpoint (total, stream, start, size, root, frontier, note, at)
    SELECT number * 5, gen_random_uuid(), 0, 5, sha256(number::text::bytea), '\\x',
        repeat('n', 200), now() FROM generate_series(1, %s) AS number
"""
GROW = """
    INSERT INTO journal_checkpoint (total, stream, start, size, root, frontier, note, at)
    SELECT (SELECT max(total) FROM journal_checkpoint) + row_number() OVER (),
        id, size, size + 1, sha256(id::text::bytea), '\\x', repeat('n', 200), now()
    FROM (SELECT id, size FROM heads_stream ORDER BY random() LIMIT %s) AS grown
"""
PAST = 2**19


def main() -> None:
    organizations = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with instance():
        from django.conf import settings

        from seatrobot.kernel.examiner import examining
        from seatrobot.kernel.heads import containing, services

        with psycopg.connect(settings.CONFIG.owner_url, autocommit=True) as owner:
            owner.execute(FILL, [organizations])
            fill_past(owner)
            makes, keeps, ours = [], [], []
            for _ in range(TURNS):
                services.make()
                owner.execute(GROW, [CHANGED])
                begun, cpu = time.perf_counter(), time.process_time()
                services.make()
                makes.append(time.perf_counter() - begun)
                ours.append(time.process_time() - cpu)
                begun = time.perf_counter()
                kept = services.publish()
                keeps.append(time.perf_counter() - begun)
        head = milliseconds(makes)
        with examining() as examiner:
            begun = time.perf_counter()
            found = containing.examine(examiner, kept)
            contains = milliseconds([time.perf_counter() - begun])
        assert not found.wrong, found.wrong
        begun = time.perf_counter()
        proof = services.stored_log().consistency(PAST - 3, kept.size)
        result = {
            "bench": "heads",
            "streams": kept.statement.streams,
            "heads": kept.size,
            "head_ms": head,
            "of_limit": round(head / LIMIT_MS, 2),
            "head_fastest_ms": round(min(makes) * 1000, 1),
            "head_python_ms": milliseconds(ours),
            "publish_ms": milliseconds(keeps),
            "contains_ms": contains,
            "proof_ms": milliseconds([time.perf_counter() - begun]),
            "proof_hashes": len(proof),
        }
        sys.stdout.write(f"{json.dumps(result)}\n")


def fill_past(owner: psycopg.Connection) -> None:
    """Write a year of heads, one a minute."""
    from seatrobot.kernel.heads import memory, services
    from seatrobot.kernel.heads.log import Log
    from seatrobot.kernel.journal import tree

    rows: list[bytes] = []
    log = Log(rows.__getitem__)
    copy = "COPY heads_head (number, at, text, nodes, total, note) FROM STDIN"
    with owner.cursor() as cursor, cursor.copy(copy) as writing:
        for number in range(PAST):
            text = f"seatrobot-head/1\nbench {number}\n"
            rows.append(log.appended(number, tree.hash_leaf(text.encode())))
            writing.write_row((number, "2026-01-01", text, rows[-1], 0, "n" * 200))
    leaves = [row[: tree.HASH_BYTES] for row in rows]
    memory.keep(memory.Kept(services.sign(PAST, log.root(PAST)), text, b""), leaves)


def milliseconds(seconds: list[float]) -> float:
    return round(statistics.median(seconds) * 1000, 1)


if __name__ == "__main__":
    main()
