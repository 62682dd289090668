"""Faults of hosts: files that others may read or nobody installed, a web server not kept in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from seatrobot.practices.faults import laptops
from seatrobot.practices.faults.declaring import Instance, fault

PROMISE = "hosts.installed"
ELSEWHERE = (laptops.swap_in_clear,)
"""Faults of laptops are in a module of their own."""


@fault(PROMISE, "a root key that others may read")
def key_open(instance: Instance) -> Iterator[None]:
    key = instance.data / "keys" / "root.key"
    key.chmod(0o644)
    try:
        yield
    finally:
        key.chmod(0o600)


@fault(PROMISE, "code that Python runs at each start and nobody installed")
def code_put_in(_instance: Instance) -> Iterator[None]:
    place = Path(msgspec.__file__).parents[1] / "seeded.pth"
    place.touch()
    try:
        yield
    finally:
        place.unlink()


@fault("hosts.confined", "a web server that nothing keeps from the files of its user")
def web_unconfined(instance: Instance) -> Iterator[None]:
    with instance.started_web("seatrobot.runtime.places.Places.enter", "lambda self: None"):
        yield


@fault("hosts.running", "a vault that opens for staff, in the web server alone")
def replaced(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.kernel.vault.services._refuse_staff", "lambda _id: None"):
        instance.until_reported()
        yield
    instance.until_reported()


@fault("hosts.running", "a web server in which nobody hears of sign-ins")
def unheard(instance: Instance) -> Iterator[None]:
    name = "seatrobot.accounts.sign_in_log.recording.sign_in_logged.receivers"
    with instance.patched_web(name, "[]"):
        instance.until_reported()
        yield
    instance.until_reported()
