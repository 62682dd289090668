"""`practices.json` tells every promise as it stands, in the form that is documented."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from django.test import Client

from seatrobot.kernel.clock import now
from seatrobot.kernel.promises.models import Evidence
from seatrobot.practices.formats import editions, json_form
from seatrobot.practices.formats.json_form import Practices

ROOT = Path(__file__).parents[5]
SCHEMA = ROOT / "docs" / "practices.schema.json"


def fetched() -> Practices:
    answer = Client().get("/practices/practices.json")
    assert answer.status_code == 200
    return msgspec.json.decode(answer.content, type=Practices)


def states(document: Practices) -> dict[str, str]:
    return {row.id: row.state for row in document.promises}


def test_every_state_is_told(four):
    document = fetched()
    assert states(document) == {
        "access.doors": "kept",
        "hosts.walls": "broken",
        "network.roof": "unproven",
        "personnel.keys": "attested",
    }
    assert msgspec.to_builtins(document.summary) == {
        "promises": 4,
        "kept": 1,
        "attested": 1,
        "unproven": 1,
        "broken": 1,
    }


def test_a_row_holds_its_evidence(four):
    row = next(row for row in fetched().promises if row.id == "hosts.walls")
    stored = Evidence.objects.get(promise="hosts.walls")
    assert row.sentence == "hosts.walls is <safe> & sound."
    assert row.measurements[0].value == 3
    assert (row.measurements[0].most, row.measurements[0].within) == (1, False)
    assert row.evidence is not None
    assert row.evidence.id == str(stored.id)
    assert row.evidence.sha256 == hashlib.sha256(stored.text.encode()).hexdigest()
    assert row.days is not None
    assert (len(row.days.states), row.days.states[-1]) == (90, "broken")
    assert row.link == "https://guests.example.org/practices/hosts.walls/"


def test_what_is_only_for_staff_stays_away(four):
    assert b"wall to the north" not in Client().get("/practices/practices.json").content


def test_an_attested_row_says_who_in_which_role_and_until_when(four):
    row = next(row for row in fetched().promises if row.id == "personnel.keys")
    assert row.attestation is not None
    assert (row.attestation.role, row.evidence) == ("Head of Doors", None)
    assert row.attestation.until == row.until


def test_what_was_kept_is_unproven_when_its_evidence_is_old(four, monkeypatch):
    monkeypatch.setattr(editions, "now", lambda: now() + timedelta(hours=3))
    assert states(fetched())["access.doors"] == "unproven"
    assert fetched().summary.kept == 0


def test_it_says_the_operators_name(four, operator):
    operator('name = "Example Events"\n')
    assert fetched().operator == "Example Events"


def test_it_answers_while_the_evidence_cannot_be_read(doors, unreadable):
    row = fetched().promises[0]
    assert (row.state, row.days) == ("unproven", None)
    assert "cannot be read" in row.reason


def test_keys_keep_their_order(four):
    wanted = list(msgspec.structs.fields(Practices))
    data = json.loads(Client().get("/practices/practices.json").content)
    assert list(data) == [field.name for field in wanted]


def test_the_schema_in_the_documentation_is_the_one_of_the_code():
    assert json.loads(SCHEMA.read_text()) == json_form.schema()


def test_every_key_is_documented():
    text = (ROOT / "docs" / "practices-formats.md").read_text()
    keys = set()
    for kind in json_form.schema()["$defs"].values():
        keys |= kind.get("properties", {}).keys()
    assert [key for key in sorted(keys) if f"`{key}`" not in text] == []


@pytest.mark.usefixtures("four")
def test_it_is_indented_utf_8_that_ends_with_a_line():
    data = Client().get("/practices/practices.json").content
    assert data.startswith(b'{\n "format": "seatrobot-practices/1"')
    assert data.endswith(b"}\n")
