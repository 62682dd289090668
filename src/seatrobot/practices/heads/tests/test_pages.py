"""The newest head is public, and a kept one is compared with today's log."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from seatrobot.conftest import as_
from seatrobot.kernel.clock import now
from seatrobot.kernel.heads import memory, services
from seatrobot.kernel.heads.models import Head
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal import signing
from seatrobot.kernel.journal.sequencer import sequence
from seatrobot.organizations.feature import Action
from seatrobot.practices.checks import remembering

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def kept(instance, alice):
    with as_(alice):
        journal.record(Action.ORGANIZATION_VIEW)
    sequence()
    return [services.publish(now() + number * MINUTE) for number in range(3)]


def compared(client, note):
    return client.post("/practices/head/", {"head": note})


def test_a_kept_head_is_found_in_the_log_of_today(client, kept):
    answer = compared(client, kept[0].note.replace("\n", "\r\n"))
    assert answer.status_code == 200
    assert b"Your head is contained" in answer.content
    assert b"still in the journal" not in answer.content, "that is more than was compared"


def test_a_head_of_another_past_is_missing(client, kept):
    other = services.sign(2, b"r" * 32)
    assert b"Your head is missing" in compared(client, other).content
    later = services.sign(9, b"r" * 32)
    assert b"Your head is missing" in compared(client, later).content


@pytest.mark.parametrize("text", ["", "hello", "a/heads\n1\nAAAA\n\n— a AAAA"])
def test_what_is_no_head_of_ours_is_refused(client, kept, text):
    assert compared(client, text).status_code == 422


def test_a_checkpoint_of_a_journal_is_no_head(client, kept):
    note = signing.sign_note("guests.example.org/journal/x\n1\n" + "A" * 43 + "=\n")
    assert compared(client, note).status_code == 422


def test_the_page_says_that_nobody_witnesses(client, kept):
    page = client.get("/practices/head/").content.decode()
    assert "Nobody outside this service does" in page
    assert kept[-1].note.splitlines()[2] in page


@pytest.mark.parametrize("path", ["practices.json", "feed.atom", "badge.svg", "oscal/catalog.json"])
def test_every_document_brings_the_newest_head(client, kept, path):
    answer = client.get(f"/practices/{path}")
    assert base64.b64decode(answer["Seatrobot-Head"]).decode() == kept[-1].note


def test_documents_name_the_head_in_what_is_signed(client, kept):
    assert client.get("/practices/practices.json").json()["head"] == kept[-1].note
    assert kept[-1].note.splitlines()[2] in client.get("/practices/badge.svg").content.decode()


def test_before_the_first_head_there_is_none(client, instance, db):
    assert client.get("/practices/heads/checkpoint").status_code == 404
    assert client.get("/practices/practices.json").json()["head"] is None
    assert "Seatrobot-Head" not in client.get("/practices/practices.json")
    assert client.get("/practices/head/").status_code == 200


NO_TILES = [
    *(
        "0/000.p/4",
        "0/001",
        "8/000",
        "0/000",
        "0/0",
        "x",
        "entries/1",
        "0/x000/000.p/3",
        "0/000.p/999",
    ),
    *("7/000", "7/000.p/255", "6/x999/999", f"0/{'x999/' * 4}999", f"0/{'x999/' * 5}999"),
    *(f"{kind}/{'x123/' * groups}001" for kind in ("0", "7", "entries") for groups in (5, 8, 1500)),
]


@pytest.mark.parametrize("path", NO_TILES)
def test_a_tile_that_is_not_there_is_not_found(client, kept, path):
    assert client.get(f"/practices/heads/tile/{path}").status_code == 404


def test_tiles_have_hashes_and_texts_of_heads(client, kept):
    hashes = client.get("/practices/heads/tile/0/000.p/3").content
    assert hashes == b"".join(memory.leaves(0, 3))
    entries = client.get("/practices/heads/tile/entries/000.p/3").content
    texts = Head.objects.order_by("number").values_list("text", flat=True)
    assert entries == b"".join(len(text).to_bytes(2, "big") + text.encode() for text in texts)


@pytest.mark.parametrize("damage", [lambda file: file.unlink(), lambda file: file.write_bytes(b"")])
def test_hashes_of_older_heads_that_are_gone_are_something_lost(kept, settings, damage):
    damage(memory._place() / "leaves")
    found = remembering.remembered()
    assert found.values["lost"] >= 1
    assert "The hashes of older heads outside the database are gone." in found.notes
