"""The manifest of the data directory knows every name that a running service makes."""

from __future__ import annotations

import time

from seatrobot.kernel.manifest import directory

FIRST_HEAD_SECONDS = 150
"""A job makes a head each minute, and the service starts its jobs after it says that it runs."""


def test_every_file_of_a_running_service_is_known(instance):
    deadline = time.monotonic() + FIRST_HEAD_SECONDS
    while not (instance.data / "heads" / "leaves").exists():
        assert time.monotonic() < deadline, f"no head was made:\n{instance.said()}"
        time.sleep(0.5)
    found = directory.compare(instance.data)
    assert found.wrong == []
    assert {"examiner", "heads", "keystore"} <= {each.name for each in instance.data.iterdir()}
