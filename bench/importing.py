"""Import 100,000 guests from CSV into one event, as the job does: sealed and journalled.

Prints one JSON line:
    what, how_many, seconds, rows_per_second
    peak_mb      peak memory of this process, from the uploaded bytes to the commit
    ratio        seconds of this import to those of the same import with sealing switched off
    target_*     what was asked for

Each of the two imports runs in a process with a database of its own.

Usage: python bench/importing.py [rows, default 100000]
"""

import contextlib
import json
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from instance import guest_csv, instance, owner_and_event

SHAPE = b"\x01" + bytes(39)
"""The beginning of what is sealed, which the database demands."""


def measure(rows: int, *, sealing: bool) -> tuple[float, float]:
    """Return seconds from the upload to the commit, and the peak memory in MB."""
    with instance():
        from seatrobot.guests.services import imports
        from seatrobot.guests.statuses import Status
        from seatrobot.kernel.acting import acting

        member, event = owner_and_event()
        data = guest_csv(rows)
        with contextlib.nullcontext() if sealing else without_sealing():
            start = time.perf_counter()
            with acting(member.actor, member.organization_id):
                upload = imports.receive(
                    actor=member, event=event, filename="guests.csv", data=data
                )
                sheet = imports.sheet_of(actor=member, upload=upload)
                imports.set_mapping(
                    actor=member,
                    upload=upload,
                    mapping=imports.guessed(sheet),
                    default_status=Status.CONFIRMED,
                )
            with acting(member.actor, member.organization_id):
                counts = imports.run(actor=member, upload=upload, skip_problems=False)
                imports.delete_file(upload.pk)
            seconds = time.perf_counter() - start
        assert sum(counts.values()) == counts["created"] == rows
        return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextlib.contextmanager
def without_sealing():
    """Let records through as they are; blind indexes become plain hashes."""
    from hashlib import blake2b
    from unittest.mock import patch

    from seatrobot.kernel.vault import services as vault

    with (
        patch.object(vault, "seal", lambda _organization, plain, _place, *_class: SHAPE + plain),
        patch.object(
            vault,
            "open_sealed",
            lambda _organization, sealed, _place, *_class: sealed.removeprefix(SHAPE),
        ),
        patch.object(
            vault,
            "blind_index",
            lambda _organization, text: blake2b(text.encode(), digest_size=16).digest(),
        ),
    ):
        yield


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seconds, peak = alone(rows, sealing=True)
    plain, _peak = alone(rows, sealing=False)
    print(
        json.dumps(
            {
                "what": "import guests from CSV, sealed and journalled",
                "how_many": rows,
                "seconds": round(seconds, 2),
                "rows_per_second": round(rows / seconds),
                "target_rows_per_second": 5000,
                "peak_mb": round(peak),
                "target_peak_mb": 500,
                "ratio": round(seconds / plain, 2),
                "target_ratio": 1.5,
            }
        )
    )


def alone(rows: int, *, sealing: bool) -> tuple[float, float]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, rows, sealing=sealing).result()


if __name__ == "__main__":
    main()
