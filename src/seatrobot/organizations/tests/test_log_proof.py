"""Administrators compare a checkpoint they kept with the log of today."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from django.urls import reverse

from seatrobot.cli import main
from seatrobot.conftest import as_
from seatrobot.kernel.heads import log_file, log_files, statement
from seatrobot.kernel.heads import services as heads
from seatrobot.kernel.journal import proofs, proving, signing
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.sequencer import sequence
from seatrobot.organizations.feature import Action

pytestmark = pytest.mark.django_db


def url(member, name="log-proof"):
    return reverse(f"organizations:{name}", kwargs={"organization": member.organization_id})


@pytest.fixture
def grown(alice):
    """Return a kept checkpoint of a log that has grown since."""
    with as_(alice):
        journal.record(Action.ORGANIZATION_VIEW)
    sequence()
    kept = proving.newest_checkpoint(alice.organization_id)
    with as_(alice):
        journal.record(Action.ORGANIZATION_VIEW)
    sequence()
    return kept


def test_the_page_shows_todays_checkpoint_and_offers_it_as_a_file(alice, client_of, grown):
    text = client_of(alice).get(url(alice)).content.decode()
    today = proving.newest_checkpoint(alice.organization_id)
    assert today.splitlines()[2] in text.replace("&#x2B;", "+").replace("&#x3D;", "=")
    file = client_of(alice).get(url(alice, "log-checkpoint"))
    assert file.content.decode() == proving.newest_checkpoint(alice.organization_id)
    assert "attachment" in file["Content-Disposition"]


def test_a_kept_checkpoint_is_answered_in_one_sentence_and_with_a_proof(alice, client_of, grown):
    client = client_of(alice)
    shown = client.post(url(alice), {"checkpoint": grown})
    assert shown.status_code == 200
    assert "The journal has only grown since your checkpoint" in shown.content.decode()
    file = client.post(url(alice), {"checkpoint": grown, "download": "proof"})
    assert file["Content-Type"] == "application/json"
    assert json.loads(file.content)["kind"] == "consistency"
    assert proofs.verify(file.content, signing.public_key()).startswith("Proven")


def test_a_journal_that_does_not_continue_the_checkpoint_is_an_alarm(
    alice, client_of, grown, monkeypatch
):
    monkeypatch.setattr(proving, "extends", lambda *_: False)
    text = client_of(alice).post(url(alice), {"checkpoint": grown}).content.decode()
    assert "Entries were changed or removed" in text
    assert "Download the proof" not in text


def test_what_is_no_checkpoint_of_ours_is_an_error_of_the_form(alice, charlie, client_of, grown):
    client = client_of(alice)
    shown = client.post(url(alice), {"checkpoint": "hello"})
    assert shown.status_code == 422
    assert "not a checkpoint that this service has signed" in shown.content.decode()
    sequence()
    with as_(charlie):
        journal.record(Action.ORGANIZATION_VIEW)
    sequence()
    theirs = proving.newest_checkpoint(charlie.organization_id)
    shown = client.post(url(alice), {"checkpoint": theirs})
    assert (shown.status_code, b"of another journal" in shown.content) == (422, True)
    assert client.post(url(alice), {}).status_code == 422


@pytest.fixture
def published(instance_data, alice, grown):
    return heads.publish()


@pytest.fixture
def instance_data(settings, tmp_path):
    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)
    return tmp_path


def test_the_whole_log_is_a_file_that_anybody_verifies(
    alice, client_of, published, tmp_path, capsys
):
    answer = client_of(alice).get(url(alice, "log-proof-file"))
    assert answer.status_code == 200
    place = tmp_path / "journal-log.json"
    place.write_bytes(answer.content)
    assert main(["journal", "verify", str(place), "--key", signing.verifier_key()]) == 0
    sizes = {each.stream: each.size for each in statement.unpack(published.streams)}
    size = sizes[alice.organization_id]
    assert f"these {size} entries are all from place 0 on of the {size}" in capsys.readouterr().out


def test_a_long_log_begins_later_and_is_proven_all_the_same(alice, published, monkeypatch):
    monkeypatch.setattr(log_files, "MOST", 2)
    with as_(alice):
        file = log_files.make(alice.organization_id)
    assert file.start > 0
    assert len(file.entries) <= 2
    assert log_file.verify(log_file.written(file), signing.public_key()).startswith("Proven")


SPOILED = {
    "an entry left out": lambda file: file.entries.pop(),
    "the first left out": lambda file: file.entries.pop(0),
    "entries in another order": lambda file: file.entries.reverse(),
    "an entry changed": lambda file: file.entries.__setitem__(
        0, file.entries[0][:-1] + bytes([file.entries[0][-1] ^ 1])
    ),
    "another place in the map": lambda file: setattr(file, "map_place", file.map_place + 1),
    "another head": lambda file: setattr(file, "text", file.text.replace("changes", "chances")),
    "another number of entries": lambda file: setattr(
        file, "text", file.text.replace("entries ", "entries 1")
    ),
    "another size": lambda file: setattr(file, "head", file.head.replace("\n1\n", "\n2\n")),
    "nothing": lambda file: file.entries.clear(),
}


@pytest.mark.parametrize("spoil", SPOILED)
def test_a_log_that_is_not_whole_proves_nothing(spoil, alice, published):
    with as_(alice):
        file = log_files.make(alice.organization_id)
    SPOILED[spoil](file)
    with pytest.raises(proofs.BadProof):
        log_file.verify(log_file.written(file), signing.public_key())


def test_before_the_first_head_there_is_no_such_file(alice, client_of, grown, instance_data):
    assert client_of(alice).get(url(alice, "log-proof-file")).status_code == 422
