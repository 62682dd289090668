"""How jobs have promises examined: by a process that they cannot be.

The examiner reads what jobs need not: its own key, the database's files. So `seatrobot jobs` is
two processes, and the one above, which runs no job, starts the examiner when the other asks.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping

LONGEST_SECONDS = 15 * 60
SPARE_SECONDS = 60
WIRE = "SEATROBOT_JOBS_WIRE"
"""The number of the socket to the process above, in the environment of the one that asks."""
ASKED = re.compile(r"--due|[a-z_]+\.[a-z_]+")
EXAMINE = b"examine "


def examine(what: str, env: Mapping[str, str] | None = None) -> None:
    """Run `seatrobot promises examine` here; it is ended after LONGEST_SECONDS."""
    command = [sys.executable, "-P", "-m", "seatrobot", "promises", "examine", what]
    subprocess.run(  # noqa: S603  our own command
        command, timeout=LONGEST_SECONDS, check=False, stdout=subprocess.DEVNULL, env=env
    )


def ask(what: str) -> None:
    """Have it examined by the process above, and wait for the end; here, where there is none."""
    if not (number := os.environ.get(WIRE)):
        examine(what)
        return
    ours, theirs = socket.socketpair()
    with ours, socket.socket(fileno=os.dup(int(number))) as wire:
        with theirs:
            socket.send_fds(wire, [EXAMINE + what.encode()], [theirs.fileno()])
        ours.settimeout(LONGEST_SECONDS + SPARE_SECONDS)
        ours.recv(1)  # it is closed at the end
