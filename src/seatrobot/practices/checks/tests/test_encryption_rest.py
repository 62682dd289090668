"""What is stored is sealed, and a value or a file in clear is found."""

from __future__ import annotations

import base64
import json
import secrets
from datetime import timedelta
from urllib.parse import quote_plus

import msgspec
import pytest
from django.conf import settings

from seatrobot.conftest import as_
from seatrobot.events.models import Event
from seatrobot.guests.models import Guest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import editing
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.vault.looks import looks_sealed
from seatrobot.practices.checks import canaries, encryption, searching
from seatrobot.practices.models import Probe
from seatrobot.runtime import part

pytestmark = pytest.mark.django_db(transaction=True)


def measured():
    found = encryption.rest()
    return found.values, found.notes


def test_no_canary_is_found_and_every_value_is_sealed(web, used):
    numbers, notes = measured()
    assert (numbers["canaries"], numbers["clear"], numbers["found"]) == (0, 0, 0), notes
    assert numbers["searched"] >= 1
    assert numbers["columns"] >= 10
    assert numbers["values"] > 10
    assert numbers["places"] == 6, notes
    assert numbers["forms"] == 2


def test_canaries_do_not_stay(web, used):
    encryption.rest()
    with acting(ACTOR, Probe.objects.get().organization_id):
        assert not Event.objects.exists()


DISGUISES = {
    "as it is": str.encode,
    "UTF-16, little-endian": lambda word: word.encode("utf-16-le"),
    "UTF-16, big-endian": lambda word: word.encode("utf-16-be"),
    "hexadecimal": lambda word: word.encode().hex().encode(),
    "hexadecimal in capitals": lambda word: b"\\x" + word.encode().hex().upper().encode(),
    **{
        f"base64 after {before} bytes": lambda word, before=before: base64.b64encode(
            b"z" * before + word.encode() + b"and more"
        )
        for before in range(3)
    },
    "base64 at the end": lambda word: base64.b64encode(word.encode()).rstrip(b"="),
    "base64 for addresses": lambda word: base64.urlsafe_b64encode(b"?\xff\xfe" + word.encode()),
    "base64 in lines": lambda word: base64.encodebytes(b"z" * 50 + word.encode() + b"z" * 50),
    "base64 after a name": lambda word: b"token_" + base64.b64encode(word.encode()),
    "base64 of UTF-16": lambda word: base64.b64encode(word.encode("utf-16-le")),
    "base64 in hexadecimal": lambda word: base64.b64encode(word.encode()).hex().encode(),
    "JSON": lambda word: json.dumps({"name": word}).encode(),
    "an address": lambda word: f"?q={quote_plus(word)}&p=1".encode(),
}


@pytest.mark.parametrize("word", ["maria.rossi@example.org", "Jürgen Łucja-Rossi", "Żółć Maria"])
@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_word_is_found_in_what_is_not_encrypted(disguise, word, tmp_path):
    data = DISGUISES[disguise](word)
    (tmp_path / "file").write_bytes(b"\x00\xff before (" + data + b") after it\n")
    assert searching.in_files([tmp_path / "file"], ["somebody else"], [word]) == [
        [],
        [tmp_path / "file"],
    ]


@pytest.mark.parametrize("disguise", ["as it is", "base64 after 1 bytes", "base64 in hexadecimal"])
def test_a_word_is_found_in_a_table_as_text_and_as_bytes(disguise, superuser_connection, db):
    word = "maria.rossi@example.org"
    data = DISGUISES[disguise](word)
    superuser_connection.execute(
        "CREATE SCHEMA backup; GRANT USAGE ON SCHEMA backup TO PUBLIC;"
        " CREATE TABLE backup.names (name text, raw bytea);"
        " GRANT SELECT ON backup.names TO PUBLIC"
    )
    try:
        for row in ((data.decode(), b""), ("", data)):
            superuser_connection.execute("INSERT INTO backup.names VALUES (%s, %s)", row)
        with acting(ACTOR):
            assert searching.in_tables([word]) == {"backup.names": 2}
    finally:
        superuser_connection.execute("DROP SCHEMA backup CASCADE")


def test_a_canary_in_a_file_is_found(web, used):
    word = canaries.word("note", now().date())
    planted = settings.CONFIG.data / "mail" / "planted.log"
    planted.parent.mkdir(exist_ok=True)
    planted.write_bytes(word.encode())
    try:
        numbers, notes = measured()
    finally:
        planted.unlink()
    assert (numbers["canaries"], numbers["found"]) == (1, 0)
    assert "a canary in data directory: planted.log" in notes


SAID = {
    "a name": lambda record: record.plain_name,
    "a last name": lambda record: record.last_name,
    "a name as lists have it": lambda record: f"{record.last_name} {record.first_name}",
    "an address": lambda record: record.email,
    "a note": lambda record: record.notes,
}


@pytest.mark.parametrize("what", SAID)
def test_what_is_said_of_a_guest_is_found_in_the_queue(
    what, guest, web, used, superuser_connection
):
    said = SAID[what](guest)
    superuser_connection.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, args)"
        " VALUES ('seeded', 'seeded', 'succeeded', jsonb_build_object('a', %s::text))",
        [said],
    )
    try:
        numbers, notes = measured()
    finally:
        superuser_connection.execute("DELETE FROM procrastinate_jobs WHERE queue_name = 'seeded'")
    assert numbers["found"] >= 1
    assert any("a text about somebody in the table procrastinate_jobs" in each for each in notes)
    assert not any(said in note for note in notes), "notes name places alone"


@pytest.mark.parametrize("what", ["a name", "an address"])
def test_who_a_guest_is_is_found_in_files(what, guest, web, used):
    said = base64.b64encode(f"said: {SAID[what](guest)}!".encode())
    places = ["logs/web.log", "mail/planted.sealed", "scratch/planted", "profile/practices.toml"]
    planted = [settings.CONFIG.data / place for place in (*places, "published/x", "demo.txt")]
    for file in planted:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(said)
    try:
        numbers, notes = measured()
    finally:
        for file in planted:
            file.unlink()
    assert numbers["found"] == 3, "what the operator says of themselves may stand there"
    for file in planted[:3]:
        assert f"a text about somebody in data directory: {file.name}" in notes


@pytest.fixture
def guest(alice, dinner):
    """Somebody whom no other test has written down."""
    record = GuestRecord(
        last_name="R" + secrets.token_hex(6),
        first_name="Maria",
        email=f"{secrets.token_hex(6)}@example.org",
        notes=f"Sits with uncle {secrets.token_hex(6)}",
    )
    with as_(alice):
        editing.add(actor=alice, event=dinner, record=record)
    return record


def test_a_column_that_is_not_sealed_is_found_in_tables_and_files(web, used, monkeypatch):
    monkeypatch.setattr(SealedField, "seal_record", _in_clear)
    numbers, notes = measured()
    assert numbers["clear"] > 0
    assert any("the table guests_guest" in note for note in notes), notes
    assert any("write-ahead log" in note for note in notes), notes


@pytest.mark.parametrize("key", ["", " PRIMARY KEY"])
def test_a_canary_in_another_schema_is_found(key, web, used, superuser_connection):
    word = canaries.word("note", now().date())
    superuser_connection.execute(
        "CREATE SCHEMA backup; GRANT USAGE ON SCHEMA backup TO PUBLIC;"
        f" CREATE TABLE backup.names (name text{key}); GRANT SELECT ON backup.names TO PUBLIC;"
        f" INSERT INTO backup.names VALUES ('{word}')"
    )
    try:
        with acting(ACTOR):
            assert searching.in_tables([word]) == {"backup.names": 1}
    finally:
        superuser_connection.execute("DROP SCHEMA backup CASCADE")


def test_a_canary_in_a_temporary_file_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(searching, "SHARED", (str(tmp_path),))
    (tmp_path / "tmpabc").mkdir()
    (tmp_path / "tmpabc" / "names").write_text("zanarigo")
    (tmp_path / "link").symlink_to("/etc/passwd")
    files = searching.temporary_files(now() - timedelta(minutes=1))
    assert tmp_path / "link" not in files
    assert searching.in_files(files, ["zanarigo"]) == [[tmp_path / "tmpabc" / "names"]]


def test_what_a_part_says_is_kept_and_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(part, "LONGEST_LOG", 10)
    log = tmp_path / "logs" / "web.log"
    for line in (b"one canary\n", b"two\n"):
        part.keep(line, log)
    assert log.read_bytes() == b"two\n"
    assert (tmp_path / "logs" / "web.log.1").read_bytes() == b"one canary\n"
    assert log.stat().st_mode & 0o777 == 0o600


def test_one_record_in_clear_is_found(web, used, superuser_connection):
    superuser_connection.execute(
        r"UPDATE events_event SET sealed = '\x01' || convert_to(repeat('Dinner ', 8), 'UTF8')"
    )
    numbers, notes = measured()
    assert numbers["clear"] == 1
    assert "events_event.sealed: 1 values in clear" in notes


def test_a_guest_without_special_answers_has_nothing_in_clear(alice, dinner, web, used):
    with as_(alice):
        editing.add(actor=alice, event=dinner, record=GuestRecord(last_name="Adams"))
        assert Guest.objects.filter(special=None).exists()
    numbers, notes = measured()
    assert numbers["clear"] == 0, notes


def test_text_behind_the_right_first_byte_is_not_sealed():
    assert looks_sealed(b"\x01" + secrets.token_bytes(60))
    assert not looks_sealed(b"\x01" + b"Congress Dinner " * 4)
    assert not looks_sealed(b"\x01" + secrets.token_bytes(20))
    assert not looks_sealed(None)


def test_ten_thousand_sealed_values_look_sealed():
    assert all(looks_sealed(b"\x01" + secrets.token_bytes(34)) for _ in range(10_000))


def test_a_word_across_two_pieces_of_a_file_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(searching, "CHUNK", 1000)
    (tmp_path / "file").write_bytes(b"x" * 990 + b"zanarigo-and-more" + b"y" * 5000)
    found = searching.in_files([tmp_path / "file"], ["zanarigo-and-more"], ["absent"])
    assert found == [[tmp_path / "file"], []]


SEAL = SealedField.seal_record


def _in_clear(self, pk, organization_id, record):
    """Seal everything but guests."""
    if self.model._meta.db_table != "guests_guest":
        return SEAL(self, pk, organization_id, record)
    return b"\x01" + msgspec.msgpack.encode(record) + b" " * 500
