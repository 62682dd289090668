"""Backing up: a database of so many megabytes against bare `pg_basebackup`, in the same run.

Half of a row is random, as what is sealed is, and half compresses. Prints JSON lines, each with
`seconds`, `megabytes`, and the `ratio` to the bare program where it has one (1.3 is the limit):
    bare         pg_basebackup into an archive, as it is (`-Ft`), and packed by the server (`-z`)
    backup       all of `seatrobot backups now`: packed, encrypted, in two stores, read back
    verify       reading it in one store as a restore would
    point        seconds until a store has the log of a write, and how often it was asked: the
                 recovery point while somebody writes all the time

Usage: python bench/backups.py [megabytes, default 100]
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from instance import instance

LIMIT = 1.3
POINT_SECONDS = 60
WRITING = 40
FILL = """
    INSERT INTO bench_rows SELECT decode(string_agg(md5(random()::text), ''), 'hex') || decode(
        repeat('00ff10', 170), 'hex') FROM generate_series(1, {rows}) AS row,
        generate_series(1, 32) GROUP BY row
"""
ROW_BYTES = 1024


def tell(what: str, seconds: float, **more: object) -> None:
    print(json.dumps({"what": what, "seconds": round(seconds, 2), **more}), flush=True)


def fill(megabytes: int) -> None:
    from seatrobot.backups.source import source

    with source().connected() as connection:
        connection.execute("CREATE TABLE bench_rows (content bytea)")
        for _ in range(max(1, megabytes // 10)):
            connection.execute(FILL.format(rows=10 * 1024**2 // ROW_BYTES))
        connection.execute("CHECKPOINT")


def bare(*options: str) -> float:
    from seatrobot.backups.source import source

    from_ = source()
    target = tempfile.mkdtemp(dir=os.environ["SEATROBOT_DATA"])
    begun = time.monotonic()
    command = [from_.program("pg_basebackup"), "--dbname", from_.conninfo, "-D", target, "-Ft"]
    subprocess.run([*command, "-Xnone", "-cfast", *options], check=True, capture_output=True)
    seconds = time.monotonic() - begun
    size = sum(each.stat().st_size for each in Path(target).iterdir())
    shutil.rmtree(target)
    tell("bare" + "".join(options), seconds, megabytes=round(size / 1e6, 1))
    return seconds


def back_up(limit: float, packed: float) -> None:
    from seatrobot.backups import services, verifying
    from seatrobot.backups.configured import stores

    begun = time.monotonic()
    backup = services.back_up()
    seconds = time.monotonic() - begun
    size = max(each.size for each in backup.copies.all())
    ratios = {"ratio": round(seconds / limit, 2), "ratio_packed": round(seconds / packed, 2)}
    tell("backup", seconds, megabytes=round(size / 1e6, 1), limit=LIMIT, **ratios)
    store = stores()[0]
    begun = time.monotonic()
    (about,) = services.described(store)
    with services.open_part(store, about.id, "cluster") as plain:
        assert not verifying.unlike_manifest(plain)
    tell("verify", time.monotonic() - begun)


def point() -> None:
    """Write all the time while the log is shipped; ask a store again and again for the newest."""
    from seatrobot.backups.configured import stores
    from seatrobot.backups.reading import wal
    from seatrobot.backups.shipping import Shipper
    from seatrobot.backups.source import lsn, source

    shipper = Shipper(source())
    threading.Thread(target=shipper.run, daemon=True).start()
    ends = time.monotonic() + WRITING

    def write() -> None:
        with source().connected() as connection:
            while time.monotonic() < ends:
                connection.execute(FILL.format(rows=20))
                time.sleep(0.002)

    threading.Thread(target=write, daemon=True).start()
    time.sleep(5)
    waited = []
    with source().connected() as connection:
        while time.monotonic() < ends - 5:
            (text,) = connection.execute("SELECT pg_current_wal_flush_lsn()::text").fetchone()
            begun = time.monotonic()
            while not any(file.through >= lsn(text) for file in wal(stores()[0], lsn(text))):
                time.sleep(0.2)
            waited.append(time.monotonic() - begun)
    tell("point", max(waited), limit=POINT_SECONDS, asked=len(waited))
    shipper.stop()


def main() -> None:
    with instance():
        fill(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
        limit = bare()
        packed = bare("-z")
        back_up(limit, packed)
        point()


if __name__ == "__main__":
    main()
