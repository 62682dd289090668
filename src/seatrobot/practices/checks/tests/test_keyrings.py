"""Each keyring is its organization's own, own keys are those of the log, and no key is copied."""

from __future__ import annotations

import base64
from collections import OrderedDict

import pytest
from django.conf import settings

from seatrobot.conftest import as_
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.journal import signing
from seatrobot.kernel.vault import own
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.keystore import DirectoryKeyStore
from seatrobot.kernel.vault.policy import policy
from seatrobot.organizations.services import own_key
from seatrobot.practices.checks import inventory, keyrings, returning
from seatrobot.practices.checks.probe import probe_organization

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A key store of this test alone."""
    store = DirectoryKeyStore(tmp_path / "keystore")
    monkeypatch.setattr(vault, "key_store", lambda: store)
    monkeypatch.setattr(vault, "_keyrings", OrderedDict())
    return tmp_path / "keystore"


def test_a_keyring_of_another_organization_is_found(place, alice, charlie):
    found = keyrings.opened()
    assert found.wrong == []
    assert found.number >= 2
    mine, other = (place / f"{each.organization_id}.keyring" for each in (alice, charlie))
    whole = mine.read_bytes()
    mine.write_bytes(other.read_bytes())
    assert len(keyrings.opened().wrong) == 1
    root = vault.root_key()
    plain = root.unwrap(other.read_bytes(), charlie.organization_id.bytes)
    mine.write_bytes(root.wrap(plain, alice.organization_id.bytes))
    [line] = keyrings.opened().wrong
    assert "in common" in line
    mine.write_bytes(whole)


def own_keys():
    with examining() as examiner:
        return keyrings.own_keys(examiner, [])


def test_an_own_key_that_the_log_does_not_know_is_found(alice, charlie, monkeypatch):
    assert own_keys() == []
    with as_(alice):
        sheet = own_key.adopt(actor=alice)
    own.adopt(charlie.organization_id)
    [line] = own_keys()
    assert str(charlie.organization_id) in line
    own.give_up(charlie.organization_id)
    monkeypatch.setattr(keyrings, "UNDERWAY", -keyrings.UNDERWAY)
    assert own_keys() == []
    own.adopt(alice.organization_id)
    assert len(own_keys()) == 1, sheet.reference
    own.give_up(alice.organization_id)
    assert len(own_keys()) == 1


def test_an_organization_that_locked_itself_is_no_fault(alice, charlie):
    words = own.adopt(alice.organization_id).words
    own.prove(alice.organization_id, words)
    own.lock(alice.organization_id)
    assert keyrings.opened().wrong == []
    rows = inventory.of_keyrings(policy())
    assert [row.state for row in rows if row.owner == str(alice.organization_id)] == ["locked"]
    assert [row.problem for row in rows if row.problem] == []
    with probe_organization():
        assert returning._sample() == charlie.organization_id
    own.unlock(alice.organization_id, words)


def test_copies_of_keys_are_found_in_every_form(tmp_path, alice):
    signing.verifier_key("seatrobot.test")  # so that there is a key that signs
    assert keyrings.key_files()
    assert keyrings.copies(alice.organization_id) == []
    file = settings.CONFIG.data / "scratch" / "x"
    file.parent.mkdir(mode=0o700, exist_ok=True)
    for key in keyrings.key_files():
        word = keyrings.words_of(key)[-1]
        for form in (key.read_bytes(), word, word.hex().encode(), base64.b64encode(b"x" + word)):
            file.write_bytes(b"before " + form + b" after")
            assert keyrings.copies(alice.organization_id), (key, form)
    file.unlink()
