"""A data directory has what the service makes, and whatever else is in it is found."""

from __future__ import annotations

import os
import socket
from uuid import UUID

import pytest

from seatrobot.kernel import keyfiles
from seatrobot.kernel.manifest import directory
from seatrobot.kernel.vault.keystore import DirectoryKeyStore

KEYRING = UUID(int=5)


@pytest.fixture
def data(tmp_path):
    data = tmp_path / "var"
    data.mkdir(mode=0o700)
    for key in ("root", "journal", "journal-ml-dsa", "secret", "openpgp"):
        keyfiles.create(data / "keys" / f"{key}.key", b"x")
    DirectoryKeyStore(data / "keystore").put(KEYRING, b"x")
    (data / "postgresql").mkdir(mode=0o700)
    keyfiles.create(data / "postgresql" / "seatrobot_app.pgpass", b"x")
    (data / "published").mkdir(mode=0o700)
    keyfiles.create(data / "published" / "practices" / "20261129T1200Z", b"x")
    (data / "static").mkdir(mode=0o755)
    (data / "static" / "app.css").touch(mode=0o644)
    return data


def test_nothing_is_wrong_with_what_the_service_makes(data):
    found = directory.compare(data)
    assert found.wrong == []
    assert found.compared == 16


def _link(data):
    (data / "other.key").symlink_to(data / "keys" / "root.key")


def _hard_link(data):
    os.link(data / "keys" / "root.key", data.parent / "elsewhere")


def _socket(data):
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(str(data / "lock"))


def _left_draft(data):
    draft = data / "keys" / f".root.key.{16 * 'a'}"
    draft.touch(mode=0o600)
    os.utime(draft, (0, 0))


WRONG = {
    "another name elsewhere": (_hard_link, "keys/root.key: has 2 names"),
    "open to a group": (
        lambda data: (data / "keys" / "root.key").chmod(0o640),
        "keys/root.key: is open",
    ),
    "the whole directory": (lambda data: data.chmod(0o755), "the data directory: is open"),
    "a file beside keyrings": (
        lambda data: (data / "keystore" / "x.tar").touch(0o600),
        "keystore/x.tar: nothing of the service is called so",
    ),
    "a name with a line of its own": (
        lambda data: (data / "keystore" / f"{KEYRING}.keyring\n").touch(0o600),
        "nothing of the service",
    ),
    "a link": (_link, "other.key: is another kind of file"),
    "a socket": (_socket, "lock: is another kind of file"),
    "a program of its owner": (
        lambda data: (data / "static" / "app.css").chmod(0o4755),
        "static/app.css: runs as somebody else",
    ),
    "a page that others write": (
        lambda data: (data / "static" / "app.css").chmod(0o666),
        "static/app.css: is open",
    ),
    "a draft that was left": (_left_draft, "was left behind"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_whatever_is_wrong_is_found(fault, data):
    do, sentence = WRONG[fault]
    do(data)
    assert any(sentence in each for each in directory.compare(data).wrong)


def test_a_file_of_another_user_is_found(data, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    assert any("belongs to user number" in each for each in directory.compare(data).wrong)


def test_a_draft_that_is_being_written_is_not_reported(data):
    (data / "keys" / f".root.key.{16 * 'a'}").touch(mode=0o600)
    assert directory.compare(data).wrong == []
