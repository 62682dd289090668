"""The inventory says what is in use, in three forms, and what is not as the policy says."""

from __future__ import annotations

import argparse
import json
import socket
import struct
import threading
from collections import OrderedDict
from dataclasses import replace
from datetime import timedelta

import pytest

from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.vault import policy as policies
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.keyring import Keyring
from seatrobot.kernel.vault.keystore import DirectoryKeyStore
from seatrobot.kernel.vault.policy import policy
from seatrobot.practices import crypto_commands
from seatrobot.practices.checks import hello, inventory

pytestmark = pytest.mark.django_db(transaction=True)


def take():
    with examining() as examiner:
        return inventory.take(examiner)


@pytest.fixture(autouse=True)
def cheap_passwords_allowed(monkeypatch):
    """Tests hash passwords at the lowest cost, so the policy asks for no more here."""
    file = policies.path()
    file.parent.mkdir(mode=0o700, exist_ok=True)
    monkeypatch.setattr(policies, "_require_no_weaker", lambda _made, _packaged: None)
    file.write_text("[purposes.passwords]\nmemory_kib = 0\npasses = 0\n")
    yield file
    file.unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def keys_of_this_test_alone(tmp_path, monkeypatch):
    store = DirectoryKeyStore(tmp_path / "keystore")
    monkeypatch.setattr(vault, "key_store", lambda: store)
    monkeypatch.setattr(vault, "_keyrings", OrderedDict())
    return tmp_path / "keystore"


def test_it_lists_keys_columns_connections_and_passwords(alice, charlie, dinner):
    taken = take()
    assert taken.problems == []
    owners = {row.owner for row in taken.keys}
    assert {str(alice.organization_id), str(charlie.organization_id), "platform"} <= owners
    purposes = {row.purpose for row in taken.keys if row.owner == str(alice.organization_id)}
    assert purposes == {"sealing", "special", "log", "indexing"}
    assert all(row.made and row.made <= now() for row in taken.keys if row.state != "missing")
    by_name = {row.column: row.protection for row in taken.columns}
    assert by_name["guests_guest.sealed"] == "sealed"
    assert by_name["guests_guest.email_index"] == "keyed hash"
    assert by_name["guests_guest.status"] == "clear"
    assert sum(row.accounts for row in taken.passwords) >= 2
    assert {row.algorithm for row in taken.passwords} == {"ARGON2ID"}
    assert any(row.what == "database" for row in taken.connections)
    assert "none yet" in taken.backups
    assert any("webhooks" in each for each in taken.later)


def changed(organization_id, change):
    before = []

    def keep(known):
        before.append(known)
        return change(known)

    vault.change_keyring(organization_id, keep)
    return before[0]


def test_an_old_key_and_a_weak_one_are_problems(alice, charlie):
    past = (now() - timedelta(days=366)).isoformat()
    changed(
        alice.organization_id,
        lambda known: Keyring(
            known._keysets,
            {key.purpose: {str(key.id): past} for key in known.describe()},
        ),
    )
    changed(PLATFORM, lambda known: known.rotated({"special": "AES128_GCM"}))
    problems = take().problems
    late = [each for each in problems if "was to be rotated" in each]
    assert len(late) == 3
    assert all(str(alice.organization_id) in each for each in late)
    assert [each for each in problems if each not in late] == [
        each for each in problems if "AES128_GCM is not in the policy" in each
    ]
    assert len(problems) == 4


def test_a_key_without_a_date_or_from_the_future_is_a_problem(alice, charlie):
    changed(alice.organization_id, lambda known: Keyring(known._keysets))
    later = (now() + timedelta(days=2)).isoformat()
    changed(
        charlie.organization_id,
        lambda known: Keyring(
            known._keysets, {key.purpose: {str(key.id): later} for key in known.describe()}
        ),
    )
    problems = take().problems
    assert sum("nobody knows when" in each for each in problems) == 4
    assert sum("in the future" in each for each in problems) == 4


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("argon2$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA", "more cheaply"),
        ("argon2$argon2i$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA", "ARGON2I is not in the policy"),
        ("pbkdf2_sha256$1000000$salt$hash", "not in the policy"),
        ("md5$salt$hash", "not in the policy"),
        ("secret", "not in the policy"),
    ],
)
def test_hashes_of_passwords_are_compared(
    password, why, alice, superuser_connection, cheap_passwords_allowed
):
    cheap_passwords_allowed.unlink()
    superuser_connection.execute("UPDATE accounts_account SET password = %s", [password])
    [problem] = take().problems
    assert why in problem


def test_an_account_without_a_password_is_none(alice, superuser_connection):
    superuser_connection.execute("UPDATE accounts_account SET password = '!unusable'")
    assert take().problems == []


def test_keys_that_cannot_be_read_are_a_problem_and_the_rest_is_listed(
    alice, charlie, keys_of_this_test_alone
):
    file = keys_of_this_test_alone / f"{alice.organization_id}.keyring"
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    taken = take()
    [problem] = taken.problems
    assert str(alice.organization_id) in problem
    assert any(row.owner == str(charlie.organization_id) for row in taken.keys)


class TestForms:
    def printed(self, capsys, form):
        code = crypto_commands.run_inventory(argparse.Namespace(format=form))
        return code, capsys.readouterr().out

    def test_text(self, alice, capsys):
        code, text = self.printed(capsys, "text")
        assert code == 0
        for word in ("Keys", "Columns", "Connections", "Passwords", "Backups: none yet", "later"):
            assert word in text
        assert "Problems: none" in text
        assert "UNKNOWN" not in text

    def test_json(self, alice, capsys):
        code, text = self.printed(capsys, "json")
        assert code == 0
        assert json.loads(text)["problems"] == []

    def test_a_problem_is_an_exit_code(self, alice, capsys):
        changed(PLATFORM, lambda known: known.rotated({"special": "AES128_GCM"}))
        code, text = self.printed(capsys, "text")
        assert code == 1
        assert "Problems: 1" in text

    def test_cyclonedx_refers_to_what_it_lists(self, alice, capsys):
        changed(PLATFORM, lambda known: known.rotated({"special": "AES128_GCM"}))
        _code, text = self.printed(capsys, "cyclonedx")
        made = json.loads(text)
        assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
        refs = [each["bom-ref"] for each in made["components"]]
        assert len(refs) == len(set(refs))
        assert "algorithm/AES128_GCM" in refs
        keys = [
            each["cryptoProperties"]["relatedCryptoMaterialProperties"]
            for each in made["components"]
            if each["cryptoProperties"]["assetType"] == "related-crypto-material"
        ]
        assert len(keys) >= 8
        assert {each["algorithmRef"] for each in keys} <= set(refs)
        assert {each["type"] for each in keys} == {"secret-key", "private-key"}

    def test_every_algorithm_of_the_policy_has_its_kind(self):
        assert policy().algorithms.keys() == crypto_commands.KINDS.keys()


class TestHello:
    def answering(self, answer: bytes) -> int:
        listener = socket.create_server(("127.0.0.1", 0))

        def serve() -> None:
            opened, _ = listener.accept()
            with opened, listener:
                opened.recv(4096)
                opened.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return listener.getsockname()[1]

    @pytest.mark.parametrize(
        "answer",
        [
            b"\x15\x03\x03\x00\x02\x02\x28",
            b"\x16\x03",
            b"\x16\x03\x03\x00\x04\x02\x00\x00\x00",
            b"\x16\x03\x03\x00\x05\x02\xff\xff\xff\x00",
            b"",
            b"HTTP/1.1 400 Bad Request",
        ],
    )
    def test_an_answer_that_is_no_serverhello_takes_nothing(self, answer):
        asked = hello.record(hello.Hello(("TLSv1.3",) * 2, hello.SUITES_13), "localhost")
        assert hello.ask("127.0.0.1", self.answering(answer), asked) is None

    def test_what_a_serverhello_takes_is_read(self):
        extensions = struct.pack(">HHHHHH", 43, 2, 0x0304, 51, 2, 0x11EC)
        body = struct.pack(">H", 0x0303) + bytes(32) + b"\0" + struct.pack(">HB", 0x1302, 0)
        body += struct.pack(">H", len(extensions)) + extensions
        message = b"\x02" + len(body).to_bytes(3, "big") + body
        halves = [message[:9], message[9:]]
        answer = b"".join(b"\x16\x03\x03" + struct.pack(">H", len(x)) + x for x in halves)
        asked = hello.record(hello.Hello(("TLSv1.3",) * 2, hello.SUITES_13), "localhost")
        taken = hello.ask("127.0.0.1", self.answering(answer), asked)
        assert taken == hello.Taken("TLSv1.3", 0x1302, "X25519MLKEM768")

    @pytest.mark.parametrize("versions", [("TLSv1", "TLSv1.2"), ("TLSv1.2", "TLSv1.3")])
    def test_what_is_written_is_read_again(self, versions):
        made = hello.Hello(versions, [0x1301, 0xC02B], [0x11EC, 0x1D], [0x0403])
        again = hello.read(hello.record(made, "seat.example"))
        oldest = versions[0] if versions[1] == "TLSv1.3" else "TLSv1.2"
        assert again == replace(made, versions=(oldest, versions[1]))

    def test_nobody_who_listens_is_an_error(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with pytest.raises(OSError):
            hello.groups("127.0.0.1", port, "localhost")
