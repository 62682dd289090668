"""What all examinations cost: CPU seconds over their schedule, and locks they take.

A real instance is started (`seatrobot up` with TLS), somebody uses it, and every promise that is
examined is examined as the scheduler does it, by the command in a process of its own. Counted are
the processes of the command, of the web server and of PostgreSQL. Prints one JSON line:
    percent       of one CPU, all promises at their own intervals; limit 2
    of_limit      that over the limit
    round_s       CPU seconds of a full round; start_s of the command itself, with nothing to do
    tick_ms       CPU of the scheduler's look each minute, when nothing is due
    each_ms       CPU of each examination: of its own process, the web server and the database
    strongest     the strongest lock seen on a table of the service; waiting: locks waited for

Usage: python bench/examinations.py
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from seatrobot.runtime.faulting.instance import ADDRESS, PASSWORD, RunningInstance
from seatrobot.runtime.faulting.processes import descendants

LIMIT_PERCENT = 2
TICKS = os.sysconf("SC_CLK_TCK")
STRENGTH = [
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
]
LOCKS = """
    SELECT DISTINCT l.mode, l.granted, c.relname FROM pg_locks l
    JOIN pg_class c ON c.oid = l.relation JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
      AND a.usename IN ('seatrobot_app', 'seatrobot_examiner', 'seatrobot_recorder')
"""


class Locks:
    """Looks at the locks all the time, in a thread of its own."""

    def __init__(self, running: RunningInstance) -> None:
        import psycopg

        self.seen: set[tuple[str, bool, str]] = set()
        self.over = threading.Event()
        self.connection = psycopg.connect(running.superuser_url(), autocommit=True)
        self.thread = threading.Thread(target=self.look)
        self.thread.start()

    def look(self) -> None:
        while not self.over.wait(0.005):
            self.seen |= set(self.connection.execute(LOCKS).fetchall())

    def end(self) -> None:
        self.over.set()
        self.thread.join()
        self.connection.close()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="seatrobot-bench-") as place:
        running = RunningInstance(Path(place))
        try:
            running.start()
            os.environ.update(running.environment())
            from seatrobot.runtime.application import application

            with application():
                print(json.dumps(measure(running)))
        finally:
            running.stop()


def measure(running: RunningInstance) -> dict[str, object]:
    from seatrobot.kernel.promises.declaring import PROMISES
    from seatrobot.runtime.faulting.seeding import prepare

    prepare(running, ADDRESS, PASSWORD)
    running.run("SELECT pg_advisory_unlock_all()")
    command(running)  # what is made on first need is made
    examined = [row for row in PROMISES.values() if row.examine]
    nothing = min(spent(running, "--due") for _turn in range(3))
    locks = Locks(running)
    whole = min(spent(running) for _turn in range(2))
    locks.end()
    each = {row.id: cost_of(running, row) for row in examined}
    # A process starts for whatever is due together; at worst for each interval by itself.
    intervals = {row.every.total_seconds() for row in examined}
    per_second = sum(nothing / seconds for seconds in intervals)
    per_second += sum(each[row.id] / row.every.total_seconds() for row in examined)
    per_second += reporting_cost()
    tick = look_cost()
    percent = 100 * (per_second + tick / 60)
    modes = {mode for mode, _granted, _name in locks.seen}
    return {
        "bench": "examinations",
        "percent": round(percent, 3),
        "of_limit": round(percent / LIMIT_PERCENT, 3),
        "round_s": round(whole, 2),
        "start_s": round(nothing, 2),
        "tick_ms": round(tick * 1000, 1),
        "each_ms": {name: round(cost * 1000) for name, cost in each.items()},
        "strongest": max(modes, key=STRENGTH.index, default=""),
        "waiting": sorted(name for _mode, granted, name in locks.seen if not granted),
    }


def spent(running: RunningInstance, *what: str) -> float:
    """Return CPU seconds of the command, and of the instance while it runs."""
    before, children = instance_cpu(running), resource.getrusage(resource.RUSAGE_CHILDREN)
    command(running, *what)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
    return own + instance_cpu(running) - before


def command(running: RunningInstance, *what: str) -> None:
    env = os.environ | running.environment()
    line = [sys.executable, "-P", "-m", "seatrobot", "promises", "examine", *what]
    run = subprocess.run(line, env=env, stdout=subprocess.DEVNULL, check=False)
    assert run.returncode in {0, 1}, "1: something is broken, as where the program is a checkout"


def instance_cpu(running: RunningInstance) -> float:
    """Return CPU seconds of all processes of the instance, and of those that have ended."""
    assert running.process is not None
    ticks = 0
    for pid in descendants(running.process.pid):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / TICKS


def cost_of(running: RunningInstance, row) -> float:
    """Return CPU seconds of an examination: here, in the web server and in the database."""
    from seatrobot.kernel.promises import services

    before, begun = instance_cpu(running), time.process_time()
    services.examine(row)
    return time.process_time() - begun + instance_cpu(running) - before


def reporting_cost() -> float:
    """Return the CPU of what web and jobs report of their code, over the time between."""
    from seatrobot.kernel import loaded

    begun = time.process_time()
    loaded.statement(answers=True)
    return 2 * (time.process_time() - begun) / loaded.EVERY_SECONDS


def look_cost() -> float:
    """Return CPU seconds of the scheduler's look, when nothing is due."""
    from seatrobot.kernel.clock import now
    from seatrobot.kernel.promises import services

    services.record_changes()
    begun = time.process_time()
    for _turn in range(10):
        services.due(now())
        services.record_changes()
    return (time.process_time() - begun) / 10


if __name__ == "__main__":
    main()
