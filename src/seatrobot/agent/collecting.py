"""Asks the system that this program runs on."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from typing import Any

from seatrobot.agent import linux, macos, protocol, windows

SECONDS = 30
SYSTEMS = {"linux": linux.collect, "darwin": macos.collect, "win32": windows.collect}


def collect() -> dict[str, Any]:
    """Return the facts of this machine, as they are reported."""
    if sys.platform not in SYSTEMS:
        return _unknown()
    facts = SYSTEMS[sys.platform](run)
    if facts["disks"] is not None:
        facts["disks"] = facts["disks"][: protocol.MOST_DISKS]
    facts["machine"] = protocol.machine(facts["machine"])
    return {**facts, "release": _release()}


def run(*command: str) -> str:
    """Return what a program prints, on either stream; "" where it is missing, fails or hangs.

    Some of these programs answer on the stream for errors.
    """
    environment = {**os.environ, "LC_ALL": "C", "LANG": "C"}
    try:
        done = subprocess.run(  # noqa: S603  programs of the system, named by this package
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    if done.returncode:
        return ""
    return (done.stdout or done.stderr).decode(errors="replace")


def _release() -> str:
    try:
        name = platform.freedesktop_os_release().get("PRETTY_NAME", "")  # Python 3.10
    except (AttributeError, OSError):
        name = ""
    return (name or f"{platform.system()} {platform.release()}")[: protocol.LONGEST_NAME]


def _unknown() -> dict[str, Any]:
    return {
        "system": sys.platform[:20],
        "container": False,
        "machine": "",
        "disks": None,
        "lock": protocol.lock(None),
        "release": _release(),
    }
