"""What web workers and jobs reach of a machine, tried by a process confined as they are."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from seatrobot.kernel import keyfiles, reports
from seatrobot.runtime import confinement, reachable
from seatrobot.runtime.config import Config
from seatrobot.runtime.faulting.processes import free_port
from seatrobot.runtime.tests.instance import environment

landlock = pytest.mark.skipif(not confinement.version(), reason="this kernel has no Landlock")

TRY = """
import json, sys, tempfile
from pathlib import Path
from seatrobot.kernel import reports
from seatrobot.runtime import confinement, reachable
from seatrobot.runtime.config import Config

config = Config.from_env()
if sys.argv[1] != "nothing":
    getattr(reachable, f"of_{sys.argv[1]}")(config).enter()
(config.data / "profile" / "practices.toml").exists()
print("entered", flush=True)
input()
found = {"reached": reports.attempt(config.data, confinement.version()).reached, "writes": []}
for name in sorted(path.name for path in map(Path, sys.argv[2:])):
    try:
        (config.data / name / "tried").write_text("x")
        found["writes"].append(name)
    except OSError:
        pass
found["profile"] = (config.data / "profile" / "practices.toml").read_text()
found["key"] = (config.data / "keys" / "root.key").read_text()
import typst, zoneinfo
found["zone"] = str(zoneinfo.ZoneInfo("Europe/Berlin"))
found["pdf"] = typst.compile(b"Text")[:4].decode()
print(json.dumps(found))
"""
DIRECTORIES = ("examiner", "heads", "keys", "mail", "keystore", "profile", "published", "reports")


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setenv("SEATROBOT_DATA", str(tmp_path / "var"))
    config = Config.from_env()
    config.first_run()
    for part in ("web", "jobs"):
        reachable.prepare(config, part)
    keyfiles.create(config.evidence_key, b"x")
    keyfiles.create(config.root_key, b"root")
    keyfiles.create(config.data / "postgresql" / "postgres.password", b"x")
    (config.data / "postgresql" / "cluster").mkdir()
    (config.data / "reports").mkdir()
    return config


def tried(config, part: str) -> dict:
    """Enter the places, then have the operator put their profile in place, then try."""
    process = subprocess.Popen(
        [sys.executable, "-c", TRY, part, *DIRECTORIES],
        env=environment(config.data),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "entered\n"
    keyfiles.create(config.data / "profile" / "practices.toml", b'name = "Gala"')
    said, _ = process.communicate("\n", timeout=60)
    return json.loads(said)


@landlock
@pytest.mark.parametrize(
    ("part", "writes"),
    [
        ("web", ["keystore", "mail", "published"]),
        ("jobs", ["heads", "keystore", "mail", "published"]),
    ],
)
def test_a_part_reaches_what_it_needs_and_nothing_else(config, part, writes):
    assert tried(config, part) == {
        "reached": [],
        "writes": writes,
        "profile": 'name = "Gala"',
        "key": "root",
        "zone": "Europe/Berlin",
        "pdf": "%PDF",
    }


APP = "postgresql://seatrobot_app"
CONNECT = """
import os, socket, sys
from seatrobot.runtime import keeper, reachable
from seatrobot.runtime.config import Config

with socket.create_server(("127.0.0.1", 0)) as server:
    client = socket.create_connection(server.getsockname(), timeout=10)
    taken, _client = server.accept()


def reset():
    keeper._drop(taken)
    try:
        client.recv(1)
    except ConnectionResetError:
        return
    raise PermissionError


getattr(reachable, f"of_{sys.argv[1]}")(Config.from_env()).enter()
for name, act in {
    "connects": lambda: socket.create_connection(("127.0.0.1", int(sys.argv[2]))),
    "listens": lambda: socket.create_server(("127.0.0.1", int(os.environ["SEATROBOT_PORT"]))),
    "listens elsewhere": lambda: socket.create_server(("127.0.0.1", 0)),
    "looks up": lambda: socket.getaddrinfo("localhost", 80),
    "resets": reset,
}.items():
    try:
        act()
        print(name)
    except PermissionError:
        pass
"""


@pytest.mark.skipif(
    confinement.version() < confinement.TCP_SINCE, reason="this kernel's Landlock knows no TCP"
)
@pytest.mark.parametrize(
    ("part", "database", "can"),
    [
        ("web", f"{APP}@/seatrobot?host=/run/postgresql", {"listens"}),
        ("web", f"{APP}@/seatrobot", {"listens"}),
        ("web", f"{APP}@127.0.0.1/seatrobot", {"listens"}),
        ("web", f"{APP}@127.0.0.1:PORT/seatrobot", {"listens", "connects"}),
        ("web", f"{APP}@/seatrobot?host=127.0.0.1,127.0.0.1&port=1,PORT", {"listens", "connects"}),
        ("jobs", f"{APP}@/seatrobot?host=/run/postgresql", {"connects"}),
        ("jobs", f"{APP}@127.0.0.1/seatrobot", {"connects"}),
    ],
)
def test_a_part_has_to_do_with_the_ports_that_it_needs(config, part, database, can):
    """Web listens at one and connects to the database's alone; jobs connect, and listen nowhere."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        url = database.replace("PORT", port)
        said = subprocess.run(
            [sys.executable, "-c", CONNECT, part, port],
            env=environment(config.data, SEATROBOT_PORT=str(free_port()), DATABASE_URL=url),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout.splitlines()
    assert set(said) == can | {"looks up", "resets"}


def test_where_nothing_keeps_it_in_a_part_reports_what_it_reaches(config):
    reached = tried(config, "nothing")["reached"]
    assert {
        "reading the examiner's key",
        "reading the database's files",
        "reading the database superuser's password",
        "listing the data directory",
        "putting a file among the keys",
        "changing a report",
    } <= set(reached)
    assert not list(config.data.rglob(".tried*"))


def test_without_landlock_a_part_says_so_and_starts(config, monkeypatch):
    monkeypatch.setattr(confinement, "version", lambda: 0)
    reachable.of_web(config).enter()
    assert "the kernel has no Landlock" in reachable.unconfined()
    assert list(config.data.iterdir())


def test_a_replaced_file_is_noticed_once(config, tmp_path):
    file = tmp_path / "city.mmdb"
    file.write_text("old")
    followed = reachable.Followed(replace(config, geoip_city=str(file)))
    assert not followed.replaced()
    (tmp_path / "new").write_text("new")
    (tmp_path / "new").replace(file)
    assert followed.replaced()
    assert not followed.replaced()


def test_the_operator_s_files_are_among_what_is_read(config, monkeypatch):
    monkeypatch.setenv("SEATROBOT_SMTP_URL", "file:/run/secrets/smtp")
    url = "postgresql://app@db/x?passfile=/run/secrets/pg&sslrootcert=/run/secrets/ca"
    known = replace(config, database_url=url, leaked_passwords=Path("/srv/leaked"))
    for part in (reachable.of_web(known), reachable.of_jobs(known)):
        named = {"/run/secrets/smtp", "/run/secrets/pg", "/run/secrets/ca", "/srv/leaked"}
        assert named <= set(part.read)


def test_a_report_that_is_no_report_is_refused():
    with pytest.raises(ValueError, match="Expected"):
        reports.decode(b"7 rubbish")
