"""What a command writes is given when it is done, and the service's own timer is none of it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

from seatrobot.grants import holding
from seatrobot.kernel import caches
from seatrobot.kernel.ids import new_id


def test_the_timer_of_the_caches_holds_nothing_back(monkeypatch):
    """It begins while the command runs, and begins again for as long as something is kept."""
    own = new_id()
    monkeypatch.setattr(caches, "_caches", {})
    monkeypatch.setattr(caches, "_timer", None)
    monkeypatch.setattr(caches, "_is_alive", [lambda _organization: True])
    caches.register("tests", lambda: [own], lambda _organization: None)
    waited = threading.Event()

    def command():
        with holding.held_back(100) as held:
            caches.touch()
            sys.stdout.write("done\n")
        assert held.out == "done\n"
        waited.set()

    threading.Thread(target=command, daemon=True).start()
    try:
        assert waited.wait(10)
    finally:
        caches._timer.cancel()


def test_a_thread_of_the_command_is_waited_for():
    def later():
        time.sleep(0.2)
        sys.stdout.write("later\n")

    with holding.held_back(100) as held:
        threading.Thread(target=later).start()
    assert held.out == "later\n"


STUCK = """
import os, threading, time
from seatrobot.grants import holding

def late():
    for _ in range(300):
        time.sleep(0.01)
        os.write(1, b"late")
        print("late")

holding.LONGEST_WAIT = 0.3
with holding.held_back(20) as held:
    print("said", flush=True)
    threading.Thread(target=late).start()
time.sleep(0.1)  # while it is stored
holding.show(held, held.out[:5], held.err)
print("after")
"""


def test_a_thread_that_goes_on_ends_with_the_process():
    done = subprocess.run(
        [sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "said\n"
    assert done.stderr == holding.WENT_ON.format(0.3)
    assert done.returncode == holding.LEFT_THREADS


def test_a_thread_that_goes_on_is_not_waited_for_after_ctrl_c(monkeypatch):
    def interrupted(_seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(holding.time, "sleep", interrupted)
    assert not holding.wait_for_threads(holding.threads() - {threading.get_ident()}, set())
