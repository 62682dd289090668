"""What an organization locks with its own key opens for nobody, and again with its sheet."""

from __future__ import annotations

import logging

import msgspec
import pytest

from seatrobot.conftest import as_
from seatrobot.events.models import Event
from seatrobot.kernel.acting import acting
from seatrobot.kernel.vault import own, rotating, sheets
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import KeyringDamaged, KeyringLocked
from seatrobot.kernel.vault.rootkey import decode, encode
from seatrobot.organizations import receivers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sheet(alice, dinner):
    made = own.adopt(alice.organization_id)
    own.prove(alice.organization_id, made.words)
    return made


def title(member):
    with as_(member):
        return Event.objects.get().title


def test_a_lock_locks_and_its_sheet_unlocks(alice, charlie, sheet):
    assert title(alice) == "Congress Dinner"
    own.lock(alice.organization_id)
    with pytest.raises(KeyringLocked):
        title(alice)
    with pytest.raises(KeyringLocked):
        vault.blind_index(alice.organization_id, "x")
    assert not vault.has_keyring(alice.organization_id)
    assert vault.has_keyring(charlie.organization_id)
    own.unlock(alice.organization_id, sheet.words.upper())
    assert title(alice) == "Congress Dinner"
    assert own.unlocked_at(alice.organization_id)


def test_the_root_key_alone_does_not_open_what_is_locked(alice, sheet):
    store, root = vault.key_store(), vault.root_key()
    name = alice.organization_id.bytes
    copied = store.get(alice.organization_id)
    own.lock(alice.organization_id)
    locked = decode(store.get(alice.organization_id))
    assert locked.key not in copied
    assert locked.body == decode(copied).body
    with pytest.raises(KeyringLocked):
        root.unwrap(encode(locked), name)
    pretended = msgspec.structs.replace(
        locked, own=msgspec.structs.replace(locked.own, is_locked=False)
    )
    with pytest.raises(KeyringDamaged):  # saying that it is not locked opens nothing
        root.unwrap(encode(pretended), name)
    assert root.unwrap(copied, name)  # what was copied before still opens, as the page says


def test_another_sheet_is_refused_and_nothing_is_changed(alice, charlie, sheet):
    other = own.adopt(charlie.organization_id)
    own.lock(alice.organization_id)
    before = vault.key_store().get(alice.organization_id)
    with pytest.raises(own.WrongSheet, match=sheet.reference):
        own.unlock(alice.organization_id, other.words)
    with pytest.raises(sheets.SheetsRefused, match="33 words"):
        own.unlock(alice.organization_id, "")
    assert vault.key_store().get(alice.organization_id) == before
    own.unlock(alice.organization_id, sheet.words)


def test_what_is_locked_for_one_organization_does_not_open_in_place_of_another(
    alice, charlie, sheet
):
    own.lock(alice.organization_id)
    moved = vault.key_store().get(alice.organization_id)
    version = vault.key_store().version(charlie.organization_id)
    vault.key_store().replace(charlie.organization_id, moved, version)
    with pytest.raises(KeyringDamaged):
        own.unlock(charlie.organization_id, sheet.words)


def test_nothing_is_locked_with_a_sheet_that_nobody_has_tried(alice, dinner):
    with pytest.raises(own.NoOwnKey):
        own.lock(alice.organization_id)
    first = own.adopt(alice.organization_id)
    with pytest.raises(own.NoOwnKey):
        own.lock(alice.organization_id)
    own.prove(alice.organization_id, first.words)
    second = own.adopt(alice.organization_id)
    with pytest.raises(own.NoOwnKey):
        own.lock(alice.organization_id)
    with pytest.raises(own.WrongSheet):
        own.prove(alice.organization_id, first.words)
    own.prove(alice.organization_id, second.words)
    own.lock(alice.organization_id)
    own.unlock(alice.organization_id, second.words)


def test_neither_key_is_changed_while_it_is_locked(alice, sheet):
    own.lock(alice.organization_id)
    for change in (own.adopt, own.give_up):
        with pytest.raises(KeyringLocked):
            change(alice.organization_id)
    with pytest.raises(own.NoOwnKey):
        own.lock(alice.organization_id)
    own.unlock(alice.organization_id, sheet.words)
    own.give_up(alice.organization_id)
    assert own.state(alice.organization_id) is None
    assert title(alice) == "Congress Dinner"


def test_a_rotation_of_the_root_key_waits_for_what_is_locked(alice, charlie, sheet):
    before = vault.root_key().reference
    own.lock(alice.organization_id)
    done = rotating.rotate()
    assert done.locked >= 1  # other tests leave some
    again = rotating.rotate()
    assert before != done.root != again.root
    own.unlock(alice.organization_id, sheet.words)
    assert title(alice) == "Congress Dinner"
    assert decode(vault.key_store().get(alice.organization_id)).root == before
    assert rotating.rotate().locked == done.locked - 1
    assert title(alice) == "Congress Dinner"


def test_a_sign_in_says_that_it_is_locked_and_not_that_its_keys_are_lost(alice, sheet, caplog):
    caplog.set_level(logging.INFO, "seatrobot.organizations.receivers")
    account = alice.account_id
    own.lock(alice.organization_id)
    with acting(alice.actor):
        assert not list(receivers._each_organization_of(account))
    assert "is locked with its own key" in caplog.text
    assert "lost" not in caplog.text
    assert all(each.levelno < logging.ERROR for each in caplog.records)
    vault.destroy_keyring(alice.organization_id)
    with acting(alice.actor):
        assert not list(receivers._each_organization_of(account))
    assert "are lost" in caplog.text
