"""What is sealed opens with its organization's keys alone, and what does not is found."""

from __future__ import annotations

import zlib

import pytest

from seatrobot.conftest import as_
from seatrobot.events.models import Event
from seatrobot.guests.records import GuestRecord, SpecialRecord
from seatrobot.guests.services import editing
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.feature import Action
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.keyring import Keyring
from seatrobot.practices.checks import sealing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def guest(alice, charlie, dinner):
    with as_(alice):
        return editing.add(
            actor=alice,
            event=dinner,
            record=GuestRecord(last_name="Adams"),
        )


def opened():
    with examining() as examiner:
        return sealing.open_sample(examiner)


def test_a_sample_opens_with_its_own_keys_and_the_journal_says_so(alice, guest):
    found = opened()
    assert found.opened >= 10
    assert (found.unopened, found.elsewhere, found.lost) == (0, 0, 0), found.notes
    with as_(alice):
        entry = Entry.objects.get(action=Action.VAULT_CHECK)
        assert entry.opened == entry.sealed.facts["values"] > 1


def test_special_answers_are_opened_too(alice, guest):
    with as_(alice):
        guest.special = SpecialRecord()
        guest.save(update_fields=["special"])
    assert opened().unopened == 0


@pytest.mark.parametrize("fault", ["compressed", "of another row"])
def test_what_does_not_open_is_found(fault, alice, charlie, guest, superuser_connection):
    plain = b"\x01" + bytes(range(16)) + zlib.compress(b"Adams" * 9) + bytes(range(16))
    if fault == "of another row":
        plain = superuser_connection.execute("SELECT sealed FROM events_event").fetchone()[0]
    superuser_connection.execute("SET session_replication_role = replica")
    superuser_connection.execute("UPDATE guests_guest SET sealed = %s", [plain])
    found = opened()
    assert found.unopened == 1
    assert any("guests_guest.sealed" in note for note in found.notes)


def test_one_key_for_everybody_is_found(alice, charlie, dinner, monkeypatch):
    shared = Keyring.new()
    monkeypatch.setattr(vault, "_keyring", lambda _organization: shared)
    with as_(alice):
        row = Event.objects.get(pk=dinner.pk)
        row.sealed = type(dinner.__dict__["sealed"])("Gala")
        row.save(update_fields=["sealed"])
    assert opened().elsewhere >= 1


def test_lost_keys_are_found_at_once(alice, charlie, dinner):
    vault.destroy_keyring(alice.organization_id)
    found = opened()
    assert found.lost == 1
    assert any(str(alice.organization_id) in note for note in found.notes)
