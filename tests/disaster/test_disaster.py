"""From nothing to a running service: the commands of docs/disaster.md, from the second store alone.

One walk: an instance is used and backed up, drills of it pass and fail, then its directory, its
first store and its processes are gone.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seatrobot.kernel.vault import rootkey, sheets
from seatrobot.runtime.tests.instance import Instance, environment, until

DOC = Path(__file__).parents[2] / "docs" / "disaster.md"
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
PLACES = {"/srv/seatrobot": "var", "/mnt/second": "second", "/mnt/keys": "keys"}
LONG = 240
NOT_NOW = 75


class Site:
    """Where everything is, and a `seatrobot` in the PATH."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.data = place / "var"
        for name in ("first", "second", "keys", "bin"):
            (place / name).mkdir(mode=0o700)
        program = place / "bin" / "seatrobot"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m seatrobot "$@"\n')
        program.chmod(0o700)
        self.more = {
            "SEATROBOT_BACKUP_STORES": f"directory:{place / 'first'} directory:{place / 'second'}",
            "SEATROBOT_BACKUP_KEYS": f"directory:{place / 'keys'}",
        }

    def env(self) -> dict[str, str]:
        found = environment(self.data, **self.more)
        return found | {"PATH": f"{self.place / 'bin'}:{os.environ['PATH']}"}

    def run(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["seatrobot", *arguments],
            env=self.env(),
            input=text,
            capture_output=True,
            text=True,
            timeout=LONG,
            check=False,
        )


def commands() -> list[str]:
    """Return the commands of the page up to the start, a line each, with exports among them."""
    lines = [line for block in BLOCK.findall(DOC.read_text()) for line in block.splitlines()]
    return [line for line in lines if line.strip()]


def located(line: str, site: Site) -> str:
    for there, here in PLACES.items():
        line = line.replace(there, str(site.place / here))
    return line


def drilled(site: Site, store: str = "store-2") -> subprocess.CompletedProcess[str]:
    """Have a drill made; one that the instance makes by itself is waited for."""
    return until(lambda: _tried(site, store), LONG)


def _tried(site: Site, store: str) -> subprocess.CompletedProcess[str] | None:
    done = site.run("drill", "--store", store)
    return done if done.returncode != NOT_NOW else None


def sheet(site: Site) -> str:
    [value] = rootkey.key_values((site.data / "keys" / "root.key").read_bytes())
    return "\n".join(sheets.make(value, need=2, of=3)[:2])


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Site:
    return Site(tmp_path_factory.mktemp("disaster"))


def test_from_nothing_to_a_running_service(site):
    instance = Instance(site.data, **site.more)
    try:
        assert site.run("demo").returncode == 0
        until(lambda: list((site.place / "second" / "base").glob("*/about.json")), LONG)
        until(lambda: "store-2" in site.run("backups", "list").stdout, LONG)
        words = sheet(site)
        secret = (site.data / "keys" / "secret.key").read_bytes()
        _drills(site)
        _refused_over_a_running_instance(site)
    finally:
        instance.end(signal.SIGKILL)
    until(lambda: not _alive(site.data), 30)
    shutil.rmtree(site.data)
    shutil.rmtree(site.place / "first")
    site.more["SEATROBOT_BACKUP_STORES"] = f"directory:{site.place / 'second'}"
    _refused(site, words)
    script = "set -e\n"
    for line in map(lambda each: located(each, site), commands()):  # noqa: C417
        if line.startswith("seatrobot up"):
            break
        script += (
            f"{line} <<'WORDS'\n{words}\nWORDS\n" if "recovery-sheet -" in line else f"{line}\n"
        )
    done = subprocess.run(
        ["bash", "-c", script],
        env=site.env(),
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Restored. Start the service with: seatrobot up" in done.stdout
    assert "nothing is wrong" in done.stdout
    assert (site.data / "keys" / "secret.key").read_bytes() == secret
    instance = Instance(site.data, **site.more)
    try:
        assert instance.health() == "ok" or instance.health()
        listed = site.run("journal", "verify", "--full")
        assert listed.returncode == 0, listed.stdout
        made = site.run("backups", "now")
        assert made.returncode == 0, made.stderr
    finally:
        instance.end()


def _drills(site: Site) -> None:
    """A drill passes; spoilt in each of several ways it fails, and says why."""
    passed = drilled(site)
    assert passed.returncode == 0, passed.stderr
    assert "was restored and serves" in passed.stdout
    assert not list((site.data / "backups" / "drill").glob("var"))
    backup = max((site.place / "second" / "base").iterdir())
    about = backup / "about.json"
    for spoilt, content, why in (
        (backup / "cluster", (backup / "cluster").read_bytes()[:-100], "damaged"),
        (about, _older(about), "another backup"),
    ):
        kept = spoilt.read_bytes()
        spoilt.write_bytes(content)
        failed = drilled(site)
        spoilt.write_bytes(kept)
        assert failed.returncode == 1, (spoilt, failed.stdout)
        assert why in failed.stderr, (spoilt, failed.stderr)
    log, aside = site.place / "second" / "log", site.place / "aside"
    log.rename(aside)
    failed = drilled(site)
    shutil.copytree(aside, log, dirs_exist_ok=True)
    assert "before the backup's own end" in failed.stderr


def _older(about: Path) -> bytes:
    said = json.loads(about.read_bytes())
    said["made_at"] = "2026-01-01T00:00:00Z"
    return json.dumps(said).encode()


def _refused_over_a_running_instance(site: Site) -> None:
    done = site.run("restore", "--from", f"directory:{site.place / 'second'}")
    assert done.returncode == 78
    assert "already runs" in done.stderr


def _refused(site: Site, words: str) -> None:
    """Without the keys, without enough sheets, or from an empty store nothing is changed."""
    store = f"directory:{site.place / 'second'}"
    one = "\n".join(words.splitlines()[:1])
    for arguments, text, why in (
        (["--from", store, "--recovery-sheet", "-"], one, "2 different sheets are needed"),
        (["--from", store], "", "root key"),
        (
            ["--from", f"directory:{site.place / 'bin'}", "--recovery-sheet", "-"],
            words,
            "no backup",
        ),
        (["--from", store, "--to", "2020-01-01T00:00Z"], "", "was made before that"),
        (["--from", store, "--keys", f"directory:{site.place / 'bin'}"], "", "no keys of backups"),
    ):
        done = site.run("restore", *arguments, text=text)
        assert done.returncode == 78, (arguments, done.stdout, done.stderr)
        assert why in done.stderr, (arguments, done.stderr)
        assert "Traceback" not in done.stderr
    assert not (site.data / "postgresql" / "cluster").exists()


def _alive(data: Path) -> bool:
    """Whether a server still runs on the cluster of a supervisor that was killed."""
    try:
        pid = int((data / "postgresql" / "cluster" / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return False
    return Path(f"/proc/{pid}").exists()
