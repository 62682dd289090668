"""Seed every declared fault into a running instance and check that it is detected.

    python -m seatrobot.runtime.faulting [--save] [WORD...]

Prints a line for each fault and the total; exit code 1 unless all are detected. --save
writes the result for the page (`make faults`). WORD: only faults whose line contains one of them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from seatrobot.runtime.faulting.instance import ADDRESS, PASSWORD, RunningInstance
from seatrobot.runtime.terminal import say

if TYPE_CHECKING:
    from seatrobot.practices.faults.declaring import Fault
    from seatrobot.runtime.faulting.seeding import Outcome


def main() -> int:
    parser = argparse.ArgumentParser(prog="seatrobot.runtime.faulting", description=__doc__)
    parser.add_argument("--save", action="store_true")
    parser.add_argument("words", nargs="*")
    args = parser.parse_args()
    return run(args.words, save=args.save)


def run(words: Sequence[str], *, save: bool) -> int:
    """Seed every fault, or those whose line contains one of the words; return the exit code."""
    started = time.monotonic()
    with _instance() as running:
        from seatrobot.practices.faults.score import load
        from seatrobot.runtime.faulting.seeding import prepare, seed

        faults = [
            fault
            for fault in sorted(load(), key=_is_about_the_present)
            if not words or any(word in f"{fault.promise} {fault.name}" for word in words)
        ]
        say(f"started in {time.monotonic() - started:.1f} s")
        prepare(running, ADDRESS, PASSWORD)
        outcomes: list[Outcome] = []
        for fault in faults:
            begun = time.monotonic()
            outcomes.append(outcome := seed(running, fault))
            say(f"{outcome.line} ({time.monotonic() - begun:.1f} s)")
    return _total(outcomes, save=save)


def _is_about_the_present(fault: Fault) -> bool:
    """Return False for faults of what is remembered, which are seeded first.

    Those of the journal leave evidence behind whose entry was swallowed, and it stays found.
    """
    return not fault.promise.startswith("transparency.")


def _total(outcomes: Sequence[Outcome], *, save: bool) -> int:
    from seatrobot.kernel.clock import now
    from seatrobot.practices.faults import score

    missed = [
        f"{each.fault.promise}: {each.fault.name}" for each in outcomes if not each.is_detected
    ]
    detected = len(outcomes) - len(missed)
    say(f"detected / seeded: {detected} / {len(outcomes)}")
    if save:
        score.save(detected=detected, seeded=len(outcomes), date=now(), missed=missed)
    return 1 if missed or not outcomes else 0


@contextmanager
def _instance() -> Iterator[RunningInstance]:
    """Start an instance, and set Django up in this process as its application."""
    place = Path(tempfile.mkdtemp(prefix="seatrobot-faults-"))
    running = RunningInstance(place)
    try:
        running.start()
        for name in [name for name in os.environ if name.startswith(("DATABASE_", "DJANGO_"))]:
            del os.environ[name]
        os.environ.update(running.environment())
        from seatrobot.runtime.application import application

        with application():
            yield running
    finally:
        running.stop()
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
