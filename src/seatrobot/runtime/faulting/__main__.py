"""Seed every declared fault into a running instance and check that it is detected.

    python -m seatrobot.runtime.faulting [--save] [WORD...]

Prints a line for each fault and the total; exit code 1 unless all are detected. A fault is seeded
again where the promise was not kept without it, which is told, too. --save writes the result
for the page (`make faults`). WORD: only faults whose line contains one of them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from seatrobot.runtime.faulting.instance import ADDRESS, PASSWORD, RunningInstance
from seatrobot.runtime.terminal import say

if TYPE_CHECKING:
    from seatrobot.practices.faults.declaring import Fault
    from seatrobot.runtime.faulting.seeding import Outcome


ATTEMPTS = 3
"""How often a fault is seeded while the promise is not kept without it."""
INSTANCES = 2
"""That all faults are shared out to: each waits more than it computes."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="seatrobot.runtime.faulting", description=__doc__)
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--share", nargs=2, metavar=("NUMBER", "FILE"), help=argparse.SUPPRESS)
    parser.add_argument("words", nargs="*")
    args = parser.parse_args()
    if args.share:
        number, file = args.share
        Path(file).write_text(json.dumps(_seed_share((), int(number), INSTANCES)))
        return 0
    return run(args.words, save=args.save)


def run(words: Sequence[str], *, save: bool) -> int:
    """Seed every fault, or those whose line contains one of the words; return the exit code."""
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        others = [] if words else [_start_share(n, Path(place)) for n in range(1, INSTANCES)]
        for process, _file in others:
            stack.callback(process.send_signal, signal.SIGINT)  # where this one fails first
        found = _seed_share(words, 0, 1 + len(others))
        for process, file in others:
            if process.wait():
                return 1
            found |= json.loads(file.read_text())
    return _total(found, save=save)


def _start_share(number: int, place: Path) -> tuple[subprocess.Popen[bytes], Path]:
    """Seed a share of the faults in another process with an instance of its own."""
    file = place / str(number)
    words = ["-P", "-m", "seatrobot.runtime.faulting", "--share", str(number), str(file)]
    return subprocess.Popen([sys.executable, *words]), file  # noqa: S603  our own program


def _seed_share(words: Sequence[str], number: int, of: int) -> dict[str, bool]:
    """Seed one of several shares of the faults; return whether each was detected."""
    started = time.monotonic()
    found = {}
    with _instance() as running:
        from seatrobot.runtime.faulting.seeding import prepare, seed

        say(f"started in {time.monotonic() - started:.1f} s")
        prepare(running, ADDRESS, PASSWORD)
        for fault in _share(words, number, of):
            begun = time.monotonic()
            for attempt in range(1, ATTEMPTS + 1):
                outcome = seed(running, fault, attempt)
                _tell(outcome, begun)
                if not outcome.is_inconclusive:
                    break
            found[f"{fault.promise}: {fault.name}"] = outcome.is_detected
    return found


def _tell(outcome: Outcome, begun: float) -> None:
    say(f"{outcome.line} ({time.monotonic() - begun:.1f} s)")
    for reason in outcome.reasons:
        say(f"          {reason}")


def _share(words: Sequence[str], number: int, of: int) -> list[Fault]:
    """Give the faults of every so manieth promise, those that take longest dealt out first."""
    from seatrobot.kernel.promises.declaring import PROMISES
    from seatrobot.practices.faults.score import load

    faults = [
        fault
        for fault in load()
        if not words or any(word in f"{fault.promise} {fault.name}" for word in words)
    ]
    count = Counter(fault.promise for fault in faults)
    longest = sorted(count, key=lambda name: (-count[name] * PROMISES[name].timeout, name))
    ours = set(longest[number::of])
    return sorted((each for each in faults if each.promise in ours), key=_is_about_the_present)


def _is_about_the_present(fault: Fault) -> bool:
    """Return False for faults of what is remembered, which are seeded first.

    Those of the journal leave evidence behind whose entry was swallowed, and it stays found.
    """
    return not fault.promise.startswith("transparency.")


def _total(found: Mapping[str, bool], *, save: bool) -> int:
    from seatrobot.kernel.clock import now
    from seatrobot.practices.faults import score

    missed = sorted(name for name, is_detected in found.items() if not is_detected)
    detected = len(found) - len(missed)
    say(f"detected / seeded: {detected} / {len(found)}")
    for name in missed:
        say(f"MISSED  {name}")
    if save:
        score.save(detected=detected, seeded=len(found), date=now(), missed=missed)
    return 1 if missed or not found else 0


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
            running.permit_build()
            yield running
    finally:
        running.stop()
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
