"""Facts of a laptop under Windows, by PowerShell and the registry."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from seatrobot.agent.protocol import disk, lock

BITLOCKER = (
    "Get-BitLockerVolume | Select-Object MountPoint,VolumeType,ProtectionStatus,VolumeStatus,"
    "LockStatus | ConvertTo-Json"
)
VOLUMES = (
    "Get-Volume | Where-Object {$_.DriveLetter -and $_.DriveType -eq 'Fixed'}"
    " | Select-Object -ExpandProperty DriveLetter | ConvertTo-Json"
)
MACHINE = r"HKLM\SOFTWARE\Microsoft\Cryptography"
INACTIVITY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System"
POLICY = r"HKCU\Software\Policies\Microsoft\Windows\Control Panel\Desktop"
DESKTOP = r"HKCU\Control Panel\Desktop"
SAVER = ("ScreenSaveActive", "ScreenSaverIsSecure", "ScreenSaveTimeOut")
OPERATING_SYSTEM = (0, "OperatingSystem")
ON, ENCRYPTED, LOCKED = (1, "On"), (1, "FullyEncrypted"), (1, "Locked")


def disks(bitlocker: str, fixed: str = "") -> list[dict[str, Any]] | None:
    """Return the disks by the answers to BITLOCKER and VOLUMES.

    None when BitLocker does not answer, as to somebody who is no administrator. A fixed drive of
    which BitLocker knows nothing is not encrypted; one that is locked is.
    """
    volumes = _list(bitlocker)
    if not volumes:
        return None
    found = []
    try:
        for volume in volumes:
            is_system = volume["VolumeType"] in OPERATING_SYSTEM
            is_locked = volume.get("LockStatus") in LOCKED and not is_system
            protected = volume["ProtectionStatus"] in ON and volume["VolumeStatus"] in ENCRYPTED
            kind = "system" if is_system else "data"
            found.append(disk(str(volume["MountPoint"]), kind, protected or is_locked))
        known = {fact["name"].rstrip(":\\").upper() for fact in found}
        letters = [str(each).upper() for each in _list(fixed) or [] if each]
    except (KeyError, TypeError, AttributeError):
        return None
    return found + [disk(f"{each}:", "data", False) for each in letters if each not in known]


def screen_lock(inactivity: str, policy: str, desktop: str) -> dict[str, Any]:
    """Return after how long the screen locks, by `reg query` of INACTIVITY, POLICY and DESKTOP.

    The limit of inactivity counts by itself. A screen saver locks when it is active, asks for the
    password and has a time; a policy stands before what the person chose.
    """
    limit = _number(_value(inactivity, "InactivityTimeoutSecs"))
    chosen = [_number(_value(policy, name) or _value(desktop, name)) for name in SAVER]
    active, secure, seconds = chosen
    saver = seconds if active == 1 and secure == 1 and seconds else None
    locks = [each for each in (limit, saver) if each]
    if locks:
        return lock(True, min(locks))
    return lock(False) if desktop.strip() else lock(None)


def _value(answer: str, name: str) -> str:
    match = re.search(rf"^\s*{name}\s+REG_\w+\s+(\S+)", answer, re.MULTILINE | re.IGNORECASE)
    return match[1] if match else ""


def _number(text: str) -> int | None:
    try:
        return int(text, 0)
    except ValueError:
        return int(text) if text.isdecimal() else None


def _list(text: str) -> list[Any] | None:
    """Return what ConvertTo-Json wrote: one object, or a list of several; None for what is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, list) else [found]


def collect(run: Callable[..., str]) -> dict[str, Any]:
    """Return the facts of this machine. run: runs a program and returns its output, "" if none."""

    def shell(command: str) -> str:
        return run("powershell", "-NoProfile", "-NonInteractive", "-Command", command)

    return {
        "system": "windows",
        "container": False,
        "machine": _value(run("reg", "query", MACHINE, "/v", "MachineGuid"), "MachineGuid"),
        "disks": disks(shell(BITLOCKER), shell(VOLUMES)),
        "lock": screen_lock(*(run("reg", "query", key) for key in (INACTIVITY, POLICY, DESKTOP))),
    }
