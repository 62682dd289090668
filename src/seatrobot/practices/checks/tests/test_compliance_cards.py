"""Numbers of cards that are taken, logged or stored are found, and nothing of them is told."""

from __future__ import annotations

import logging
from uuid import UUID

import pytest

from seatrobot.conftest import as_
from seatrobot.contacts.models import Contact, ContactRecord
from seatrobot.kernel import cards
from seatrobot.kernel.clock import now
from seatrobot.kernel.feature import Action
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal.models import Entry
from seatrobot.practices.checks import compliance
from seatrobot.web.log_lines import Line

pytestmark = pytest.mark.django_db(transaction=True)
REFUSE = cards.refuse_record


@pytest.fixture
def handler():
    """A handler as the settings make it."""
    handler = logging.StreamHandler()
    handler.setFormatter(Line())
    return handler


@pytest.fixture
def measure(web, used, settings, instance, handler, monkeypatch):
    settings.BASE_URL = f"http://{web.name}"
    (instance / "postgresql" / "cluster" / "log").mkdir(parents=True)

    def measure():
        with monkeypatch.context() as patched:  # without the handlers of the tests
            patched.setattr(logging.getLogger(), "handlers", [handler])
            found = compliance.numbers_of_cards()
        assert not any(cards.find(note) for note in found.notes)
        numbers = dict(found.values)
        assert (numbers.pop("tried"), numbers.pop("lines")) == (8, 4)
        assert numbers.pop("texts") >= 0
        return numbers

    return measure


GOOD = {"taken": 0, "uncut": 0, "stored": 0}


def written(alice, monkeypatch, ending: str) -> None:
    """Write a number past the vault, into a row whose identifier ends so."""
    with monkeypatch.context() as patched, as_(alice):
        patched.setattr(cards, "refuse_record", lambda *_: None)
        Contact.objects.create(
            pk=UUID(str(new_id())[:-1] + ending),
            organization_id=alice.organization_id,
            sealed=ContactRecord(last_name="Adams", notes="4242 4242 4242 4242"),
            created_at=now(),
            changed_at=now(),
        )


def test_what_is_stored_is_found_when_its_slice_has_its_turn(measure, alice, monkeypatch):
    present = compliance.present_slice()
    written(alice, monkeypatch, f"{(int(present, 16) + 1) % 16:x}")
    assert measure() == GOOD
    written(alice, monkeypatch, present)
    assert measure() == GOOD | {"stored": 1}
    with as_(alice):
        assert Entry.objects.filter(action=Action.VAULT_CHECK).exists()


def test_a_number_in_the_log_of_the_database_is_found(measure, instance):
    log = instance / "postgresql" / "cluster" / "log" / "monday.log"
    log.write_text("started\nERROR: duplicate key 4242424242424242\n")
    assert measure() == GOOD | {"stored": 1}


def test_lines_that_are_not_cut_are_found(measure, handler):
    handler.setFormatter(logging.Formatter("%(message)s"))
    assert measure() == GOOD | {"uncut": 4}


def test_pages_that_take_numbers_are_found(measure, monkeypatch):
    monkeypatch.setattr("seatrobot.kernel.textfields.cards.refuse", lambda *_args, **_more: None)
    monkeypatch.setattr(cards, "refuse_record", lambda *_: None)
    assert measure()["taken"] == 8
