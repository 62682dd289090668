"""Faults of laptops: reports that are not well, verdicts that were changed, a key that was copied.

They are sent over HTTPS by the program that runs on laptops, with the facts of a made-up one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from seatrobot.agent import protocol, reporting
from seatrobot.devices import services
from seatrobot.devices.models import Device
from seatrobot.devices.reading import Posture
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.promises.status import State
from seatrobot.practices.faults import people
from seatrobot.practices.faults.declaring import Instance, fault
from seatrobot.practices.faults.passkey import SoftPasskey

PROMISE = "hosts.laptops"
OWNER = "Dana"
COLLECT = "seatrobot.agent.reporting.collect"
WELL: dict[str, Any] = {
    "system": "linux",
    "release": "Debian GNU/Linux 13",
    "container": False,
    "machine": protocol.machine("made-up"),
    "disks": [protocol.disk("/", "system", True)],
    "lock": protocol.lock(True, 300),
}
SWAP_IN_CLEAR = {"disks": [*WELL["disks"], protocol.disk("sdb1", "swap", False)]}
LATE_LOCK = {"lock": protocol.lock(True, 3600)}


def enrol(instance: Instance) -> None:
    """Enrol a laptop of somebody of the staff, and have it report that it is well.

    It replaces the one that was enrolled before.
    """
    owner = people.staff_member(OWNER)
    with acting(Actor.staff(owner.pk)):
        token = services.give_token(account=owner)
    with instance.patched(COLLECT, lambda: WELL):
        answer = reporting.enrol(_place(instance), settings.BASE_URL, token, "Laptop")
    with acting(Actor.staff(owner.pk)):
        device = Device.objects.get(pk=UUID(answer["device"]))
        signed = SoftPasskey(owner.pk).enrol().sign(services.statement_of(device))
        services.confirm(account=owner, device=device, signed=signed)
    report(instance)


def report(instance: Instance, **facts: Any) -> None:
    with instance.patched(COLLECT, lambda: WELL | facts):
        reporting.report(_place(instance))


@contextmanager
def reported(instance: Instance, **facts: Any) -> Iterator[None]:
    """Have the laptop report this, and at the end that it is well."""
    report(instance, **facts)
    try:
        yield
    finally:
        report(instance)


def _place(instance: Instance) -> reporting.Place:
    return reporting.Place(instance.data.parent / "laptop")


@fault(PROMISE, "a laptop whose swap space is not encrypted")
def swap_in_clear(instance: Instance) -> Iterator[None]:
    with reported(instance, **SWAP_IN_CLEAR):
        yield


@fault(PROMISE, "a laptop whose screen locks after an hour")
def late_lock(instance: Instance) -> Iterator[None]:
    with reported(instance, **LATE_LOCK):
        yield


@fault(PROMISE, "a laptop that cannot tell whether its disks are encrypted")
def disks_unknown(instance: Instance) -> Iterator[None]:
    with reported(instance, disks=None):
        yield


@fault(PROMISE, "a server that takes every laptop for well")
def judged_by_nobody(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.devices.judging.problems", "lambda *_: []"):
        report(instance, **LATE_LOCK)
        yield
    report(instance)


@fault(PROMISE, "change the verdict on a laptop as superuser")
def verdict_changed(instance: Instance) -> Iterator[None]:
    with reported(instance, **LATE_LOCK):
        instance.run("UPDATE devices_device SET problems = '{}'")
        yield


@fault(PROMISE, "give an old report the time of now")
def report_renewed(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "UPDATE devices_device SET reported_at = reported_at + interval '10 minutes'",
        "UPDATE devices_device SET reported_at = reported_at - interval '10 minutes'",
    ):
        yield


@fault(PROMISE, "the key of a laptop on another machine")
def key_copied(instance: Instance) -> Iterator[None]:
    place = _place(instance)
    copy = place.directory.with_name("copy")
    shutil.copytree(place.directory, copy)
    other = WELL | {"machine": protocol.machine("another")}
    try:
        with instance.patched(COLLECT, lambda: other):
            _refused(copy)
        yield
    finally:
        shutil.rmtree(copy)
        enrol(instance)


def _refused(directory: Path) -> None:
    try:
        reporting.report(reporting.Place(directory))
    except reporting.NotTaken:
        return
    raise AssertionError("a copied key was taken")


@fault(PROMISE, "a key of which nobody is to know any more that it was copied")
def copy_forgotten(instance: Instance) -> Iterator[None]:
    with contextmanager(key_copied)(instance):
        instance.run("UPDATE devices_device SET copied_at = NULL")
        yield


@fault(PROMISE, "a laptop made that of another person")
def of_another(instance: Instance) -> Iterator[None]:
    sam = people.staff_member("Sam")
    owner = people.staff_member(OWNER)
    with instance.changed(
        f"UPDATE devices_device SET account_id = '{sam.pk}'",
        f"UPDATE devices_device SET account_id = '{owner.pk}'",
    ):
        yield
    people.disable(sam)


@fault(PROMISE, "access without a laptop")
def open_to_everybody(instance: Instance) -> Iterator[None]:
    sam = people.staff_member("Sam")
    holds = Posture(holds=True, until=now() + timedelta(hours=1))
    with instance.patched("seatrobot.devices.reading.posture_of", lambda _account: holds):
        yield
    people.disable(sam)


@fault(PROMISE, "no laptop reports for a day", expected=State.UNPROVEN)
def silent(instance: Instance) -> Iterator[None]:
    later = now() + timedelta(hours=25)
    with (
        instance.patched("seatrobot.practices.checks.laptops.now", lambda: later),
        instance.patched("seatrobot.devices.reading.now", lambda: later),
    ):
        yield
