"""Each thing that can be wrong with an archive has one sentence, and nothing is imported."""

from __future__ import annotations

import io
import json
import stat
import warnings
import zipfile
from datetime import date, timedelta

import pyrage
import pytest

from seatrobot.archive import importing, reading
from seatrobot.archive.formats import MANIFEST
from seatrobot.archive.importing import NotEmpty, UnknownParts
from seatrobot.archive.tests.organizations import (
    bring,
    lines_of,
    manifest_of,
    new_identifier,
    opened,
    rewritten,
)
from seatrobot.conftest import as_
from seatrobot.contacts.models import Contact
from seatrobot.events import retention
from seatrobot.events.models import Event
from seatrobot.guests.models import Guest
from seatrobot.kernel.cards import CardNumber
from seatrobot.kernel.clock import now
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations.models import Organization

GUESTS = "json/guests_guest.jsonl"
EVENTS, FIELDS, TABLES = (
    f"json/{name}.jsonl" for name in ("events_event", "events_field", "seating_table")
)
STEPS = "json/seating_step.jsonl"


def added(data: bytes, name: str, text: bytes = b"", *, mode: int = 0, times: int = 1) -> bytes:
    """Return an archive with one more file in it."""
    made = io.BytesIO(data)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of a name that is there twice
        for _ in range(times):
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, text)
    return made.getvalue()


def changed_line(field: str, value: object, file: str = GUESTS):
    """Return what changes a field of the first row, a guest unless another file is named."""

    def change(_manifest, files):
        first, *rest = files[file].splitlines()
        line = json.loads(first)
        line[field] = value
        files[file] = b"\n".join([json.dumps(line).encode(), *rest, b""])

    return change


def with_step(before: str):
    """Return what adds a step of the seating, with JSON that says who sat where before it."""

    def change(_manifest, files):
        table = json.loads(files[TABLES].splitlines()[0])
        step = {
            "id": new_identifier(),
            "event_id": table["event_id"],
            "room_id": table["room_id"],
            "account_id": None,
            "kind": "move",
            "before": 0,
            "after": [],
            "at": "2027-01-01T00:00:00Z",
        }
        text = json.dumps(step).replace('"before": 0', f'"before": {before}')
        files[STEPS] = f"{text}\n".encode()

    return change


def with_proposal(_manifest, files):
    table = json.loads(files[TABLES].splitlines()[0])
    row = {
        "id": new_identifier(),
        "event_id": table["event_id"],
        "room_id": table["room_id"],
        "progress_id": new_identifier(),
        "mode": "rest",
        "outcome": "ready",
        "seconds_allowed": 3.0,
        "created_at": "2027-01-01T00:00:00Z",
        "record": {"after": [["x", "y", -1, True]]},
    }
    files["json/seating_proposal.jsonl"] = f"{json.dumps(row)}\n".encode()


def without_file(name: str):
    def change(manifest, files):
        del files[name]

    return change


def with_version(version: int):
    def change(manifest, _files):
        manifest["format"]["version"] = version

    return change


def cut_rows(_manifest, files):
    files[GUESTS] = b"\n".join([*files[GUESTS].splitlines()[:1], b""])


def with_byte(data: bytes, name: str) -> bytes:
    """Return an archive one bit of whose packed file is another one."""
    info = opened(data).getinfo(name)
    place = info.header_offset + 30 + len(name) + info.compress_size // 2
    return data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]


def with_comment(data: bytes) -> bytes:
    made = io.BytesIO(data)
    with zipfile.ZipFile(made, "a") as file:
        file.comment = b"a comment"
    return made.getvalue()


def with_record(data: bytes, *, signature: bytes = b"PK\x06\x06", off: int = 0) -> bytes:
    """Return an archive with many files, whose record of ZIP64 says that its list is short."""
    data = added(data, "x" * 40, times=30_000)
    end = len(data) - 22
    record = signature + b"\0" * 36 + (100).to_bytes(8, "little") + b"\0" * 8
    locator = b"PK\x06\x07" + b"\0" * 4 + (end + off).to_bytes(8, "little") + b"\1\0\0\0"
    return data[:end] + record + locator + data[end:]


def bomb(data: bytes) -> bytes:
    return rewritten(data, lambda _m, files: files.update({GUESTS: b" " * (80 * 1024**2)}))


def overlapping(data: bytes) -> bytes:
    """Return an archive two of whose entries share their bytes."""
    at = data.rindex(b"PK\x01\x02")
    shared = bytearray(data)
    first = int.from_bytes(data[data.index(b"PK\x01\x02") :][42:46], "little")
    shared[at + 42 : at + 46] = first.to_bytes(4, "little")
    return bytes(shared)


WRONG = {
    "no ZIP file": (lambda data: b"name\nAlma\n", "no ZIP file"),
    "empty": (lambda data: b"", "no ZIP file"),
    "cut off": (lambda data: data[: len(data) // 2], "its end is missing"),
    "encrypted": (
        lambda data: pyrage.encrypt(data, [pyrage.x25519.Identity.generate().to_public()]),
        "is encrypted. Decrypt it with age",
    ),
    "climbs out": (lambda data: added(data, "../../etc/passwd", b"x"), "would lead out"),
    "climbs out on Windows": (lambda data: added(data, "..\\boot.ini", b"x"), "would lead out"),
    "from the root": (lambda data: added(data, "/etc/passwd", b"x"), "would lead out"),
    "from a drive": (lambda data: added(data, "C:boot.ini", b"x"), "would lead out"),
    "link": (
        lambda data: added(data, "csv/link.csv", b"/etc/passwd", mode=stat.S_IFLNK | 0o777),
        "is a link or a folder",
    ),
    "folder": (lambda data: added(data, "csv/more/"), "is a link or a folder"),
    "twice": (lambda data: added(data, GUESTS, b"x"), "is in the archive twice"),
    "too many": (lambda data: added(data, "x", times=2100), "files, more than any archive"),
    "seventy thousand": (
        lambda data: added(data, "x" * 40, times=70_000),
        "more files than any archive",
    ),
    "a comment behind seventy thousand": (
        lambda data: with_comment(added(data, "x" * 40, times=70_000)),
        "more files than any archive",
    ),
    "a record of ZIP64 that says less": (with_record, "more files than any archive"),
    "a record of ZIP64 without its mark": (
        lambda data: with_record(data, signature=b"NONE"),
        "no ZIP file",
    ),
    "a record of ZIP64 somewhere else": (lambda data: with_record(data, off=1), "no ZIP file"),
    "a place of a record of ZIP64 alone": (
        lambda data: data[:-22] + b"PK\x06\x07" + b"\0" * 16 + data[-22:],
        "no ZIP file",
    ),
    "bomb": (bomb, "would unpack to"),
    "overlap": (overlapping, "would unpack to"),
    "no manifest": (lambda data: b"PK\x05\x06" + b"\0" * 18, "has no manifest.json"),
    "manifest of something else": (
        lambda data: rewritten(data, lambda manifest, _: manifest["format"].update(name="other")),
        "manifest.json of this archive cannot be read",
    ),
    "a file that nobody named": (
        lambda data: added(data, "unknown.txt", b"more"),
        "the manifest does not name it",
    ),
    "a manifest without files": (
        lambda data: rewritten(data, lambda manifest, _: manifest.pop("tables"), honest=False),
        "manifest.json of this archive cannot be read",
    ),
    "future": (lambda data: rewritten(data, with_version(99)), "made by a newer Seatrobot"),
    "missing file": (
        lambda data: rewritten(data, without_file(GUESTS), honest=False),
        "is missing: the manifest names it",
    ),
    "missing file that the manifest leaves out too": (
        lambda data: rewritten(data, without_file(GUESTS)),
        "is missing: the manifest names it",
    ),
    "other content of the same size": (
        lambda data: rewritten(
            data,
            lambda _m, files: files.update({GUESTS: files[GUESTS].replace(b"Kim", b"Tim")}),
            honest=False,
        ),
        "its checksum is another one",
    ),
    "other size": (
        lambda data: rewritten(data, cut_rows, honest=False),
        "has another size than the manifest says",
    ),
    "damaged": (lambda data: with_byte(data, GUESTS), "is damaged|checksum is another"),
    "table twice": (
        lambda data: rewritten(
            data, lambda manifest, _: manifest["tables"].append(manifest["tables"][0])
        ),
        "names the table",
    ),
    "no JSON": (
        lambda data: rewritten(data, lambda _m, files: files.update({GUESTS: b"{oops\n"})),
        "Line 1 of .* does not fit",
    ),
    "wrong word": (
        lambda data: rewritten(data, changed_line("reply", "perhaps")),
        "Line 1 of .* does not fit",
    ),
    "no identifier": (
        lambda data: rewritten(data, changed_line("party_id", "' OR 1=1")),
        "Line 1 of .* does not fit",
    ),
    "a list": (
        lambda data: rewritten(data, lambda _m, files: files.update({GUESTS: b"[1]\n"})),
        "Line 1 of .* does not fit",
    ),
    "names a row that is not there": (
        lambda data: rewritten(data, changed_line("party_id", new_identifier())),
        "do not fit together",
    ),
    "a guest twice": (
        lambda data: rewritten(
            data, lambda _m, files: files.update({GUESTS: files[GUESTS] + files[GUESTS]})
        ),
        "do not fit together",
    ),
    "an event without an activity": (
        lambda data: rewritten(
            data, lambda _m, files: files.update({"json/events_activity.jsonl": b""})
        ),
        "do not fit together",
    ),
    "arrived and not checked in": (
        lambda data: rewritten(data, not_checked_in),
        "has arrived, and is not checked in",
    ),
    "a moment that no calendar has": (
        lambda data: rewritten(data, changed_line("created_at", "2027-99-01T00:00:00Z")),
        "Line 1 of .* does not fit",
    ),
    "a time zone that there is not": (
        lambda data: rewritten(data, changed_line("time_zone", "Nowhere/Nope", EVENTS)),
        "Line 1 of .*: there is no time zone “Nowhere/Nope”",
    ),
    "a column without a name": (
        lambda data: rewritten(data, changed_line("record", {"labels": {"de": "Ort"}}, FIELDS)),
        "Line 1 of .*: a column or a choice has no label",
    ),
    "a table for a whole town": (
        lambda data: rewritten(data, changed_line("seats", 30_000, TABLES)),
        "Line 1 of .*: a table has between 1 and 200 seats",
    ),
    "a table in the next country": (
        lambda data: rewritten(data, changed_line("x", 1e6, TABLES)),
        "Line 1 of .*: a table stands outside",
    ),
    "a table beyond all numbers": (
        lambda data: rewritten(data, changed_line("y", 1e308, TABLES)),
        "Line 1 of .*: a number is too large",
    ),
    "a name that is a book": (
        lambda data: rewritten(data, changed_line("record", {"first_name": "x" * 20_001})),
        "Line 1 of .*: a text has 20001 characters",
    ),
    "a guest who is made in a hundred years": (
        lambda data: rewritten(data, changed_line("id", f"04{new_identifier()[2:]}")),
        "Line 1 of .*: its identifier is of a time to come",
    ),
    "a step that cannot be undone": (
        lambda data: rewritten(data, with_step('[["x", 1, {}]]')),
        "Line 1 of .*: what it says of who is moved",
    ),
    "a proposal for nobody": (
        lambda data: rewritten(data, with_proposal),
        "Line 1 of .*: what it says of who is moved",
    ),
    "nested as deep as JSON goes": (
        lambda data: rewritten(data, with_step("[" * 900 + "]" * 900)),
        "Line 1 of .*: it is nested too deep",
    ),
    "nested deeper": (
        lambda data: rewritten(data, with_step("[" * 200_000 + "]" * 200_000)),
        "Line 1 of .*: it is nested too deep",
    ),
    "a time before everything": (
        lambda data: rewritten(data, changed_line("checked_in_at", "0001-01-01T00:00:00Z")),
        "do not fit together",
    ),
}


def not_checked_in(_manifest, files):
    lines = [json.loads(line) for line in files[GUESTS].splitlines()]
    for line in lines:
        line["checked_in_at"] = line["checked_in_by"] = None
    files[GUESTS] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)


@pytest.mark.parametrize("times", [0, 70_000])
def test_a_list_of_files_is_as_long_as_zip64_says(whole, times, monkeypatch):
    """A record that `zipfile` itself writes is read; the length that it says is compared."""
    data = added(whole, "x", times=times) if times else whole
    place = data.rindex(b"PK\x05\x06")
    length = int.from_bytes(data[place + 12 : place + 16], "little")
    if times:
        data = data[: place + 12] + b"\xff" * 4 + data[place + 16 :]
    monkeypatch.setattr(reading, "LONGEST_DIRECTORY", length)
    reading._look_at_directory(io.BytesIO(data))
    monkeypatch.setattr(reading, "LONGEST_DIRECTORY", length - 1)
    with pytest.raises(reading.BadArchive):
        reading._look_at_directory(io.BytesIO(data))


@pytest.mark.parametrize("more", [{}, {"signature": b"NONE"}, {"off": 1}])
def test_a_list_of_files_is_refused_before_it_is_read(whole, more):
    with pytest.raises(reading.BadArchive):
        reading._look_at_directory(io.BytesIO(with_record(whole, **more)))


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_in_one_sentence(charlie, whole, what):
    make, sentence = WRONG[what]
    with as_(charlie):
        with pytest.raises(Refused, match=sentence) as refusal:
            bring(charlie, make(whole))
        assert refusal.value.sentence.count("\n") == 0
        assert not Event.objects.exists()
        assert not Guest.objects.exists()
        assert not Contact.objects.exists()
        assert Organization.objects.get().sealed.name == "Competitor"


def test_few_rows_are_held_at_once_where_their_lines_are_long(charlie, whole, monkeypatch):
    held = []

    def long_lines(_manifest, files):
        lines = [json.loads(line) for line in files[GUESTS].splitlines()]
        lines[0]["host_id"] = lines[1]["host_id"] = None
        made = []
        for place in range(60):
            made.append({**lines[1], "id": new_identifier()})
            made[-1]["record"] = {"last_name": "Li", "tags": ["x" * 19_000] * 10, "notes": "y"}
            made[-1]["record"]["reference"] = str(place)
        files[GUESTS] += b"".join(json.dumps(line).encode() + b"\n" for line in made)

    def noting(rows, /, *args, **more):
        held.append(len(args[0]))
        return create(rows, *args, **more)

    create = importing.models.QuerySet.bulk_create
    monkeypatch.setattr(importing.models.QuerySet, "bulk_create", noting)
    with as_(charlie):
        bring(charlie, rewritten(whole, long_lines))
        assert Guest.objects.count() == 62
    assert max(held) < 30


def test_an_event_is_announced_anew_before_it_deletes_itself(alice, charlie, gala, whole_of):
    with as_(alice):
        gala.starts_at, gala.ends_at = (
            each.replace(year=2025) for each in (gala.starts_at, gala.ends_at)
        )
        gala.delete_on, gala.deletion_told_at = date(2026, 1, 1), now() - timedelta(days=90)
        gala.save()
    data = whole_of(alice)
    with as_(charlie):
        bring(charlie, data)
        organization = charlie.organization_id
        assert retention.delete_due(organization) == 0
        assert retention.announce(organization) == 1
        assert retention.delete_due(organization) == 0
        assert Event.objects.exists()


def test_an_event_that_would_delete_itself_before_its_end_stays(alice, charlie, gala, whole_of):
    with as_(alice):
        gala.delete_on = gala.last_day
        gala.save()
    data = whole_of(alice)
    with as_(charlie):
        bring(charlie, data)
        assert Event.objects.get().delete_on is None


def test_numbers_of_cards_do_not_come_in(charlie, whole):
    change = changed_line("record", {"first_name": "Kim", "notes": "4111 1111 1111 1111"})
    with as_(charlie), pytest.raises(CardNumber):
        bring(charlie, rewritten(whole, change))


def test_an_organization_that_has_something_is_refused(alice, whole):
    with as_(alice), pytest.raises(NotEmpty, match="this one has something"):
        bring(alice, whole)


class TestVersions:
    def test_what_an_older_archive_does_not_have_is_left_empty(self, charlie, whole):
        def older(manifest, files):
            lines = [json.loads(line) for line in files[GUESTS].splitlines()]
            for line in lines:
                del line["money"], line["special"]
                line["record"].pop("company", None)
            files[GUESTS] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
            for name in ("json", "csv"):
                ending = {"json": "jsonl", "csv": "csv"}[name]
                del files[f"{name}/seating_rule.{ending}"]
            manifest["tables"] = [
                table for table in manifest["tables"] if table["name"] != "seating_rule"
            ]

        with as_(charlie):
            bring(charlie, rewritten(whole, older))
            assert {guest.money for guest in Guest.objects.all()} == {""}
            assert not any(guest.special for guest in Guest.objects.all())

    def test_what_a_newer_one_has_is_left_out_only_if_somebody_says_so(self, charlie, whole):
        def newer(manifest, files):
            for table in manifest["tables"]:
                if table["name"] == "guests_guest":
                    table["columns"] += ["pronoun", "record.nickname"]
            lines = [json.loads(line) for line in files[GUESTS].splitlines()]
            for line in lines:
                line["pronoun"] = "they"
                line["record"]["nickname"] = "K."
            files[GUESTS] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
            files["json/events_song.jsonl"] = b'{"id": "x"}\n'
            manifest["tables"].append(
                {
                    **manifest["tables"][0],
                    "name": "events_song",
                    "json": "json/events_song.jsonl",
                    "imported": True,
                }
            )

        data = rewritten(whole, newer)
        with as_(charlie):
            with pytest.raises(UnknownParts) as refusal:
                bring(charlie, data)
            for part in ("guests_guest.pronoun", "guests_guest.record.nickname", "events_song"):
                assert part in refusal.value.sentence
            assert not Guest.objects.exists()
            done = bring(charlie, data, leave_unknown=True)
            assert done.left
            assert Guest.objects.count() == len(lines_of(whole, "guests_guest"))


def test_an_archive_says_what_it_leaves_out(whole):
    said = manifest_of(whole)["not_carried"]
    assert any("passkeys" in each["what"] for each in said)
    assert {"what": "guests_guest.email_index"}.items() <= next(
        each for each in said if each["what"] == "guests_guest.email_index"
    ).items()
    assert all(each["why"] for each in said)
    assert all(table["why"] for table in manifest_of(whole)["tables"] if not table["imported"])


def test_no_secret_is_in_an_archive(alice, whole):
    text = b"".join(opened(whole).read(name) for name in opened(whole).namelist())
    assert b"join/secret" not in text
    assert b"[the link is in the mail alone]" in text
    assert b"token_hash" not in opened(whole).read("json/organizations_invitation.jsonl")
    assert b"email_index" not in opened(whole).read(GUESTS)
    assert MANIFEST in opened(whole).namelist()


def test_a_whole_archive_verifies(whole):
    reading.open_archive(io.BytesIO(whole)).verify()


def test_a_long_list_of_files_is_refused_before_it_is_read(monkeypatch, whole):
    """Memory is taken for each file of a list, so nobody may have a million of them read."""
    many = added(whole, "x" * 40, times=70_000)
    plain = many[: many.rindex(b"PK\x06\x06")] + many[many.rindex(b"PK\x05\x06") :]
    monkeypatch.setattr(reading.zipfile, "ZipFile", None)
    for data in (many, plain):
        with pytest.raises(reading.BadArchive, match="more files"):
            reading.open_archive(io.BytesIO(data))
