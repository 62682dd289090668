"""Sealed values open for a named actor, at their own row, under their own keys; else never."""

import os
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from seatrobot.accounts.models import Account
from seatrobot.conftest import as_
from seatrobot.events.models import Activity, ActivityRecord, Event, EventRecord
from seatrobot.kernel.acting import NobodyActs, acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.ids import PLATFORM, new_id
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import KeyringMissing, KeyringRefused, SealBroken
from seatrobot.kernel.vault.keyring import Keyring
from seatrobot.kernel.vault.keystore import DirectoryKeyStore
from seatrobot.kernel.vault.rootkey import FileRootKey

pytestmark = pytest.mark.django_db


def raw(event: Event) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM events_event WHERE id = %s", [event.pk])
        return bytes(cursor.fetchone()[0])


def test_the_database_holds_no_title(alice, dinner):
    with as_(alice):
        assert b"Congress" not in raw(dinner)
        assert Event.objects.get().title == "Congress Dinner"


def test_nobody_opens_nothing(alice, dinner):
    with as_(alice):
        event = Event.objects.get()
    with pytest.raises(NobodyActs):
        _ = event.sealed


def test_no_keyring_without_a_name(alice, dinner):
    with acting(Actor.visitor(), alice.organization_id):
        with pytest.raises(KeyringRefused, match="named actor"):
            _ = Event.objects.get().sealed


def test_no_keyring_of_another_organization(alice, dinner, charlie):
    with as_(alice):
        event = Event.objects.get()
    with as_(charlie), pytest.raises(KeyringRefused, match="another organization"):
        _ = event.sealed


def test_a_value_moved_to_another_row_does_not_open(alice, dinner):
    with as_(alice):
        other = Event.objects.create(
            organization_id=alice.organization_id,
            sealed=EventRecord("Lunch"),
            starts_at=dinner.starts_at,
            ends_at=dinner.ends_at,
            created_at=dinner.created_at,
        )
        Activity.objects.create(
            organization_id=alice.organization_id, event=other, sealed=ActivityRecord()
        )
        Event.objects.filter(pk=other.pk).update(sealed=raw(dinner))
        with pytest.raises(SealBroken):
            _ = Event.objects.get(pk=other.pk).sealed


@pytest.mark.parametrize(("place", "bit"), [(-2, 1), (-1, 128), (20, 1)])
def test_a_flipped_bit_does_not_open(place, bit, alice, dinner):
    """Of the tag, of the version at the end, or of the text itself."""
    with as_(alice):
        changed = bytearray(raw(dinner))
        changed[place] ^= bit
        Event.objects.filter(pk=dinner.pk).update(sealed=bytes(changed))
        with pytest.raises(SealBroken):
            _ = Event.objects.get().sealed


def test_a_record_cannot_slip_past_the_seal(alice, dinner):
    with pytest.raises(TypeError, match="seal a record"), as_(alice):
        Event.objects.update(sealed=EventRecord("in clear"))


def test_a_destroyed_keyring_opens_nothing(alice, dinner):
    vault.destroy_keyring(alice.organization_id)
    with pytest.raises(KeyringMissing), as_(alice):
        _ = Event.objects.get().sealed


def test_destruction_in_another_process_is_noticed_by_the_next_work(alice, dinner):
    with as_(alice):
        assert Event.objects.get().title
    vault.key_store().destroy(alice.organization_id)
    with pytest.raises(KeyringMissing), as_(alice):
        _ = Event.objects.get().sealed


def test_blind_indexes_fold_case_and_differ_by_organization(alice, charlie):
    index = vault.blind_index(alice.organization_id, "Ann@Example.org ")
    assert index == vault.blind_index(alice.organization_id, "ann@example.ORG")
    assert index != vault.blind_index(charlie.organization_id, "ann@example.org")
    assert len(index) == 16


def test_a_keyring_is_never_replaced(alice):
    with pytest.raises(FileExistsError):
        vault.create_keyring(alice.organization_id)


def test_key_files_are_private(alice, settings):
    vault.blind_index(PLATFORM, "x")
    files = [settings.VAULT_ROOT_KEY, *settings.VAULT_KEYSTORE.iterdir()]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert settings.VAULT_KEYSTORE.stat().st_mode & 0o777 == 0o700


def test_a_wrapped_keyring_needs_its_root_key_and_its_name(tmp_path):
    root, other = FileRootKey(tmp_path / "a"), FileRootKey(tmp_path / "b")
    name = new_id().bytes
    keyring = Keyring.new()
    wrapped = keyring.wrap(root, name)
    sealed = keyring.seal(b"secret", b"here")
    assert Keyring.unwrap(wrapped, root, name).open(sealed, b"here") == b"secret"
    for wrong_root, wrong_name in [(other, name), (root, new_id().bytes)]:
        with pytest.raises(Exception, match="does not open"):
            Keyring.unwrap(wrapped, wrong_root, wrong_name)


REFUSED = "staff open no organization's keyring without a live grant"


def test_staff_open_no_organizations_keyring(alice, dinner, charlie):
    """Charlie's account stands for a person of the staff: the kind of actor decides."""
    with as_(alice):
        event = Event.objects.get()
    with acting(Actor.staff(charlie.account_id), alice.organization_id):
        assert not Event.objects.exists()
        with pytest.raises(KeyringRefused, match=REFUSED):
            _ = event.sealed
        added = vault.seal(alice.organization_id, b"added", b"here")
        with pytest.raises(KeyringRefused, match=REFUSED):
            vault.open_sealed(alice.organization_id, added, b"here")
        with pytest.raises(KeyringRefused, match=REFUSED):
            vault.blind_index(alice.organization_id, "ann@example.org")


@pytest.mark.parametrize("kind", ["staff", "system", "member", "job"])
def test_nor_in_whose_name_they_go_on(alice, dinner, charlie, kind):
    inner = {
        "staff": Actor.staff(charlie.account_id),
        "system": Actor.system("tests"),
        "member": alice.actor,
        "job": Actor.job("tests", alice.account_id),
    }[kind]
    with as_(alice):
        event = Event.objects.get()
    with acting(Actor.staff(charlie.account_id)), acting(Actor.visitor()):
        with acting(inner, alice.organization_id):
            assert not Event.objects.exists()
            with pytest.raises(KeyringRefused, match=REFUSED):
                _ = event.sealed
    with as_(alice):
        assert Event.objects.get().title == "Congress Dinner"


def test_staff_open_the_platforms_keyring(charlie):
    with acting(Actor.staff(charlie.account_id)):
        assert Account.objects.get(pk=charlie.account_id).sealed.name == "Charlie"


def test_a_draft_that_a_killed_process_left_stands_in_nobodys_way(tmp_path):
    store = DirectoryKeyStore(tmp_path)
    name = new_id()
    (tmp_path / f".{name}.keyring.0123456789abcdef").write_bytes(b"half")
    (tmp_path / f"{name}.{os.getpid()}").write_bytes(b"half")
    store.put(name, b"wrapped")
    assert store.get(name) == b"wrapped"
    with pytest.raises(FileExistsError):
        store.put(name, b"other")
    assert (store.get(name), store.names()) == (b"wrapped", [name])


def test_threads_that_need_the_platforms_keyring_first_agree_on_one(tmp_path, monkeypatch):
    """Whoever comes second waits for nothing and finds the keyring whole."""
    monkeypatch.setattr(vault, "key_store", lambda: store)
    monkeypatch.setattr(vault, "_keyrings", OrderedDict())

    def index(_):
        try:
            return vault.blind_index(PLATFORM, "a@b.test")
        finally:
            connection.close()  # of this thread

    for attempt in range(10):
        store = DirectoryKeyStore(tmp_path / str(attempt))
        vault._keyrings.clear()
        with ThreadPoolExecutor(4) as threads:
            assert len(set(threads.map(index, range(4)))) == 1


def test_a_process_keeps_the_keyrings_used_last(monkeypatch, alice, charlie):
    monkeypatch.setattr(vault, "MOST_KEYRINGS", 1)
    monkeypatch.setattr(vault, "_keyrings", OrderedDict())
    for member in (alice, charlie):
        vault.blind_index(member.organization_id, "a@b.test")
    assert list(vault._keyrings) == [charlie.organization_id]


def test_a_keyring_is_unwrapped_again_after_an_hour(monkeypatch, alice):
    vault.blind_index(alice.organization_id, "a@b.test")
    before = vault._keyrings[alice.organization_id].keyring
    vault.blind_index(alice.organization_id, "a@b.test")
    assert vault._keyrings[alice.organization_id].keyring is before
    later = vault.time.monotonic() + vault.LONGEST_OPEN
    monkeypatch.setattr(vault.time, "monotonic", lambda: later)
    vault.blind_index(alice.organization_id, "a@b.test")
    assert vault._keyrings[alice.organization_id].keyring is not before
