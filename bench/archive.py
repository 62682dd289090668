"""Export 100,000 guests with their contacts as an archive, and import it elsewhere, as the jobs do.

Prints one JSON line for each:
    what, guests, rows, seconds, rows_per_second
    bytes        size of the archive
    peak_mb      peak memory of the process that did it and nothing else
    target_*     what was asked for

Usage: python bench/archive.py [guests, default 100000]
"""

import json
import re
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

from instance import guest_csv, instance, owner_and_event

MOST_MB = 300


def fill(guests: int) -> tuple[str, str]:
    """Make an organization with guests, and an empty one; return the identifiers of both."""
    from seatrobot.accounts.services import create_account
    from seatrobot.guests.services import imports
    from seatrobot.guests.statuses import Status
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor
    from seatrobot.organizations import services

    member, event = owner_and_event()
    with acting(member.actor, member.organization_id):
        sheet = imports.read_sheet(guest_csv(guests), "guests.csv")
        from seatrobot.guests.guest_list import open_list

        comparison = imports.comparison(
            open_list(member, event.pk), sheet, imports.guessed(sheet), Status.CONFIRMED
        )
        imports.finish(
            actor=member, event=event, incoming=comparison, skip_problems=False, keep_contacts=True
        )
    with acting(Actor.system("bench")):
        person = create_account(email="b@x.test", name="B", password="correct horse battery")
        empty = services.found(name="Empty", owner=person)
    return str(member.organization_id), str(empty.organization_id)


def begin() -> None:
    import django

    django.setup()


def export(organization: str, path: str) -> dict[str, float]:
    begin()
    from seatrobot.archive import writing
    from seatrobot.archive.formats import Origin
    from seatrobot.kernel.clock import now
    from seatrobot.kernel.principals import Operator

    service = Operator.service(UUID(organization), "bench")
    start = time.perf_counter()
    with Path(path).open("wb") as file, writing.snapshot(), service.acting():
        origin = Origin(organization, "Bench", "")
        writer = writing.Writer(service.organization_id, origin, now(), "bench")
        writing.store(writer.pieces(), file.write)
    assert writer.manifest
    return told(start, sum(table.rows for table in writer.manifest.tables), path)


def bring_in(organization: str, path: str) -> dict[str, float]:
    begin()
    from seatrobot.archive import importing
    from seatrobot.kernel.principals import Operator

    service = Operator.service(UUID(organization), "bench")
    start = time.perf_counter()
    with Path(path).open("rb") as file, service.acting():
        done = importing.import_archive(actor=service, file=file)
    return told(start, done.total, path)


def peak_mb() -> int:
    """Return the peak memory since this process began; `getrusage` counts the one it came from."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return round(int(found[1]) / 1024)


def told(start: float, rows: int, path: str) -> dict[str, float]:
    seconds = time.perf_counter() - start
    return {
        "rows": rows,
        "seconds": round(seconds, 1),
        "rows_per_second": round(rows / seconds),
        "bytes": Path(path).stat().st_size,
        "peak_mb": peak_mb(),
        "target_mb": MOST_MB,
    }


def main(guests: int) -> None:
    with instance(), tempfile.TemporaryDirectory() as place:
        full, empty = fill(guests)
        path = f"{place}/archive.zip"
        for what, work, organization in (("export", export, full), ("import", bring_in, empty)):
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                found = pool.submit(work, organization, path).result()
            print(json.dumps({"what": f"archive {what}", "guests": guests, **found}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
