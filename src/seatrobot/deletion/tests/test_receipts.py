"""Receipts and the ledger: what they say can be checked by anybody, and is about what happened."""

from __future__ import annotations

import io
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from seatrobot.accounts.models import Account
from seatrobot.archive.models import Archive, ArchiveRecord
from seatrobot.cli import main
from seatrobot.conftest import as_
from seatrobot.contacts.models import Contact
from seatrobot.deletion import cluster as clusters
from seatrobot.deletion import (
    erasing,
    ledger,
    receipts,
    replaying,
    scrubbing,
    steps,
    verifying,
    verifying_receipts,
)
from seatrobot.deletion.models import Deletion, State
from seatrobot.deletion.tests import verify_receipt
from seatrobot.deletion.tests.conftest import ask, reload
from seatrobot.events import services as events
from seatrobot.events.models import Event
from seatrobot.guests.models import Guest
from seatrobot.guests.services import bulk
from seatrobot.kernel.acting import acting
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import signing
from seatrobot.kernel.vault import services as vault


def nothing_held(_organization):
    return ()


def verify_all():
    with clusters.opened() as cluster:
        assert cluster is not None
        return verifying.verify(verifying.waiting(), cluster, nothing_held)


def receipt_of(deletion):
    with acting(steps.ACTOR):
        return receipts.make(reload(deletion))


def test_from_the_request_to_the_final_receipt(filled, tmp_path, capsys):
    """The examiner finds nothing, the receipt becomes final, and anybody verifies it."""
    alice, _bob, charlie = filled
    deletion = ask(alice)
    steps.advance_all()
    waiting = receipt_of(deletion)
    assert verify_receipt.verify(waiting, signing.verifier_key())["final"] is False
    done = verify_all()
    assert done.remains == []
    assert done.verified == 1
    steps.advance_all()
    row = reload(deletion)
    assert row.state == State.FINAL
    text = receipt_of(deletion)
    facts = verifying_receipts.verify(text, signing.public_key())
    assert facts == verify_receipt.verify(text, signing.verifier_key())
    assert facts["final"]
    assert facts["rows_deleted"]["guests_guest"] == 3
    assert facts["keys_destroyed"]["entry"] == str(row.entry_id)
    assert len(facts["searched"]) >= 7
    assert facts["found"] == []

    file = tmp_path / "receipt.txt"
    file.write_text(text)
    assert main(["receipt", "verify", str(file), "--key", signing.verifier_key()]) == 0
    assert "The receipt is final." in capsys.readouterr().out
    file.write_text(text.replace('"guests_guest":3', '"guests_guest":2'))
    assert main(["receipt", "verify", str(file), "--key", signing.verifier_key()]) == 1
    assert "not signed" in capsys.readouterr().err
    with pytest.raises(AssertionError):
        verify_receipt.verify(file.read_text(), signing.verifier_key())
    assert main(["receipt", "verify", str(file), "--key", "nonsense"]) == 2
    assert not vault.exists(alice.organization_id)
    assert vault.exists(charlie.organization_id)


def test_a_receipt_that_nobody_examined_is_none(filled):
    alice, _bob, _charlie = filled
    deletion = ask(alice)
    steps.advance_all()
    verify_all()
    with acting(steps.ACTOR, alice.organization_id):
        Deletion.objects.filter(pk=deletion.pk).update(result="")
    with pytest.raises(verifying_receipts.NoReceipt, match="signed nothing"):
        verifying_receipts.verify(receipt_of(deletion), signing.public_key())
    other = json.dumps({"deletion": str(new_id()), "found": []})
    forged = signing.sign_note(f"seatrobot deletion result v1\n{other}\n")
    with acting(steps.ACTOR, alice.organization_id):
        Deletion.objects.filter(pk=deletion.pk).update(result=forged)
    with pytest.raises(verifying_receipts.NoReceipt, match="not signed by the examiner"):
        verifying_receipts.verify(receipt_of(deletion), signing.public_key())


def test_a_receipt_says_of_the_search_what_the_examiner_signed(filled):
    alice, _bob, _charlie = filled
    deletion = ask(alice)
    steps.advance_all()
    verify_all()
    for name in ("searched", "found"):
        before = getattr(reload(deletion), name)
        with acting(steps.ACTOR, alice.organization_id):
            Deletion.objects.filter(pk=deletion.pk).update(**{name: ["everything"]})
        with pytest.raises(verifying_receipts.NoReceipt, match="signed another result"):
            verifying_receipts.verify(receipt_of(deletion), signing.public_key())
        with acting(steps.ACTOR, alice.organization_id):
            Deletion.objects.filter(pk=deletion.pk).update(**{name: before})
    assert verifying_receipts.verify(receipt_of(deletion), signing.public_key())


def test_a_large_table_that_is_in_use_stops_no_search(filled, monkeypatch, superuser_connection):
    """An index is made, or somebody else vacuums: what else there is to rewrite is rewritten."""
    monkeypatch.setattr(scrubbing, "SMALL", -1)
    noon = steps.now().replace(hour=12)
    superuser_connection.execute("BEGIN; LOCK TABLE guests_guest IN SHARE UPDATE EXCLUSIVE MODE")
    try:
        with clusters.opened() as cluster:
            cluster.superuser.execute("SET lock_timeout = '200ms'")
            done = scrubbing.scrub(
                cluster.superuser, ["contacts_contact"], noon, others=["guests_guest"]
            )
    finally:
        superuser_connection.execute("ROLLBACK")
    assert done.waiting == ["contacts_contact"]


def test_a_process_has_a_minute_to_forget_what_it_holds(filled, monkeypatch):
    alice, _bob, _charlie = filled
    monkeypatch.setattr(verifying, "BETWEEN_TRIES", 0)
    deletion = ask(alice)
    steps.advance_all()
    answers = [["lists"], ["keyrings", "lists"], []]
    with clusters.opened() as cluster:
        done = verifying.verify(verifying.waiting(), cluster, lambda _id: answers.pop(0))
    assert (answers, done.remains) == ([], [])
    assert reload(deletion).state == State.VERIFIED


def test_what_is_left_is_found_and_what_is_gone_is_not(
    filled, superuser_connection, settings, monkeypatch
):
    """A copy of the keyring, a job that names it, a row of another schema, bytes in memory."""
    monkeypatch.setattr(verifying, "HELD_FOR", timedelta())
    alice, _bob, _charlie = filled
    data: Path = settings.CONFIG.data
    keyring = (data / "keystore" / f"{alice.organization_id}.keyring").read_bytes()
    deletion = ask(alice)
    steps.advance_all()
    copy = data / "keystore" / ".copy"
    copy.write_bytes(b"before" + keyring)
    whose = str(alice.organization_id)
    superuser_connection.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, args)"
        " VALUES ('seeded', 'seeded', 'succeeded', jsonb_build_object('what', %s::text))",
        [whose],
    )
    superuser_connection.execute("CREATE SCHEMA attic; CREATE TABLE attic.names (id text)")
    superuser_connection.execute("INSERT INTO attic.names VALUES (%s)", [alice.organization_id.hex])
    with clusters.opened() as cluster:
        done = verifying.verify(verifying.waiting(), cluster, lambda _id: ["lists"])
    assert done.verified == 0
    told = " ".join(done.remains)
    for place in (".copy", "procrastinate_jobs", "attic.names", "memory of a process (lists)"):
        assert place in told
    assert reload(deletion).state == State.GONE
    assert reload(deletion).found

    copy.unlink()
    superuser_connection.execute("DELETE FROM procrastinate_jobs; DROP SCHEMA attic CASCADE")
    assert verify_all().remains == []
    assert reload(deletion).state == State.VERIFIED


def test_a_guest_and_a_contact_are_in_no_page_of_the_files(filled):
    """What their keys could still open is not left in a hole of a page."""
    alice, _bob, _charlie = filled
    with as_(alice):
        event = Event.objects.get()
        guest = Guest.objects.order_by("pk")[0]
        bulk.remove(actor=alice, event=event, ids=[guest.pk])
    steps.advance_all()
    [row] = verifying.waiting()
    with clusters.opened() as cluster:
        cluster.superuser.execute("CHECKPOINT")
        sought = verifying._sought([row])
        search = verifying.Search()
        verifying.searching.in_cluster(cluster.superuser, cluster.place, sought, search)
        assert search.found, "before the files are rewritten it is still there"
    assert verify_all().remains == []


def test_a_restored_database_loses_again_what_was_deleted(filled, capsys):
    """The ledger outside the database knows it, whatever the backup brought back."""
    alice, _bob, charlie = filled
    with as_(charlie):
        event, contact = Event.objects.get(), Contact.objects.get()
        guests = list(Guest.objects.values_list("pk", flat=True))
    assert replaying.replay(ledger.read()) == {}
    moment = steps.now()
    ledger.append("contacts_contact", [contact.pk], moment)
    ledger.append("guests_guest", guests[:1], moment)
    ledger.append("organizations_organization", [alice.organization_id], moment)
    assert main_replay() == {
        "contacts_contact": 1,
        "guests_guest": 1,
        "organizations_organization": 1,
    }
    assert not vault.exists(alice.organization_id)
    with as_(charlie):
        assert not Contact.objects.exists()
        assert set(Guest.objects.values_list("pk", flat=True)) == {*guests[1:]}
    ledger.append("events_event", [event.pk], moment)
    assert main_replay() == {"events_event": 1}
    with as_(charlie):
        assert not Guest.objects.exists()
        assert not Event.objects.exists()
    assert main_replay() == {}


def test_a_database_that_was_restored_alone_loses_the_organization_and_its_people(filled):
    """The keys stayed destroyed; rows and accounts came back."""
    alice, bob, charlie = filled
    vault.destroy_keyring(alice.organization_id)
    ledger.append("organizations_organization", [alice.organization_id], steps.now())
    assert main_replay() == {"organizations_organization": 1}
    assert not erasing.count(alice.organization_id)
    assert erasing.count(charlie.organization_id)
    with acting(steps.ACTOR):
        people = Account.objects.filter(pk__in=[alice.account_id, bob.account_id])
        assert [each.pk for each in people] == [bob.account_id], "who belongs to another one stays"
    assert main_replay() == {}


def main_replay():
    return replaying.replay(ledger.read())


def test_the_ledger_tells_nothing_and_survives_a_cut(filled, ledger_of_its_own):
    one, two = new_id(), new_id()
    ledger.append("events_event", [one], steps.now())
    content = ledger_of_its_own.read_bytes()
    assert one.hex.encode() not in content
    assert str(one).encode() not in content
    ledger_of_its_own.write_bytes(content + b'{"at":"2027')
    assert ledger.read().has("events_event", one)
    ledger.append("events_event", [two], steps.now())
    known = ledger.read()
    assert known.has("events_event", one)
    assert known.has("events_event", two)
    assert not known.has("guests_guest", one)
    before = ledger_of_its_own.read_bytes()
    ledger_of_its_own.write_bytes(before + b"x" * 3 * ledger.PIECE)  # a tail of several pieces
    ledger.append("guests_guest", [one], steps.now())
    assert ledger_of_its_own.read_bytes().startswith(before)
    assert ledger.read().has("guests_guest", one)
    assert len(ledger.read()) == 3
    ledger_of_its_own.write_bytes(b"x" * 9)  # cut off in its first line
    ledger.append("guests_guest", [one], steps.now())
    assert ledger.read().has("guests_guest", one)
    ledger_of_its_own.write_bytes(b"no ledger\n")
    with pytest.raises(ledger.LedgerBroken):
        ledger.read()


class Counted(io.BufferedRandom):
    """A file that says how much of it was read."""

    amount = 0

    def read(self, size=-1):
        content = super().read(size)
        Counted.amount += len(content)
        return content


def test_the_ledger_is_not_read_to_be_added_to(ledger_of_its_own, monkeypatch):
    """However long it is: its first line and its end are enough."""
    ledger.append("guests_guest", [new_id() for _ in range(1000)], steps.now())
    monkeypatch.setattr(
        os, "fdopen", lambda descriptor, _mode: Counted(io.FileIO(descriptor, "r+b"))
    )
    ledger.append("events_event", [new_id()], steps.now())
    monkeypatch.undo()
    assert 0 < Counted.amount < ledger_of_its_own.stat().st_size / 10
    assert len(ledger_of_its_own.read_bytes().splitlines()) == 1002


def test_deleting_an_event_gives_a_receipt_too(filled):
    alice, _bob, _charlie = filled
    with as_(alice):
        events.delete(actor=alice, event=Event.objects.get(), typed_title="Gala")
    steps.advance_all()
    assert verify_all().remains == []
    steps.advance_all()
    with acting(steps.ACTOR):
        row = Deletion.objects.get()
    facts = verify_receipt.verify(receipt_of(row), signing.verifier_key())
    assert (facts["kind"], facts["final"], facts["keys_destroyed"]) == ("event", True, None)


def test_a_deletion_takes_the_earlier_archives_along(filled):
    """An archive of before would hold for a week what is deleted; one of afterwards stays.

    So would one asked for while the deletion's transaction runs. One in the making is made anew.
    """
    alice, _bob, _charlie = filled
    common = {
        "organization_id": alice.organization_id,
        "direction": "out",
        "finished_at": steps.now(),
    }
    with as_(alice):
        before = Archive.objects.create(
            **common, progress_id=new_id(), created_at=steps.now(), sealed=ArchiveRecord("a.zip")
        )
        events.delete(actor=alice, event=Event.objects.get(), typed_title="Gala")
    with as_(alice):
        meanwhile = Archive.objects.create(
            **common, progress_id=new_id(), created_at=steps.now(), sealed=ArchiveRecord("b.zip")
        )
    steps.advance_all()
    with as_(alice):
        after = Archive.objects.create(
            **common, progress_id=new_id(), created_at=steps.now(), sealed=ArchiveRecord("c.zip")
        )
    steps.advance_all()
    with as_(alice):
        kept = set(Archive.objects.values_list("pk", flat=True))
    assert kept == {after.pk} - {before.pk, meanwhile.pk}
