"""The program for laptops as one file that Python runs (PEP 441), made of `seatrobot.agent`."""

from __future__ import annotations

import hashlib
import io
import zipfile
from functools import cache
from pathlib import Path

import seatrobot.agent

NAME = "seatrobot-device.pyz"
START = "import sys\n\nfrom seatrobot.agent.commands import main\n\nsys.exit(main())\n"
MADE = (2026, 1, 1, 0, 0, 0)
"""The same source gives the same bytes."""


@cache
def program() -> bytes:
    """Return the file: the sources as they are, in the order of their names."""
    place = Path(seatrobot.agent.__file__).parent
    files = {"__main__.py": START, "seatrobot/__init__.py": ""}
    files |= {f"seatrobot/agent/{path.name}": path.read_text() for path in place.glob("*.py")}
    out = io.BytesIO(b"#!/usr/bin/env python3\n")
    out.seek(0, io.SEEK_END)
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, MADE), text)
    return out.getvalue()


@cache
def digest() -> str:
    """Return the SHA-256 of the file."""
    return hashlib.sha256(program()).hexdigest()
