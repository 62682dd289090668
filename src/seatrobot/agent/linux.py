"""Facts of a laptop under Linux.

Disks are what lsblk shows (util-linux 2.34 and newer): a file system or swap is encrypted when a
device of type crypt (LUKS, dm-crypt) is below it. What stands in memory, on read-only media, and
what is needed to start the system (/boot, the EFI partition) is left out.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from seatrobot.agent.protocol import disk, lock

COLUMNS = "NAME,KNAME,TYPE,FSTYPE,SIZE,RM,HOTPLUG,PARTTYPE"
BOOT = {"/boot", "/boot/efi", "/efi"}
READ_ONLY = {"squashfs", "iso9660", "udf", "erofs"}
PLAIN = frozenset(
    "ext2 ext3 ext4 xfs btrfs f2fs jfs ntfs exfat vfat hfsplus apfs swap bcachefs".split()  # noqa: SIM905
)
"""What holds files in clear unless something below it encrypts."""
STARTS_THE_SYSTEM = {
    "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",  # EFI
    "bc13c2ff-59e6-4262-a352-b275fd6f7172",  # extended boot loader
    "21686148-6449-6e6f-744e-656564454649",  # BIOS boot
    "de94bba4-06d1-4d40-a16a-bfd50179d6ac",  # Windows recovery
    "0xef",
}
ELSEWHERE = {"overlay", "aufs", "tmpfs", "9p", "virtiofs", "fuse-overlayfs", "rootfs", "ramfs"}
"""Types of a root that no disk of this machine is below, as in a container."""
POOLS = {"zfs", "bcachefs"}
"""File systems that span disks, of which lsblk shows no mount."""
SWAP = "[SWAP]"
SMALL = 2 * 1024**3


def disks(lsblk: str, mounts: str = "", swaps: str = "") -> list[dict[str, Any]] | None:
    """Return the disks by the output of lsblk, /proc/mounts and /proc/swaps.

    None when they do not tell: without a root file system that lsblk shows nothing is known, as in
    a container or where the root is a pool.
    """
    try:
        devices = json.loads(lsblk)["blockdevices"]
        found = [fact for device in devices for fact in _walk(device, is_encrypted=False)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    mounted = [(place, kind) for _device, place, kind in _fields(mounts, 3)]
    if any(place == "/" and kind in ELSEWHERE for place, kind in mounted):
        return None
    if not any(fact["kind"] == "system" for fact in found):
        return None
    known = {fact["name"] for fact in found}
    found += [
        disk(place, "data", None) for place, kind in mounted if kind in POOLS and place not in known
    ]
    real = {name for name, kind in _fields(swaps, 2) if kind == "partition" and "/zram" not in name}
    shown = sum(fact["kind"] == "swap" for fact in found)
    found += [disk(name, "swap", None) for name in sorted(real)[shown:]]
    return found


def _fields(table: str, count: int) -> list[list[str]]:
    """Return the first fields of each line that has so many."""
    lines = [line.split()[:count] for line in table.splitlines()]
    return [line for line in lines if len(line) == count]


def _walk(device: dict[str, Any], *, is_encrypted: bool) -> Iterator[dict[str, Any]]:
    """Give what a device and those above it hold."""
    kind, system = device.get("type") or "", device.get("fstype") or ""
    is_encrypted = is_encrypted or kind == "crypt"
    encrypted = None if kind == "loop" and not is_encrypted else is_encrypted
    places = [place for place in _places(device) if place]
    in_memory = device["name"].startswith(("zram", "ram"))
    if in_memory or kind == "rom" or system in READ_ONLY:
        places = []
    for place in places:
        if place == SWAP:
            yield disk(device["name"], "swap", encrypted)
        elif place not in BOOT:
            yield disk(place, "system" if place == "/" else "data", encrypted)
    below = device.get("children") or []
    if not (places or below or in_memory or is_encrypted) and _holds_files(device, system):
        yield disk(device["name"], "unmounted", False)
    for child in below:
        yield from _walk(child, is_encrypted=is_encrypted)


def _places(device: dict[str, Any]) -> list[Any]:
    """Return where a device is mounted; lsblk before 2.37 names one place."""
    if "mountpoints" in device:
        return list(device["mountpoints"] or [])
    return [device.get("mountpoint")]


def _holds_files(device: dict[str, Any], system: str) -> bool:
    """Whether an unmounted device of the machine itself holds files in clear."""
    if (
        system not in PLAIN
        or device.get("rm") in (True, "1")
        or device.get("hotplug") in (True, "1")
    ):
        return False
    if (device.get("parttype") or "").lower() in STARTS_THE_SYSTEM:
        return False
    if device.get("type") in ("rom", "loop"):
        return False
    return not (system == "vfat" and _bytes(device.get("size")) <= SMALL)


def _bytes(size: object) -> float:
    """Return a size that lsblk gives as a number or as text such as 512M."""
    units = "BKMGTP"
    match = re.fullmatch(r"([\d.,]+)\s*([BKMGTP]?)i?B?", str(size or 0))
    if not match:
        return float("inf")
    factor: int = 1024 ** units.index(match[2] or "B")
    return float(match[1].replace(",", ".")) * factor


def gnome_lock(get: Callable[[str, str], str], family: str = "gnome") -> dict[str, Any]:
    """Return the screen lock of GNOME, Cinnamon or MATE, by `gsettings get SCHEMA KEY`."""
    saver = f"org.{family}.{'desktop.' if family != 'mate' else ''}screensaver"
    session = "org.mate.session" if family == "mate" else f"org.{family}.desktop.session"
    on = get(saver, "lock-enabled").strip()
    if on not in ("true", "false"):
        return lock(None)
    forbidden = get(f"org.{family}.desktop.lockdown", "disable-lock-screen").strip()
    idle, delay = _number(get(session, "idle-delay")), _number(get(saver, "lock-delay"))
    if family == "mate" and idle is not None:  # in minutes
        idle *= 60
        delay = None if delay is None else delay * 60
        if get(saver, "idle-activation-enabled").strip() == "false":
            return lock(False)
    if on == "false" or forbidden == "true" or idle == 0:
        return lock(False)
    return lock(None) if idle is None or delay is None else lock(True, idle + delay)


def kde_lock(get: Callable[[str, str], str]) -> dict[str, Any]:
    """Return the screen lock of KDE Plasma, by `kreadconfig5 … --key KEY --default VALUE`."""
    on = get("Autolock", "true").strip()
    minutes, grace = _number(get("Timeout", "5")), _number(get("LockGrace", "5"))
    if on not in ("true", "false"):
        return lock(None)
    if on == "false" or minutes == 0:
        return lock(False)
    return lock(None) if minutes is None or grace is None else lock(True, minutes * 60 + grace)


def _number(text: str) -> int | None:
    """Return the number of `uint32 300` or `300`."""
    match = re.fullmatch(r"(?:u?int\d+ )?(\d+)", text.strip())
    return int(match[1]) if match else None


def is_container(environment: str, version: str, *, has_mark: bool) -> bool:
    """Whether this is no machine of its own: a container, or Linux within Windows.

    environment: /proc/1/environ. version: /proc/version. has_mark: whether a file that containers
    have is there.
    """
    return has_mark or "container=" in environment or "microsoft" in version.lower()


def collect(run: Callable[..., str]) -> dict[str, Any]:
    """Return the facts of this machine. run: runs a program and returns its output, "" if none."""
    listed = run("lsblk", "-J", "-o", f"{COLUMNS},MOUNTPOINTS")
    listed = listed or run("lsblk", "-J", "-o", f"{COLUMNS},MOUNTPOINT")
    marks = ("/.dockerenv", "/run/.containerenv", "/run/systemd/container")
    return {
        "system": "linux",
        "container": is_container(
            _read("/proc/1/environ"),
            _read("/proc/version"),
            has_mark=any(Path(mark).exists() for mark in marks),
        ),
        "machine": _read("/etc/machine-id"),
        "disks": disks(listed, _read("/proc/mounts"), _read("/proc/swaps")),
        "lock": _lock(run),
    }


def _lock(run: Callable[..., str]) -> dict[str, Any]:
    desktop = os.environ.get("XDG_CURRENT_DESKTOP", "").upper()
    programs = {"KDE": "plasmashell", "CINNAMON": "cinnamon", "MATE": "mate-session"}
    if not desktop:  # as when a timer starts us
        found = [name for name, program in programs.items() if shutil.which(program)]
        desktop = "GNOME" if shutil.which("gnome-shell") else (found or [""])[0]
    if "KDE" in desktop:
        reader = "kreadconfig6" if shutil.which("kreadconfig6") else "kreadconfig5"
        file = ("--file", "kscreenlockerrc", "--group", "Daemon")
        return kde_lock(lambda key, default: run(reader, *file, "--key", key, "--default", default))
    for name, family in (("CINNAMON", "cinnamon"), ("MATE", "mate"), ("GNOME", "gnome")):
        if name in desktop or (family == "gnome" and desktop):
            return gnome_lock(lambda schema, key: run("gsettings", "get", schema, key), family)
    return lock(None)


def _read(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""
