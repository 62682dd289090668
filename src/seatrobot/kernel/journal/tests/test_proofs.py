"""Proofs that the journal only grows hold, are verified offline, and fail for a changed journal."""

from __future__ import annotations

import base64
import json
import struct
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import seatrobot
from seatrobot.cli import main
from seatrobot.conftest import as_
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import leaf, proofs, proving, signing
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.models import Entry, Leaf
from seatrobot.kernel.journal.sequencer import sequence
from seatrobot.organizations.feature import Action

pytestmark = pytest.mark.django_db(transaction=True)  # the examiner sees what is committed


def record(member, times=1):
    with as_(member):
        for _ in range(times):
            journal.record(Action.ORGANIZATION_VIEW)
    sequence()


def prove(entry_id):
    with examining() as examiner:
        return proving.prove_entry(examiner, entry_id)


def verify(proof):
    return proofs.verify(proofs.written(proof), signing.public_key())


@pytest.fixture
def stream(alice):
    record(alice, 3)
    return alice.organization_id


@pytest.mark.parametrize("more", range(9))
def test_a_kept_checkpoint_is_continued_by_a_journal_that_grew(alice, stream, more):
    kept = proving.newest_checkpoint(stream)
    record(alice, more)
    found = proving.compare(stream, kept)
    assert found.newest.size == found.older.size + more
    assert verify(found.proof).startswith(f"Proven: the {found.older.size} entries")
    assert str(found.newest.size) in found.sentence


def test_a_checkpoint_is_known_as_a_browser_sends_it_and_with_blanks_around(alice, stream):
    kept = proving.newest_checkpoint(stream)
    record(alice, 2)
    pasted = "\r\n  " + kept.replace("\n", "\r\n") + "\r\n"
    assert proving.compare(stream, pasted).proof is not None


@pytest.mark.parametrize("place", range(6))
def test_every_entry_is_proven_at_its_place(alice, stream, place):
    record(alice, 5)
    found = Leaf.objects.get(stream=stream, place=place)
    proof = prove(found.pk)
    assert f"{found.pk} (" in verify(proof)
    assert f"place {place} of" in verify(proof)


def test_an_entry_of_the_platform_is_proven_too(stream):
    with acting(Actor.operator("tests")):
        entry = journal.record(Action.ORGANIZATION_VIEW)
    sequence()
    assert str(entry.pk) in verify(prove(entry.pk))


def test_the_form_of_an_entry_is_read_as_it_was_written(alice, stream):
    with as_(alice):
        entry = Entry.objects.latest("id")
    proof = prove(entry.pk)
    row = leaf.read_form(proof.entry)
    assert (row["id"], row["at"], row["action"]) == (entry.pk, entry.at, entry.action)
    assert row["organization_id"] == stream
    assert leaf.form(row) == proof.entry


@pytest.mark.parametrize("data", [b"", b"\0\0\0\x0b", b"\0" * 200])
def test_bytes_that_are_no_entry_are_refused(data):
    with pytest.raises(ValueError, match="not an entry"):
        leaf.read_form(data)


def test_what_cannot_be_proven_is_said(alice, stream):
    with pytest.raises(proving.NoProof, match="no such entry"):
        prove(new_id())
    with as_(alice):
        waiting = journal.record(Action.ORGANIZATION_VIEW)
    with pytest.raises(proving.NoProof, match="no place in the tree yet"):
        prove(waiting.pk)
    with pytest.raises(proving.NoProof, match="no checkpoint yet"):
        proving.newest_checkpoint(new_id())


def test_a_checkpoint_of_others_or_that_nobody_signed_is_refused(charlie, stream):
    record(charlie)
    kept = proving.newest_checkpoint(stream)
    with pytest.raises(proving.NoProof, match="another journal"):
        proving.compare(charlie.organization_id, kept)
    lines = kept.split("\n")
    for other in ("", "hello", kept.replace(lines[1], "1"), kept[:-10]):
        with pytest.raises(proving.NoProof, match="not a checkpoint"):
            proving.compare(stream, other)


@pytest.mark.parametrize("change", ["a leaf", "the whole past"])
def test_a_journal_whose_past_was_rewritten_has_no_proof(alice, superuser_connection, change):
    """The sequencer signs what it finds, also for somebody who rewrites the tables."""
    record(alice, 3)
    stream = alice.organization_id
    kept = proving.newest_checkpoint(stream)
    superuser_connection.execute("SET session_replication_role = replica")
    superuser_connection.execute(
        "UPDATE journal_leaf SET hash = sha256('x') WHERE stream = %s AND place = 1", [stream]
    )
    if change == "the whole past":
        for table in ("leaf", "checkpoint"):
            superuser_connection.execute(
                f"DELETE FROM journal_{table} WHERE stream = %s"
                + (" AND place > 1" if table == "leaf" else ""),
                [stream],
            )
        superuser_connection.execute(
            "UPDATE journal_leaf SET place = NULL WHERE stream = %s", [stream]
        )
    superuser_connection.execute("SET session_replication_role = origin")
    record(alice, 5 if change == "the whole past" else 1)
    found = proving.compare(stream, kept)
    if change == "a leaf":  # the frontier carries the tree on, so the proof is still right
        assert found.proof is not None
    else:
        assert found.proof is None
        assert "changed or removed" in found.sentence


def test_a_proof_that_was_changed_proves_nothing(alice, charlie, stream):
    kept = proving.newest_checkpoint(stream)
    record(alice, 4)
    record(charlie, 4)
    proof = proving.compare(stream, kept).proof
    inclusion = prove(Leaf.objects.get(stream=stream, place=2).pk)
    other = proving.newest_checkpoint(charlie.organization_id)
    for wrong in (
        msgspec.structs.replace(proof, hashes=proof.hashes[:-1]),
        msgspec.structs.replace(proof, checkpoint=other),
        msgspec.structs.replace(proof, older=proof.checkpoint, checkpoint=proof.older),
        msgspec.structs.replace(proof, older=proof.older.replace("journal", "diary")),
        msgspec.structs.replace(inclusion, place=1),
        msgspec.structs.replace(inclusion, checkpoint=kept),
        msgspec.structs.replace(inclusion, checkpoint=other),
        msgspec.structs.replace(inclusion, entry=inclusion.entry[:-1] + b"x"),
    ):
        with pytest.raises(proofs.BadProof):
            verify(wrong)
    with pytest.raises(proofs.BadProof, match="not a proof"):
        proofs.verify(b"{}", signing.public_key())


@pytest.mark.parametrize("file", [b'{"kind":"\xff"}', b'{"q":' + b"[" * 200_000])
def test_a_file_that_no_json_reader_takes_proves_nothing(db, file):
    with pytest.raises(proofs.BadProof, match="not a proof"):
        proofs.verify(file, signing.public_key())


def test_an_entry_beyond_all_calendars_proves_nothing(alice, stream):
    proof = prove(Leaf.objects.get(stream=stream, place=0).pk)
    time = struct.pack(">ii", leaf.TIME_TYPE, 8)
    before, after = proof.entry.split(time, 1)
    entry = before + time + b"\x7f" * 8 + after[8:]
    with pytest.raises(proofs.BadProof, match="cannot be read"):
        verify(msgspec.structs.replace(proof, entry=entry))


def test_another_key_proves_nothing(alice, stream, tmp_path, settings):
    kept = proving.newest_checkpoint(stream)
    proof = proofs.written(proving.compare(stream, kept).proof)
    settings.JOURNAL_KEY = tmp_path / "another.key"
    with pytest.raises(proofs.BadProof, match="not signed by this key"):
        proofs.verify(proof, signing.public_key())


def test_the_file_is_plain_json(alice, stream):
    record(alice, 2)
    written = proofs.written(prove(Leaf.objects.get(stream=stream, place=0).pk))
    found = json.loads(written)
    assert (found["format"], found["kind"]) == ("seatrobot-journal-proof/1", "inclusion")
    assert len(base64.b64decode(found["hashes"][0])) == 32


class TestTheCommands:
    @pytest.fixture(autouse=True)
    def _in_this_process(self, monkeypatch):
        """The commands run on the test's database, which is set up already."""
        monkeypatch.setattr("seatrobot.cli._run", lambda args: args.run(args))

    def test_prove_and_verify_offline(self, alice, stream, capsys, tmp_path):
        assert main(["journal", "checkpoint", "--organization", str(stream)]) == 0
        (tmp_path / "kept.txt").write_text(capsys.readouterr().out)
        record(alice, 2)
        assert main(["journal", "prove", "--since", str(tmp_path / "kept.txt")]) == 0
        (tmp_path / "proof.json").write_text(capsys.readouterr().out)
        key = signing.verifier_key()
        assert main(["journal", "verify", str(tmp_path / "proof.json"), "--key", key]) == 0
        assert "Proven" in capsys.readouterr().out
        entry = str(Leaf.objects.filter(stream=stream).first().pk)
        assert main(["journal", "prove", "--entry", entry]) == 0
        (tmp_path / "entry.json").write_text(capsys.readouterr().out)
        assert main(["journal", "verify", str(tmp_path / "entry.json"), "--key", key]) == 0
        assert entry in capsys.readouterr().out

    def test_what_is_wrong_is_said(self, stream, capsys, tmp_path):
        file = tmp_path / "proof.json"
        key = signing.verifier_key()
        assert main(["journal", "verify", str(file), "--key", key]) == 2
        file.write_text("{}")
        assert main(["journal", "verify", str(file)]) == 2
        assert main(["journal", "verify", str(file), "--key", key]) == 1
        assert main(["journal", "prove", "--since", str(file)]) == 2
        assert main(["journal", "prove", "--entry", str(new_id())]) == 2
        assert main(["journal", "checkpoint", "--organization", str(new_id())]) == 2
        assert "Not proven" in capsys.readouterr().err


def test_a_proof_is_verified_without_an_instance(alice, stream, tmp_path):
    """By a process that has neither settings nor a database nor a directory of data."""
    file = tmp_path / "proof.json"
    kept = proving.newest_checkpoint(stream)
    file.write_bytes(proofs.written(proving.compare(stream, kept).proof))
    source = str(Path(seatrobot.__file__).parents[1])
    key = signing.verifier_key()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "seatrobot", "journal", "verify", str(file), "--key", key],
        env={"PYTHONPATH": source, "PATH": "/nowhere"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Proven")
    assert [path.name for path in tmp_path.iterdir()] == ["proof.json"]
