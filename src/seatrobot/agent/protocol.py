"""What the program on a machine and the server have in common.

A message is JSON text, signed with the machine's own SSH key by `ssh-keygen -Y sign`. The namespace
of a signature says what kind of message it is, so that one kind is never taken for another: not a
laptop's report for a server's, not an enrolment for a report.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

VERSION = 1
ENROLMENT = "enrolment@seatrobot"
LAPTOP = "laptop@seatrobot"
SERVER = "server@seatrobot"
MOST_BYTES = 64 * 1024
"""Of a message with its signature."""
MOST_DISKS = 200
MOST_PREVIOUS = 50
"""Reports that a new one may continue: the newest that was answered, and those that were not."""
LONGEST_NAME = 100


def encode(message: dict[str, Any]) -> str:
    """Return a message as the text that is signed."""
    return json.dumps(message, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """Return by what the next report names this one."""
    return hashlib.sha256(text.encode()).hexdigest()


def machine(identifier: str) -> str:
    """Return what stands for a machine in reports; "" where the system names none.

    The identifier itself stays on the machine.
    """
    found = identifier.strip().lower()
    return hashlib.sha256(b"seatrobot-machine\0" + found.encode()).hexdigest() if found else ""


def disk(name: str, kind: str, encrypted: bool | None) -> dict[str, Any]:  # noqa: FBT001  a fact
    """Return the fact about one disk.

    kind: system, data, swap, or unmounted. encrypted: None when the system does not tell.
    """
    return {"name": name[:LONGEST_NAME], "kind": kind, "encrypted": encrypted}


def lock(enabled: bool | None, seconds: float | None = None) -> dict[str, Any]:  # noqa: FBT001  a fact
    """Return the fact about the screen lock.

    enabled: whether the screen locks by itself; None when the system does not tell. seconds: after
    how long without use.
    """
    return {"enabled": enabled, "seconds": None if seconds is None else round(seconds)}
