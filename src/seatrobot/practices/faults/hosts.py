"""Faults of hosts: files that others may read or nobody installed, a web server not kept in."""

from __future__ import annotations

import os
import py_compile
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path
from tempfile import TemporaryDirectory

import django
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


@fault(PROMISE, "a second name of the root key, in another directory")
def key_linked(instance: Instance) -> Iterator[None]:
    other = instance.data.parent / "root.key"
    os.link(instance.data / "keys" / "root.key", other)
    try:
        yield
    finally:
        other.unlink()


@fault("hosts.confined", "a web server that nothing keeps from the files of its user")
def web_unconfined(instance: Instance) -> Iterator[None]:
    with instance.started_web("seatrobot.runtime.reachable.Reachable.enter", "lambda self: None"):
        yield


@fault(PROMISE, "a library of which something else was compiled")
def compiled_otherwise(_instance: Instance) -> Iterator[None]:
    """Of a module that nothing here imports; the source has the time and size noted."""
    source = Path(django.__file__).parent / "contrib" / "admindocs" / "utils.py"
    state, kept = source.stat(), Path(cache_from_source(str(source)))
    before = kept.read_bytes() if kept.exists() else None
    with TemporaryDirectory() as place:
        other = Path(place) / source.name
        other.write_text("SEEDED = 1".ljust(state.st_size))
        os.utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))
        py_compile.compile(str(other), cfile=str(kept), doraise=True)
    try:
        yield
    finally:
        if before is None:
            kept.unlink()
        else:
            kept.write_bytes(before)


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


@fault("hosts.running", "a web server that takes every token for the right one")
def any_token(instance: Instance) -> Iterator[None]:
    with instance.patched_web("secrets.compare_digest", "lambda *_: True"):
        instance.until_reported()
        yield
    instance.until_reported()


@fault("hosts.running", "a web server that trusts the forms of another site")
def foreign_forms(instance: Instance) -> Iterator[None]:
    name = "django.conf.settings.CSRF_TRUSTED_ORIGINS"
    with instance.patched_web(name, '["https://evil.test"]'):
        instance.until_reported()
        yield
    instance.until_reported()


@fault("hosts.running", "a log that no longer cuts the numbers of cards")
def plain_log(instance: Instance) -> Iterator[None]:
    with instance.patched_web("logging.root.handlers", "[StreamHandler()]"):
        instance.until_reported()
        yield
    instance.until_reported()


@fault("hosts.running", "a web server that looks for code outside the packages")
def other_path(instance: Instance) -> Iterator[None]:
    with instance.patched_web("sys.path", "[*path, '/tmp']"):
        instance.until_reported()
        yield
    instance.until_reported()


@fault("hosts.running", "a script of every page that somebody has added to")
def added_to(instance: Instance) -> Iterator[None]:
    script = max((instance.data / "static").rglob("htmx*.js"))
    content = script.read_bytes()
    script.write_bytes(content + b"\n/* and something else */")
    yield
    script.write_bytes(content)
