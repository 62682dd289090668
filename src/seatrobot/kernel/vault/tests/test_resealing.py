"""New keys and algorithms while others write: nothing is lost, and no key closes too early."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import OrderedDict
from datetime import timedelta

import msgspec
import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from seatrobot.accounts.models import Account
from seatrobot.conftest import as_
from seatrobot.events.models import Event
from seatrobot.guests.models import Guest
from seatrobot.guests.records import GuestRecord, SpecialRecord
from seatrobot.guests.services import editing
from seatrobot.kernel import lists
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.feature import Action
from seatrobot.kernel.ids import PLATFORM, new_id
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.vault import jobs, resealing
from seatrobot.kernel.vault import policy as policies
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import (
    KeyInUse,
    KeyringChanged,
    KeyringMissing,
    KeyringRefused,
    SealBroken,
    StillGoingOn,
)
from seatrobot.kernel.vault.fields import sealed_fields
from seatrobot.kernel.vault.keyring import SEALED_ANEW, KeyClass, Keyring
from seatrobot.kernel.vault.keystore import DirectoryKeyStore
from seatrobot.kernel.vault.looks import key_of

pytestmark = pytest.mark.django_db(transaction=True)

ACTOR = Actor.system("tests")
GUESTS = 60
CHACHA = dict.fromkeys(SEALED_ANEW, "XCHACHA20_POLY1305")


@pytest.fixture
def keys_of_this_test_alone(tmp_path, monkeypatch):
    store = DirectoryKeyStore(tmp_path / "keystore")
    monkeypatch.setattr(vault, "key_store", lambda: store)
    monkeypatch.setattr(vault, "_keyrings", OrderedDict())


@pytest.fixture
def guests(alice, charlie, dinner):
    """Sixty guests, the first ten with special answers."""
    lists.clear()
    with as_(alice):
        made = [
            Guest.objects.get(
                pk=editing.add(
                    actor=alice, event=dinner, record=GuestRecord(last_name=f"Adams {number}")
                ).pk
            )
            for number in range(GUESTS)
        ]
        for guest in made[:10]:
            guest.special = SpecialRecord()
            guest.save(update_fields=["special"])
    yield [guest.pk for guest in made]
    lists.clear()


def names(member) -> list[str]:
    with as_(member):
        return sorted(guest.sealed.last_name for guest in Guest.objects.all())


def used(member):
    with acting(ACTOR, member.organization_id):
        return resealing.used(member.organization_id)


def primary(organization_id, purpose="sealing"):
    keys = vault.keys(organization_id)
    return next(key for key in keys if key.purpose == purpose and key.is_primary)


def test_another_algorithm_and_nothing_is_left_under_the_old_key(alice, charlie, guests):
    organization = alice.organization_id
    before, said = primary(organization), names(alice)
    untouched = used(charlie)
    fresh = resealing.rotate(ACTOR, organization, CHACHA)
    assert {key.algorithm for key in fresh} == {"XCHACHA20_POLY1305"}
    assert names(alice) == said
    with pytest.raises(KeyInUse, match="still sealed"):
        resealing.retire(ACTOR, organization, wait=5)
    done = resealing.reseal(ACTOR, organization, share=1, batch=25)
    assert (done.meanwhile, done.broken) == (0, 0)
    assert done.values >= GUESTS + 10
    assert {key for key, count in used(alice).items() if count} == {
        (key.purpose, key.id) for key in fresh
    }
    closed = resealing.retire(ACTOR, organization, wait=5)
    assert before.id in {key.id for key in closed}
    assert names(alice) == said
    assert resealing.retire(ACTOR, organization) == []
    assert resealing.reseal(ACTOR, organization, share=1).values == 0
    assert used(charlie) == untouched
    with as_(alice):
        told = {entry.action for entry in Entry.objects.filter(action__startswith="keys:")}
        assert told == {Action.KEYS_ROTATE, Action.KEYS_RESEAL, Action.KEYS_RETIRE}
        assert Event.objects.get().title == "Congress Dinner"


class Writers:
    """Two threads that write the same rows all the time, and compare what they find there."""

    def __init__(self, member, guests) -> None:
        self.member = member
        self.turns = {guest: threading.Lock() for guest in guests}
        self.wrote: dict = {}
        self.failures: list = []
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(each,)) for each in range(2)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        while len(self.wrote) < len(self.turns) and not self.failures:
            self.stop.wait(0.01)
        return self

    def __exit__(self, *_) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def run(self, number: int) -> None:
        count = 0
        try:
            while not self.stop.is_set():
                for guest, turn in self.turns.items():
                    count += 1
                    with turn:
                        self.change(guest, f"{number}.{count}")
        except BaseException as error:  # noqa: BLE001  shown by the test
            self.failures.append(error)
        finally:
            connection.close()

    def change(self, guest, note: str) -> None:
        with as_(self.member):
            row = Guest.objects.select_for_update().get(pk=guest)
            if row.sealed.notes != self.wrote.get(guest, ""):
                self.failures.append(f"{row.sealed.notes} and not {self.wrote[guest]}")
            row.sealed = msgspec.structs.replace(row.sealed, notes=note)
            row.save(update_fields=["sealed"])
        self.wrote[guest] = note


def sealed_anew(organization) -> bool:
    """Seal everything anew as the job does; False where a writer began before the rotation."""
    resealing.reseal(ACTOR, organization, share=1, batch=7)
    resealing.reseal(ACTOR, organization, share=1, batch=7)
    try:
        resealing.retire(ACTOR, organization, wait=30)
    except resealing.KeyInUse:
        return False
    return True


def test_writers_lose_nothing_while_everything_is_sealed_anew(alice, guests):
    organization = alice.organization_id
    with Writers(alice, guests[:12]) as writers:
        for _ in range(3):
            resealing.rotate(ACTOR, organization, CHACHA)
            assert any(sealed_anew(organization) for _round in range(5))
    assert not writers.failures
    assert len(set(writers.wrote.values())) == 12
    with as_(alice):
        for guest, note in writers.wrote.items():
            assert Guest.objects.get(pk=guest).sealed.notes == note
    opened = [key for key in vault.keys(organization) if key.is_enabled]
    assert {key.purpose for key in opened if not key.is_primary} <= {"log"}


def test_what_is_changed_between_reading_and_replacing_is_not_overwritten(
    alice, guests, monkeypatch
):
    """Another thread changes a guest while its record is sealed anew."""
    sealing_anew, changed = vault.reseal, []

    def change() -> None:
        try:
            with as_(alice):
                row = Guest.objects.get(pk=guests[5])
                row.sealed = msgspec.structs.replace(row.sealed, notes="meanwhile")
                row.save(update_fields=["sealed"])
        finally:
            connection.close()

    def slow(organization_id, values, key_class=None):
        values = list(values)
        if not changed and any(b"guests_guest.sealed" in place for _, place in values):
            changed.append(guests[5])
            thread = threading.Thread(target=change)
            thread.start()
            thread.join()
        return sealing_anew(organization_id, values, key_class)

    monkeypatch.setattr(vault, "reseal", slow)
    resealing.rotate(ACTOR, alice.organization_id)
    resealing.reseal(ACTOR, alice.organization_id, share=1)
    assert changed
    with as_(alice):
        assert Guest.objects.get(pk=guests[5]).sealed.notes == "meanwhile"
    assert resealing.retire(ACTOR, alice.organization_id, wait=30)


KILLED = """
import sys, django
django.setup()
from uuid import UUID
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.vault import resealing
from seatrobot.kernel.journal import services as journal
batches = 0
record = journal.record
def hang(action, **facts):
    global batches
    batches += action == "keys:value:reseal"
    if batches == 3:
        print("in the middle", flush=True)
        sys.stdin.read()
    return record(action, **facts)
journal.record = hang
resealing.reseal(Actor.system("tests"), UUID(sys.argv[1]), share=1, batch=10)
"""


def test_one_that_is_killed_in_the_middle_is_taken_up_where_it_was(alice, guests):
    """Its process is killed with a batch changed and not committed, which is undone."""
    organization, said = alice.organization_id, names(alice)
    old = primary(organization)
    resealing.rotate(ACTOR, organization, CHACHA)
    at_first = used(alice)["sealing", old.id]
    command = [sys.executable, "-c", KILLED, str(organization)]
    with subprocess.Popen(
        command,
        env=os.environ | environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            assert running.stdout.readline() == "in the middle\n"
        finally:
            running.kill()
    left = used(alice)["sealing", old.id]
    assert 0 < left < at_first
    assert names(alice) == said
    assert resealing.reseal(ACTOR, organization, share=1).values >= left
    assert used(alice)["sealing", old.id] == 0
    assert resealing.retire(ACTOR, organization, wait=30)
    assert names(alice) == said


def environment() -> dict[str, str]:
    config = settings.CONFIG
    return {
        "SEATROBOT_DATA": str(config.data),
        "DATABASE_URL": config.database_url,
        "DJANGO_SETTINGS_MODULE": "seatrobot.settings",
    }


def test_a_row_that_somebody_holds_is_left_for_the_next_time(alice, guests):
    organization = alice.organization_id
    old = primary(organization)
    resealing.rotate(ACTOR, organization)
    with psycopg.connect(settings.CONFIG.database_url) as holder:
        holder.execute("SELECT set_config('seatrobot.organization', %s, true)", [str(organization)])
        holder.execute("SELECT FROM guests_guest WHERE id = %s FOR UPDATE", [guests[33]])
        resealing.reseal(ACTOR, organization, share=1)
        assert used(alice)["sealing", old.id] == 1
        with pytest.raises(StillGoingOn):
            resealing.retire(ACTOR, organization, wait=0.2)
    with pytest.raises(KeyInUse, match="1 values"):
        resealing.retire(ACTOR, organization, wait=5)
    assert resealing.reseal(ACTOR, organization, share=1).values == 1
    assert resealing.retire(ACTOR, organization, wait=5)


def test_a_transaction_of_before_that_has_only_read_is_waited_for(alice, guests):
    organization = alice.organization_id
    resealing.rotate(ACTOR, organization)
    resealing.reseal(ACTOR, organization, share=1)
    with psycopg.connect(settings.CONFIG.database_url) as reader:
        reader.execute("SELECT 1")
        with pytest.raises(StillGoingOn):
            resealing.retire(ACTOR, organization, wait=0.2)
        reader.rollback()
        assert resealing.retire(ACTOR, organization, wait=5)


def test_who_began_before_a_rotation_reads_what_was_written_after_it(alice, guests):
    """The unit of work holds the keyring of before; the other one is in another thread."""
    organization = alice.organization_id

    def rotate() -> None:
        try:
            resealing.rotate(ACTOR, organization, CHACHA)
            resealing.reseal(ACTOR, organization, share=1)
        finally:
            connection.close()

    with as_(alice) as access:
        assert Event.objects.get().title == "Congress Dinner"
        before = access.keyrings[organization]
        thread = threading.Thread(target=rotate)
        thread.start()
        thread.join()
        assert access.keyrings[organization] is before
        assert Guest.objects.get(pk=guests[0]).sealed.last_name == "Adams 0"
        assert access.keyrings[organization] is not before


def test_a_value_that_does_not_open_stays_and_keeps_the_key_open(alice, guests):
    organization = alice.organization_id
    old = primary(organization)
    with as_(alice):
        row = Guest.objects.values_list("sealed", flat=True).get(pk=guests[0])
        broken = bytes(row[:30]) + bytes([row[30] ^ 1]) + bytes(row[31:])
        Guest.objects.filter(pk=guests[0]).update(sealed=broken)
    resealing.rotate(ACTOR, organization)
    done = resealing.reseal(ACTOR, organization, share=1)
    assert done.broken == 1
    assert used(alice)["sealing", old.id] == 1
    with as_(alice):
        kept = Guest.objects.values_list("sealed", flat=True).get(pk=guests[0])
        assert bytes(kept) == broken
    with pytest.raises(KeyInUse):
        resealing.retire(ACTOR, organization, wait=5)


def test_a_closed_key_opens_nothing_and_is_destroyed_when_it_is_kept_no_longer(alice, guests):
    organization = alice.organization_id
    with as_(alice):
        old_value = vault.seal(organization, b"text", b"place")
    resealing.rotate(ACTOR, organization)
    resealing.reseal(ACTOR, organization, share=1)
    resealing.retire(ACTOR, organization, wait=5)
    with as_(alice), pytest.raises(SealBroken):
        vault.open_sealed(organization, old_value, b"place")
    assert resealing.destroy_retired(ACTOR, organization) == []
    gone = resealing.destroy_retired(ACTOR, organization, at_once=True)
    assert key_of(old_value) in {key.id for key in gone}
    assert key_of(old_value) not in {key.id for key in vault.keys(organization)}


def test_the_key_that_seals_is_never_closed(alice):
    newest = primary(alice.organization_id)
    with pytest.raises(KeyInUse):
        vault.change_keyring(alice.organization_id, lambda known: known.retired([newest]))
    with pytest.raises(KeyInUse):
        vault.change_keyring(alice.organization_id, lambda known: known.without([newest]))


def test_logs_are_not_touched_and_their_keys_stay_open(alice, guests):
    organization = alice.organization_id
    with as_(alice):
        before = list(Entry.objects.order_by("id").values_list("id", "sealed"))
    resealing.rotate(ACTOR, organization)
    resealing.reseal(ACTOR, organization, share=1)
    resealing.retire(ACTOR, organization, wait=5)
    resealing.destroy_retired(ACTOR, organization, at_once=True)
    with as_(alice):
        rows = Entry.objects.order_by("id")
        assert list(rows.values_list("id", "sealed"))[: len(before)] == before
        assert all(entry.sealed is not None for entry in rows)
    assert len([key for key in vault.keys(organization) if key.purpose == "log"]) == 2


def test_columns_that_nobody_may_change_are_those_of_the_class_of_logs(alice):
    """Asked of the database, as the application: its rights, and the triggers that refuse."""
    for field in sealed_fields():
        table, column = field.model._meta.db_table, field.column
        assert field.model._meta.pk.get_internal_type() in {"UUIDField", "OneToOneField"}
        statement = f"UPDATE {table} SET {column} = {column} WHERE false"
        if table == "grants_recording":
            assert field.key_class is KeyClass.LOG  # its trigger looks at rows
            continue
        try:
            with acting(ACTOR, alice.organization_id), transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(statement)
        except DatabaseError:
            assert field.key_class is KeyClass.LOG, f"{table}.{column}"
        else:
            assert field.key_class is not KeyClass.LOG, f"{table}.{column}"


def test_the_platforms_values_are_sealed_anew_too(alice, bob, monkeypatch):
    old = primary(PLATFORM)
    resealing.rotate(ACTOR, PLATFORM, CHACHA)
    done = resealing.reseal(ACTOR, PLATFORM, share=1)
    assert done.values >= 2
    with acting(Actor.member(bob.account_id)):
        assert Account.objects.get(pk=bob.account_id).sealed.name == "Bob"
        assert resealing.used(PLATFORM)["sealing", old.id] == 0
    with pytest.raises(KeyInUse, match="two days"):
        resealing.retire(ACTOR, PLATFORM, wait=5)
    monkeypatch.setattr(resealing, "OUTSIDE", timedelta())
    assert old.id in {key.id for key in resealing.retire(ACTOR, PLATFORM, wait=5)}
    with acting(Actor.member(bob.account_id)):
        assert Account.objects.get(pk=bob.account_id).sealed.name == "Bob"


def test_of_two_who_change_a_keyring_at_once_one_is_refused(alice):
    organization = alice.organization_id

    def slow(known: Keyring) -> Keyring:
        vault.change_keyring(organization, lambda other: other.rotated(CHACHA))
        return known.rotated({"sealing": "AES256_GCM_SIV"})

    before = len(vault.keys(organization))
    with pytest.raises(KeyringChanged):
        vault.change_keyring(organization, slow)
    assert len(vault.keys(organization)) == before + len(CHACHA)


def test_a_keyring_that_was_destroyed_does_not_come_back(alice, tmp_path):
    store = DirectoryKeyStore(tmp_path)
    name = new_id()
    store.put(name, b"wrapped, and long enough")
    version = store.version(name)
    store.destroy(name)
    with pytest.raises(KeyringChanged):
        store.replace(name, b"another, and long enough", version)
    assert store.names() == []
    vault.destroy_keyring(alice.organization_id)
    with pytest.raises(KeyringMissing):
        resealing.reseal(ACTOR, alice.organization_id)
    with pytest.raises(KeyringMissing):
        resealing.rotate(ACTOR, alice.organization_id)


def test_staff_and_other_organizations_seal_nothing_anew(alice, charlie, guests):
    for actor, organization in (
        (Actor.staff(charlie.account_id), alice.organization_id),
        (charlie.actor, charlie.organization_id),
    ):
        with acting(actor, organization), pytest.raises(KeyringRefused):
            vault.reseal(alice.organization_id, [(b"\1" * 40, b"place")])


def test_at_night_what_is_past_its_date_is_rotated_and_sealed_anew(
    keys_of_this_test_alone, alice, guests
):
    from procrastinate.contrib.django.models import ProcrastinateJob

    organization = alice.organization_id
    jobs.renew(work("keys.renew"))
    waiting = ProcrastinateJob.objects.filter(task_name="keys.reseal", status="todo")
    assert not waiting.exists()
    file = policies.path()
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.write_text('[purposes.sealing]\nalgorithm = "AES256_GCM_SIV"\nalso = []\n')
    try:
        jobs.renew(work("keys.renew"))
        jobs.renew(work("keys.renew"))
    finally:
        file.unlink()
    assert primary(organization).algorithm == "AES256_GCM_SIV"
    assert len([key for key in vault.keys(organization) if key.purpose == "sealing"]) == 2
    assert waiting.filter(args__organization=str(organization)).count() == 1
    jobs.reseal(work("keys.reseal", organization))
    assert [key.is_enabled for key in vault.keys(organization) if key.purpose == "sealing"] == [
        False,
        True,
    ]
    assert len(names(alice)) == GUESTS


def work(name, organization_id=None):
    from seatrobot.kernel.jobs import Work

    return Work(name, organization_id, None)
