"""Facts of a laptop under macOS, by the system's own commands."""

from __future__ import annotations

import plistlib
import re
from collections.abc import Callable
from typing import Any

from seatrobot.agent.protocol import disk, lock

OF_THE_SYSTEM = {"System", "Preboot", "Recovery", "VM", "Update", "xART", "Hardware", "iSCPreboot"}
"""Roles of volumes without files of people; the swap on VM is always encrypted."""
NOT_APFS = {"Apple_HFS", "Microsoft Basic Data", "Windows_NTFS", "Windows_FAT_32"}


def filevault(status: str) -> bool | None:
    """Return whether the startup disk is encrypted, by `fdesetup status`; None: not told."""
    if "in progress" in status:
        return False
    if "FileVault is On" in status:
        return True
    return False if "FileVault is Off" in status else None


def disks(status: str, apfs: bytes = b"", partitions: bytes = b"") -> list[dict[str, Any]] | None:
    """Return the disks, by `fdesetup status`, `diskutil apfs list -plist`, `diskutil list -plist`.

    None when FileVault does not answer. Volumes that are locked are encrypted.
    """
    startup = filevault(status)
    if startup is None:
        return None
    found = [disk("/", "system", startup)]
    containers, others = _plist(apfs), _plist(partitions)
    if containers is None or others is None:
        return [*found, disk("other volumes", "data", None)]
    volumes = [each for one in containers.get("Containers", []) for each in one.get("Volumes", [])]
    found += [
        disk(
            str(each.get("Name", "")), "data", each.get("FileVault", each.get("Encryption")) is True
        )
        for each in volumes
        if not set(each.get("Roles", [])) & OF_THE_SYSTEM
    ]
    wholes = others.get("AllDisksAndPartitions", [])
    parts = [part for whole in wholes for part in (whole, *whole.get("Partitions", []))]
    return found + [
        disk(str(part["MountPoint"]), "data", False)
        for part in parts
        if part.get("MountPoint") and part.get("Content") in NOT_APFS
    ]


def screen_lock(status: str, power: str, saver: str) -> dict[str, Any]:
    """Return after how long the screen locks.

    status: `sysadminctl -screenLock status`, the delay after the display went off or the saver
    began. power: `pmset -g custom`, minutes until the display sleeps, on battery and on mains.
    saver: `defaults -currentHost read com.apple.screensaver idleTime`, seconds; "" where never set.
    """
    if "screenLock is off" in status:
        return lock(False)
    match = re.search(r"screenLock delay is (?:([\d.]+) second|immediate)", status)
    if not match:
        return lock(None)
    delay = float(match[1] or 0)
    sleeps = [
        int(minutes) * 60
        for minutes in re.findall(r"^\s*displaysleep\s+(\d+)", power, re.MULTILINE)
    ]
    begins = int(saver) if saver.strip().isdigit() else 0
    if not sleeps and not begins:
        return lock(None)
    latest = [min(each for each in (sleep, begins) if each) for sleep in sleeps if sleep or begins]
    if len(latest) < len(sleeps):
        return lock(False)  # on one kind of power the display never goes off
    return lock(True, max(latest or [begins]) + delay)


def collect(run: Callable[..., str]) -> dict[str, Any]:
    """Return the facts of this machine. run: runs a program and returns its output, "" if none."""
    named = re.search(
        r'"IOPlatformUUID" = "([^"]+)"', run("ioreg", "-rd1", "-c", "IOPlatformExpertDevice")
    )
    return {
        "system": "macos",
        "container": False,
        "machine": named[1] if named else "",
        "disks": disks(
            run("fdesetup", "status"),
            run("diskutil", "apfs", "list", "-plist").encode(),
            run("diskutil", "list", "-plist").encode(),
        ),
        "lock": screen_lock(
            run("sysadminctl", "-screenLock", "status"),
            run("pmset", "-g", "custom"),
            run("defaults", "-currentHost", "read", "com.apple.screensaver", "idleTime"),
        ),
    }


def _plist(text: bytes) -> dict[str, Any] | None:
    """Return a property list; None for what is none."""
    try:
        found = plistlib.loads(text)
    except Exception:  # noqa: BLE001  whatever the parser of the library meets
        return None
    return found if isinstance(found, dict) else None
