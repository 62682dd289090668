"""What a command writes is given when it is done, and the service's own timer is none of it."""

from __future__ import annotations

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
