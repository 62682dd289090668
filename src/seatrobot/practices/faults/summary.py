"""What the last run of the seeded faults found, and whether it was about the present code."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path

import msgspec

import seatrobot
from seatrobot.kernel.promises.declaring import PROMISES

RESULT = Path(__file__).with_name("result.json")
ROOT = Path(seatrobot.__file__).parent
DECIDE = (
    "kernel/journal/verifying.py",
    "kernel/journal/counting.py",
    "kernel/journal/walking.py",
    "kernel/promises/declaring.py",
    "kernel/promises/examining.py",
    "kernel/promises/reading.py",
    "kernel/promises/standing.py",
    "kernel/promises/statements.py",
    "kernel/tenancy/looking.py",
    "kernel/tenancy/rights.py",
    "kernel/vault/looks.py",
    "practices/outside.py",
    "practices/probe/canaries.py",
    "practices/probe/services.py",
    "practices/faults/declaring.py",
    "practices/faults/examining.py",
)
"""Files besides those of the sections that decide what an examination or a fault does."""


class Result(msgspec.Struct):
    """missed: `promise: fault` of those nobody noticed. code: version. hash: of what decides."""

    detected: int
    seeded: int
    date: datetime
    code: str
    hash: str
    missed: list[str] = []


class Summary(msgspec.Struct):
    """is_current: whether the result is about the checks and faults as they are now."""

    detected: int
    seeded: int
    date: datetime
    code: str
    is_current: bool
    missed: list[str] = []


def summary() -> Summary | None:
    """Return what the last run found; None when there was none."""
    try:
        found = msgspec.json.decode(RESULT.read_bytes(), type=Result)
    except FileNotFoundError:
        return None
    is_current = found.hash == present_hash()
    return Summary(found.detected, found.seeded, found.date, found.code, is_current, found.missed)


def keep(*, detected: int, seeded: int, date: datetime, missed: list[str]) -> None:
    """Write down what a run found."""
    result = Result(detected, seeded, date, version("seatrobot"), present_hash(), missed)
    RESULT.write_bytes(msgspec.json.format(msgspec.json.encode(result)) + b"\n")


@cache
def present_hash() -> str:
    """Return a hash of every check's limits and of the files that decide."""
    whole = hashlib.sha256()
    for promise in sorted(PROMISES.values(), key=lambda row: row.id):
        whole.update(f"{promise.id} {promise.check_hash()}\n".encode())
    for file in _files():
        whole.update(f"{file.relative_to(ROOT)} ".encode())
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def _files() -> list[Path]:
    """Return the files of sections that examine something, or are broken, and the others named."""
    sections = {row.section for row in PROMISES.values()}
    found = [
        file
        for section in sections
        for file in (ROOT / "practices" / section).glob("*.py")
        if file.name not in {"__init__.py", "apps.py", "promises.py"}
    ]
    return sorted([*found, *(ROOT / name for name in DECIDE)])
