"""All seeded faults, the result of their last run, and whether it is about the present code."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib import import_module
from importlib.metadata import version

import msgspec

from seatrobot.kernel.promises import reading, services
from seatrobot.kernel.promises.declaring import PROMISES, published_hash
from seatrobot.kernel.promises.fingerprint import Sources
from seatrobot.kernel.promises.status import PromiseStatus
from seatrobot.practices.faults import result
from seatrobot.practices.faults.declaring import FAULTS, Fault
from seatrobot.practices.sections import SECTIONS, import_section

RESULT = result.FILE


class Result(msgspec.Struct):
    """missed: `promise: fault` of those not detected. code: version. hash: of what decides.

    where: the system and the Python of the run.
    """

    detected: int
    seeded: int
    date: datetime
    code: str
    hash: str
    missed: list[str] = []
    where: str = ""


class Score(msgspec.Struct):
    """is_current: whether the result is about the checks and faults as they are now."""

    detected: int
    seeded: int
    date: datetime
    code: str
    is_current: bool
    missed: list[str] = []
    where: str = ""


def load() -> list[Fault]:
    """Import the faults of every section and those of the examinations themselves."""
    for section in SECTIONS:
        import_section("faults", section)
    import_module("seatrobot.practices.faults.examinations")
    return FAULTS


def score() -> Score | None:
    """Return the result of the last run; None when there was none."""
    try:
        last = msgspec.json.decode(RESULT.read_bytes(), type=Result)
    except FileNotFoundError:
        return None
    is_current = last.hash == present_hash()
    return Score(
        last.detected, last.seeded, last.date, last.code, is_current, last.missed, last.where
    )


def is_published_as_signed(statuses: Iterable[PromiseStatus]) -> bool:
    """Whether changelog and score are now those that the newest evidence was signed with.

    True while there is no evidence.
    """
    signed = [row.examination for row in statuses if row.examination]
    newest = max(signed, key=lambda each: each.at, default=None)
    return newest is None or newest.published in {"", published_hash()}


def save(*, detected: int, seeded: int, date: datetime, missed: list[str]) -> None:
    """Write down the result of a run."""
    where = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    found = Result(detected, seeded, date, version("seatrobot"), present_hash(), missed, where)
    RESULT.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")


@cache
def present_hash() -> str:
    """Return a hash of every check, of every fault, and of what turns evidence into a state.

    The order in which a process has imported them does not count.
    """
    promises = sorted(PROMISES.values(), key=lambda row: row.id)
    faults = sorted(load(), key=lambda each: (each.promise, each.name))
    facts = [f"{row.id} {row.check_hash()}" for row in promises]
    facts += [f"{each.promise} {each.name} {each.expected}" for each in faults]
    code = Sources().fingerprint(
        [
            *(row.examine for row in promises if row.examine),
            *(function for each in faults for function in (each.function, each.observe)),
            services.examine,
            reading.statuses,
        ]
    )
    return hashlib.sha256("\n".join([*facts, code]).encode()).hexdigest()
