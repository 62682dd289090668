"""The feed tells every change of state, also when nothing notes them any more."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client

from seatrobot.kernel.clock import now
from seatrobot.kernel.promises import services
from seatrobot.practices.formats import editions
from seatrobot.practices.formats.tests.conftest import examine_all

ATOM = "{http://www.w3.org/2005/Atom}"


def feed() -> ET.Element:
    answer = Client().get("/practices/feed.atom")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ET.fromstring(answer.content)


def entries() -> list[tuple[str, str]]:
    """Return title and identifier of each entry, as they stand."""
    return [
        (entry.findtext(f"{ATOM}title"), entry.findtext(f"{ATOM}id"))
        for entry in feed().iter(f"{ATOM}entry")
    ]


def titles() -> list[str]:
    return [title for title, _id in entries()]


@pytest.fixture
def noted(doors) -> list[int]:
    """The doors, examined and noted."""
    examine_all()
    services.record_changes()
    return doors


def test_a_promise_that_breaks_and_is_mended_leaves_two_entries(noted):
    noted[0] = 5
    examine_all()
    services.record_changes()
    noted[0] = 0
    examine_all()
    services.record_changes()
    assert titles() == [
        "access.doors: kept (was broken)",
        "access.doors: broken (was kept)",
        "access.doors: kept",
    ]


def test_a_change_that_nobody_has_noted_is_an_entry_at_once(noted):
    noted[0] = 5
    examine_all()
    assert titles()[0] == "access.doors: broken (was kept)"


def test_when_the_scheduler_is_dead_what_went_stale_is_an_entry(noted, monkeypatch):
    monkeypatch.setattr(editions, "now", lambda: now() + timedelta(hours=3))
    assert titles()[0] == "access.doors: unproven (was kept)"
    updated = feed().find(f"{ATOM}entry").findtext(f"{ATOM}updated")
    late = datetime.fromisoformat(updated) - now()
    assert timedelta(hours=1, minutes=50) < late < timedelta(hours=2)


def test_an_entry_keeps_its_identifier_when_its_change_is_noted(noted):
    noted[0] = 5
    examine_all()
    before = entries()
    services.record_changes()
    assert entries() == before


def test_identifiers_are_unique_and_stable(four):
    services.record_changes()
    first = entries()
    assert entries() == first
    assert len({UUID(pk.removeprefix("urn:uuid:")) for _title, pk in first}) == 3


def test_that_a_promise_begins_unproven_is_no_change(four):
    before = entries()
    services.record_changes()
    assert entries() == before
    assert not any("unproven" in title for title, _pk in before)


def test_it_holds_the_newest_hundred(noted):
    for number in range(110):
        noted[0] = 5 if number % 2 == 0 else 0
        examine_all()
        services.record_changes()
    found = titles()
    assert (len(found), found[0]) == (100, "access.doors: kept (was broken)")


def test_it_says_that_the_evidence_cannot_be_read(doors, unreadable):
    assert titles() == ["Every promise is unproven"]


def test_it_names_itself_and_the_page(noted):
    links = {link.get("rel"): link.get("href") for link in feed().findall(f"{ATOM}link")}
    assert links["self"] == "https://guests.example.org/practices/feed.atom"
    assert links["alternate"] == "https://guests.example.org/practices/"


def test_a_change_of_a_promise_that_is_no_more_is_left_out(noted, promises):
    promises.clear()
    assert titles() == []


def test_words_are_never_taken_for_marks_by_a_reader(noted):
    summary = feed().find(f"{ATOM}entry").findtext(f"{ATOM}summary")
    assert summary == "access.doors is &lt;safe&gt; &amp; sound."
