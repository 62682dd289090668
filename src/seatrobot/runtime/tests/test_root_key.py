"""An instance whose root key is lost, comes back from paper, is rotated, and is another one's."""

from __future__ import annotations

import re
import subprocess
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode

import psycopg
import pytest

from seatrobot.kernel.vault.rootkey import FileRootKey
from seatrobot.runtime.postgres import ADMINISTRATOR, EmbeddedPostgres
from seatrobot.runtime.tests.instance import Instance, command, environment, until

UNAVAILABLE = "The keys of this service cannot be used at the moment"


def named_processes(data):
    """Return which processes the journal names that can open keys."""
    server = EmbeddedPostgres(data / "postgresql")
    with psycopg.connect(server.url(ADMINISTRATOR)) as superuser:
        rows = superuser.execute(
            "SELECT actor_name FROM journal_entry"
            " WHERE action = 'vault:root:hold' AND organization_id IS NULL"
        )
        return {name for (name,) in rows}


class Visitor:
    def __init__(self, instance):
        self.base = f"http://127.0.0.1:{instance.port}"
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar()), urllib.request.ProxyHandler({})
        )

    def get(self, path):
        return self._open(self.base + path)

    def sign_in(self):
        """Try to sign in with an address that nobody has."""
        _, page = self.get("/sign-in/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        fields = {"csrfmiddlewaretoken": token, "username": "a@b.test", "password": "x" * 20}
        return self._open(
            urllib.request.Request(
                f"{self.base}/sign-in/",
                data=urlencode(fields).encode(),
                headers={"Referer": f"{self.base}/sign-in/", "Origin": self.base},
            )
        )

    def _open(self, what):
        try:
            with self.opener.open(what, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


def printed_words(pdf):
    """Read the words of a sheet as a person does: the numbered ones, by number."""
    text = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True
    ).stdout
    found = dict(re.findall(r"(?<!\S)(\d{1,2})\s+([a-z]{4,8})(?!\S)", text))
    assert sorted(map(int, found)) == list(range(1, 34)), text
    return " ".join(found[str(number)] for number in range(1, 34))


@pytest.fixture
def start(tmp_path):
    running = []

    def begin():
        instance = Instance(tmp_path / "data")
        running.append(instance)
        return instance

    yield begin
    for instance in running:
        if instance.process.poll() is None:
            instance.end()


def serves_what_it_can(instance):
    """Nothing sealed, but the practices page, and whether it is well; return a visitor."""
    visitor = Visitor(instance)
    assert not instance.said("Traceback")
    assert instance.health() == "ok\n"
    assert visitor.get("/practices/")[0] == 200
    status, page = visitor.sign_in()
    assert (status, UNAVAILABLE in page) == (503, True)
    return visitor


def test_a_root_key_that_is_lost_comes_back_from_paper(start, tmp_path):
    data, paper = tmp_path / "data", tmp_path / "paper"
    file, env = data / "keys" / "root.key", environment(data)
    first = start()
    assert command("root", "check", env=env).returncode == 0
    printed = command("root", "sheets", "--need", "2", "--of", "3", "--to", str(paper), env=env)
    assert printed.returncode == 0, printed.stderr
    sheets = [printed_words(pdf) for pdf in sorted(paper.iterdir())]
    assert len(sheets) == 3
    assert {pdf.stat().st_mode & 0o777 for pdf in paper.iterdir()} == {0o600}
    status, page = Visitor(first).sign_in()
    assert UNAVAILABLE not in page, status
    assert {"command welcome", "command root"} <= named_processes(data)
    first.end()
    content = file.read_bytes()
    file.unlink()

    lost = start()
    assert lost.said(f"The keys cannot be used: the root key {file} is missing")
    visitor = serves_what_it_can(lost)
    assert not file.exists()
    checked = command("root", "check", env=env)
    assert checked.returncode == 1
    assert "seatrobot keys recover" in checked.stderr

    refused = command("keys", "recover", env=env, text=sheets[0])
    assert refused.returncode == 1
    assert "2 different sheets are needed" in refused.stderr
    assert not file.exists()
    recovered = command("keys", "recover", env=env, text="\n".join((sheets[2], sheets[0])))
    assert recovered.returncode == 0, recovered.stderr
    assert "It opens 1 of 1 keyrings" in recovered.stdout
    assert file.read_bytes() == content
    assert command("root", "check", env=env).returncode == 0
    assert until(lambda: UNAVAILABLE not in visitor.sign_in()[1])

    rotated = command("root", "rotate", env=env)
    assert rotated.returncode == 0, rotated.stderr
    assert "1 keyrings are wrapped by file:" in rotated.stdout
    assert file.read_bytes() != content
    assert UNAVAILABLE not in visitor.sign_in()[1]
    old = command("keys", "recover", env=env, text="\n".join(sheets[:2]))
    assert old.returncode == 1
    assert "the sheets are of the root key" in old.stderr
    lost.end()

    file.unlink()
    FileRootKey(file)
    content = file.read_bytes()
    foreign = start()
    assert foreign.said("1 of 1 keyrings in")
    serves_what_it_can(foreign)
    assert file.read_bytes() == content
