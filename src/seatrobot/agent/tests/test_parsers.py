"""What systems print, and what is read in it. Linux's was recorded; the others' is documented."""

from __future__ import annotations

import json
import plistlib

import pytest

from seatrobot.agent import linux, macos, windows


def device(name, kind, *children, at=(None,), **more):
    found = {"name": name, "kname": name, "type": kind, "fstype": None, "mountpoints": [*at]}
    return found | more | ({"children": list(children)} if children else {})


def lsblk(*devices) -> str:
    return json.dumps({"blockdevices": devices})


ROOT = device("vg-root", "lvm", at=["/"], fstype="ext4")
HOME = device("vg-home", "lvm", at=["/home"], fstype="ext4")
SWAP = device("vg-swap", "lvm", at=["[SWAP]"], fstype="swap")
EFI = device("p1", "part", at=["/boot/efi"], fstype="vfat")
BOOT = device("p2", "part", at=["/boot"], fstype="ext4")
LUKS = device("p3", "part", device("luks", "crypt", ROOT, HOME, SWAP, fstype="LVM2_member"))
LAPTOP = device("nvme0n1", "disk", EFI, BOOT, LUKS)
ZRAM = device("zram0", "disk", at=["[SWAP]"], fstype="swap")
SNAP = device("loop0", "loop", at=["/snap/core22/1"], fstype="squashfs")
OLD = json.dumps(  # util-linux 2.34: one mountpoint, numbers as text
    {
        "blockdevices": [
            {
                "name": "sda",
                "type": "disk",
                "mountpoint": None,
                "rm": "0",
                "children": [{"name": "c", "type": "crypt", "fstype": "xfs", "mountpoint": "/"}],
            }
        ]
    }
)


def without(facts) -> dict[str, bool | None]:
    """Return what is not encrypted, by name."""
    assert facts is not None
    return {fact["name"]: fact["encrypted"] for fact in facts if fact["encrypted"] is not True}


class TestLinux:
    def test_a_laptop_with_everything_on_luks(self):
        facts = linux.disks(lsblk(LAPTOP, ZRAM, SNAP))
        assert {fact["name"] for fact in facts} == {"/", "/home", "vg-swap"}
        assert without(facts) == {}
        assert without(linux.disks(OLD)) == {}

    @pytest.mark.parametrize(
        ("more", "found"),
        [
            (device("sdb", "disk", device("sdb1", "part", at=["[SWAP]"])), {"sdb1": False}),
            (device("sdb", "disk", device("sdb1", "part", at=["/data"])), {"/data": False}),
            (device("sdb", "disk", at=["/srv"], fstype="xfs"), {"/srv": False}),
            (device("md0", "raid1", at=["/data"], fstype="ext4"), {"/data": False}),
            (device("sdb", "disk", device("s1", "part", fstype="ntfs")), {"s1": False}),
            (device("sdb", "disk", device("s1", "part", fstype="swap")), {"s1": False}),
            (device("loop1", "loop", at=["/mnt"], fstype="ext4"), {"/mnt": None}),
            (device("sdb", "disk", at=["/media/stick"], fstype="vfat", rm=True), None),
        ],
    )
    def test_what_lies_beside_it_in_clear(self, more, found):
        expected = {"/media/stick": False} if found is None else found
        assert without(linux.disks(lsblk(LAPTOP, more))) == expected

    @pytest.mark.parametrize(
        "more",
        [
            device("sdb", "disk", device("s1", "part", fstype="crypto_LUKS")),
            device("sdb", "disk", device("s1", "part", fstype="BitLocker")),
            device("sdb", "disk", device("s1", "part", fstype="ext4", rm=True)),
            device("sdb", "disk", device("s1", "part", fstype="vfat", size="512M")),
            device("s", "part", fstype="ntfs", parttype="de94bba4-06d1-4d40-a16a-bfd50179d6ac"),
            device("sr0", "rom", at=["/media/cd"], fstype="iso9660", rm=True),
            device("loop2", "loop", device("c2", "crypt", at=["/vault"], fstype="ext4")),
        ],
    )
    def test_what_is_locked_removable_or_needed_to_start_is_not_in_clear(self, more):
        assert without(linux.disks(lsblk(LAPTOP, more))) == {}

    def test_a_laptop_without_encryption(self):
        plain = device("sda", "disk", device("a1", "part", at=["/"]), SWAP)
        assert without(linux.disks(lsblk(plain))) == {"/": False, "vg-swap": False}

    def test_a_root_that_is_encrypted_and_a_home_that_is_not(self):
        root = device("luks", "crypt", at=["/"])
        disk = device("sda", "disk", root, device("a2", "part", at=["/home"]))
        assert without(linux.disks(lsblk(disk))) == {"/home": False}

    @pytest.mark.parametrize(
        ("listed", "mounts"),
        [
            ("", ""),
            ("lsblk: command not found", ""),
            ("[]", ""),
            ('{"blockdevices": null}', ""),
            ('{"blockdevices": [{"type": "disk"}]}', ""),
            (lsblk(), ""),
            (lsblk(device("sda", "disk", at=["/etc/hosts"])), ""),
            (lsblk(LAPTOP), "overlay / overlay rw,lowerdir=/x 0 0"),
            (lsblk(LAPTOP), "rootfs / tmpfs rw 0 0"),
        ],
    )
    def test_what_does_not_tell_is_never_well(self, listed, mounts):
        assert linux.disks(listed, mounts) is None

    def test_swap_and_pools_that_lsblk_does_not_show(self):
        swaps = "Filename Type Size Used Priority\n/dev/dm-2 partition 1 0 -2\n"
        assert without(linux.disks(lsblk(LAPTOP), "", swaps)) == {}
        more = swaps + "/dev/sdc1 partition 1 0 -2\n/dev/zram0 partition 1 0 5\n/swap file 1 0 -3\n"
        assert without(linux.disks(lsblk(LAPTOP), "", more)) == {"/dev/sdc1": None}
        assert without(linux.disks(lsblk(LAPTOP), "tank/data /tank zfs rw 0 0")) == {"/tank": None}

    @pytest.mark.parametrize(
        ("change", "found"),
        [
            ({}, (True, 330)),
            ({"idle-delay": "uint32 0"}, (False, None)),
            ({"idle-delay": "uint32 1800"}, (True, 1830)),
            ({"lock-enabled": "false"}, (False, None)),
            ({"disable-lock-screen": "true"}, (False, None)),
            ({"lock-enabled": ""}, (None, None)),
            ({"lock-delay": "nonsense"}, (None, None)),
        ],
    )
    def test_the_lock_of_gnome(self, change, found):
        said = {"lock-enabled": "true\n", "idle-delay": "uint32 300\n", "lock-delay": "uint32 30\n"}
        said |= {"disable-lock-screen": "false\n"} | change
        fact = linux.gnome_lock(lambda _schema, key: said.get(key, ""))
        assert (fact["enabled"], fact["seconds"]) == found

    @pytest.mark.parametrize(
        ("change", "found"),
        [
            ({}, (True, 305)),
            ({"Autolock": "false"}, (False, None)),
            ({"Timeout": "0"}, (False, None)),
            ({"Timeout": "20"}, (True, 1205)),
            ({"Timeout": ""}, (None, None)),
        ],
    )
    def test_the_lock_of_kde(self, change, found):
        said = {"Autolock": "true", "Timeout": "5", "LockGrace": "5"} | change
        fact = linux.kde_lock(lambda key, _default: said[key])
        assert (fact["enabled"], fact["seconds"]) == found

    def test_the_lock_of_mate_is_in_minutes(self):
        said = {"lock-enabled": "true", "idle-delay": "10", "lock-delay": "2"}
        fact = linux.gnome_lock(lambda _schema, key: said.get(key, ""), "mate")
        assert fact == {"enabled": True, "seconds": 720}

    def test_a_container_is_none_of_its_own(self):
        assert linux.is_container("", "Linux version 6.1", has_mark=True)
        assert linux.is_container("PATH=/bin\0container=lxc\0", "", has_mark=False)
        assert linux.is_container("", "5.15.90.1-microsoft-standard-WSL2", has_mark=False)
        assert not linux.is_container("PATH=/bin\0", "Linux version 6.1", has_mark=False)


def apfs(*volumes) -> bytes:
    return plistlib.dumps({"Containers": [{"Volumes": list(volumes)}]})


def volume(name, roles=(), on=True):
    return {"Name": name, "Roles": [*roles], "FileVault": on}


STARTUP = (
    volume("Macintosh HD", ["System"]),
    volume("Data", ["Data"]),
    volume("Preboot", ["Preboot"], on=False),
    volume("VM", ["VM"], on=False),
)
NO_OTHERS = plistlib.dumps({"AllDisksAndPartitions": []})
ON = "FileVault is On.\n"
POWER = """Battery Power:
 displaysleep         5
 sleep                1
AC Power:
 displaysleep         10
"""


class TestMacOS:
    @pytest.mark.parametrize(
        ("said", "found"),
        [
            (ON, True),
            ("FileVault is Off.\n", False),
            ("FileVault is Off.\nDeferred enablement appears to be active for user 'a'.\n", False),
            ("FileVault is On.\nDecryption in progress: Percent completed = 12\n", False),
            ("FileVault is Off, but will be enabled after the next restart.\n", False),
            ("Encryption in progress: Percent completed = 45\n", False),
            ("", None),
            ("Error: fdesetup needs to be run as root.\n", None),
        ],
    )
    def test_filevault(self, said, found):
        assert macos.filevault(said) is found
        facts = macos.disks(said, apfs(*STARTUP), NO_OTHERS)
        assert facts is None if found is None else facts[0]["encrypted"] is found

    def test_everything_encrypted(self):
        assert without(macos.disks(ON, apfs(*STARTUP), NO_OTHERS)) == {}

    def test_a_second_volume_and_an_old_disk_in_clear(self):
        more = volume("Archive", on=False)
        old = {"Content": "Apple_HFS", "MountPoint": "/Volumes/Old"}
        others = plistlib.dumps({"AllDisksAndPartitions": [{"Partitions": [old]}]})
        facts = macos.disks(ON, apfs(*STARTUP, more), others)
        assert without(facts) == {"Archive": False, "/Volumes/Old": False}

    def test_volumes_that_are_not_told(self):
        assert without(macos.disks(ON, b"nonsense", NO_OTHERS)) == {"other volumes": None}
        assert without(macos.disks(ON, b"", b"")) == {"other volumes": None}

    @pytest.mark.parametrize(
        ("status", "power", "saver", "found"),
        [
            ("screenLock delay is immediate", POWER, "", (True, 600)),
            ("2026 sysadminctl[1:2] screenLock delay is 300 seconds", POWER, "", (True, 900)),
            ("screenLock delay is 300 seconds", POWER, "120\n", (True, 420)),
            ("screenLock is off", POWER, "", (False, None)),
            ("screenLock delay is immediate", POWER.replace("10", "0"), "", (False, None)),
            ("screenLock delay is immediate", POWER.replace("10", "0"), "300", (True, 300)),
            ("screenLock delay is immediate", "", "", (None, None)),
            ("", POWER, "300", (None, None)),
        ],
    )
    def test_the_lock(self, status, power, saver, found):
        fact = macos.screen_lock(status, power, saver)
        assert (fact["enabled"], fact["seconds"]) == found


def bitlocker(*volumes) -> str:
    names = ("MountPoint", "VolumeType", "ProtectionStatus", "VolumeStatus", "LockStatus")
    rows = [dict(zip(names, each, strict=True)) for each in volumes]
    return json.dumps(rows[0] if len(rows) == 1 else rows)


C, D = ("C:", 0, 1, 1, 0), ("D:", 1, 1, 1, 0)
REGISTRY = r"""
HKEY_CURRENT_USER\Control Panel\Desktop
    ScreenSaveActive    REG_SZ    1
    ScreenSaverIsSecure    REG_SZ    1
    ScreenSaveTimeOut    REG_SZ    600
"""
INSECURE = REGISTRY.replace("Secure    REG_SZ    1", "Secure    REG_SZ    0")
INACTIVE = REGISTRY.replace("Active    REG_SZ    1", "Active    REG_SZ    0")


class TestWindows:
    @pytest.mark.parametrize(
        ("volumes", "fixed", "found"),
        [
            ([C], '"C"', {}),
            ([C, D], '["C", "D"]', {}),
            ([("C:", "OperatingSystem", "On", "FullyEncrypted", "Unlocked")], '"C"', {}),
            ([C, ("D:", 1, 0, 0, 0)], '["C", "D"]', {"D:": False}),
            ([C], '["C", "E"]', {"E:": False}),
            ([C, ("D:", 1, 0, None, 1)], '["C", "D"]', {}),
            ([("C:", 0, 0, 1, 0)], '"C"', {"C:": False}),
            ([("C:", 0, 1, 2, 0)], '"C"', {"C:": False}),
        ],
    )
    def test_bitlocker(self, volumes, fixed, found):
        assert without(windows.disks(bitlocker(*volumes), fixed)) == found

    @pytest.mark.parametrize("said", ["", "[]", "Access denied", "[1]", '{"MountPoint": "C:"}'])
    def test_an_answer_that_does_not_tell(self, said):
        assert windows.disks(said) is None

    @pytest.mark.parametrize(
        ("inactivity", "policy", "desktop", "found"),
        [
            ("", "", REGISTRY, (True, 600)),
            ("    InactivityTimeoutSecs    REG_DWORD    0x384", "", REGISTRY, (True, 600)),
            ("    InactivityTimeoutSecs    REG_DWORD    0x384", "", "", (True, 900)),
            ("    InactivityTimeoutSecs    REG_DWORD    0x0", "", REGISTRY, (True, 600)),
            ("", "    ScreenSaveTimeOut    REG_SZ    1800", REGISTRY, (True, 1800)),
            ("", "", INSECURE, (False, None)),
            ("", "", INACTIVE, (False, None)),
            ("", "", REGISTRY.replace("600", "0"), (False, None)),
            ("", "", "", (None, None)),
        ],
    )
    def test_the_lock(self, inactivity, policy, desktop, found):
        fact = windows.screen_lock(inactivity, policy, desktop)
        assert (fact["enabled"], fact["seconds"]) == found
