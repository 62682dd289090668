"""Administrators compare a checkpoint they kept with the log of today."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from seatrobot.conftest import as_
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
