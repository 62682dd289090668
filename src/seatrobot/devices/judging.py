"""What is well with a laptop, by the facts it reported. The laptop itself judges nothing.

Whatever the laptop cannot tell is a problem: it is never taken for well. A problem is a code, with
a detail after "=" where it has one, so that it can be stored, compared and said in any language.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.agent import protocol

LATEST_LOCK = timedelta(minutes=15)
CLOCK_OFF = timedelta(minutes=5)
FRESH_FOR = timedelta(hours=24)
COPIED = "copied"
Name = Annotated[str, msgspec.Meta(max_length=protocol.LONGEST_NAME)]


class Disk(msgspec.Struct):
    name: Name
    kind: Literal["system", "data", "swap", "unmounted"]
    encrypted: bool | None


class Lock(msgspec.Struct):
    enabled: bool | None
    seconds: int | None


class Facts(msgspec.Struct):
    """disks: None when the laptop cannot tell. container: it is no machine of its own."""

    system: Name
    release: Name
    container: bool
    machine: Annotated[str, msgspec.Meta(max_length=64)]
    disks: Annotated[list[Disk], msgspec.Meta(max_length=protocol.MOST_DISKS)] | None
    lock: Lock


class Report(msgspec.Struct):
    """at: seconds since 1970 by the laptop's clock.

    previous: hashes of reports that it may continue: the newest whose answer came, and those sent
    since.
    """

    version: Literal[1]
    device: UUID
    nonce: Annotated[str, msgspec.Meta(max_length=200)]
    at: int
    previous: Annotated[
        list[Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]],
        msgspec.Meta(max_length=protocol.MOST_PREVIOUS),
    ]
    facts: Facts


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in words: what is wrong, and what its owner does."""

    sentence: str
    what_to_do: str


def problems(report: Report, received: datetime) -> list[str]:
    """Return what is wrong with a laptop that sent this at this moment; empty when it is well."""
    facts = report.facts
    found = ["container"] if facts.container else []
    found += _disks(facts.disks)
    found += _lock(facts.lock)
    if abs(report.at - received.timestamp()) > CLOCK_OFF.total_seconds():
        found.append(f"clock-off={_bounded(round(report.at - received.timestamp()))}")
    if not facts.machine:
        found.append("machine-unknown")
    return found


def _disks(disks: list[Disk] | None) -> list[str]:
    if disks is None or not any(disk.kind == "system" for disk in disks):
        return ["disks-unknown"]
    codes = {
        (False, "swap"): "swap-plain",
        (None, "swap"): "disk-unknown",
        (False, "unmounted"): "partition-plain",
    }
    words = {False: "disk-plain", None: "disk-unknown"}
    return [
        f"{codes.get((disk.encrypted, disk.kind), words[disk.encrypted])}={disk.name}"
        for disk in disks
        if disk.encrypted is not True
    ]


def _lock(lock: Lock) -> list[str]:
    if lock.enabled is None or (lock.enabled and (lock.seconds is None or lock.seconds < 0)):
        return ["lock-unknown"]
    if not lock.enabled:
        return ["lock-off"]
    assert lock.seconds is not None
    late = lock.seconds > LATEST_LOCK.total_seconds()
    return [f"lock-late={_bounded(lock.seconds)}"] if late else []


def _bounded(seconds: int) -> int:
    """Return seconds that a page can show, whatever number was sent."""
    return max(-(10**9), min(10**9, seconds))


def explain(code: str) -> Problem:
    """Return a problem in words."""
    kind, _sign, detail = code.partition("=")
    if kind in {"lock-late", "clock-off"}:
        minutes = abs(int(detail)) // 60
        detail = ngettext("%d minute", "%d minutes", minutes) % minutes
    sentence, what_to_do = _words()[kind]
    return Problem(sentence % {"what": detail} if detail else sentence, what_to_do)


def _words() -> dict[str, tuple[str, str]]:
    encrypt = _("Encrypt it: LUKS under Linux, FileVault under macOS, BitLocker under Windows.")
    return {
        "disk-plain": (_("The disk %(what)s is not encrypted."), encrypt),
        "partition-plain": (
            _("The partition %(what)s is not mounted and holds files that are not encrypted."),
            _("Encrypt or erase it."),
        ),
        "swap-plain": (
            _("The swap space %(what)s is not encrypted: what is in memory is written there."),
            _("Encrypt the swap space, or switch it off."),
        ),
        "disk-unknown": (
            _("It cannot tell whether %(what)s is encrypted."),
            _("Have it on a disk whose encryption the system shows, or detach it."),
        ),
        "disks-unknown": (
            _("It cannot tell whether its disks are encrypted."),
            _(
                "Run the program on the laptop itself, as an administrator under Windows. A"
                " system whose disks do not show their encryption cannot be used for this."
            ),
        ),
        "lock-off": (
            _("The screen does not lock by itself."),
            _("Have the screen lock after 15 minutes at most, with the password."),
        ),
        "lock-late": (
            _("The screen locks only after %(what)s."),
            _("Have the screen lock after 15 minutes at most."),
        ),
        "lock-unknown": (
            _("It cannot tell whether the screen locks."),
            _(
                "Run the program as yourself, in your own session. GNOME, KDE, Cinnamon, MATE,"
                " macOS and Windows tell it."
            ),
        ),
        "clock-off": (
            _("The clock is off by %(what)s."),
            _("Have the system set its clock from the network."),
        ),
        "container": (
            _("The report comes from a container, which knows nothing of the laptop around it."),
            _("Run the program on the laptop itself."),
        ),
        "machine-unknown": (
            _("The system does not say which machine it is."),
            _("Under Linux, /etc/machine-id must be there."),
        ),
        COPIED: (
            _("The key of this laptop was used by another machine or a copy."),
            _("Tell the others of the staff if that was not you, and enrol the laptop again."),
        ),
    }
