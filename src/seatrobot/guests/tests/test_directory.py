"""Kept lists stay true while others write: nothing missed, nothing that was rolled back shown."""

import pytest

from seatrobot.conftest import as_
from seatrobot.guests import directory, shelf
from seatrobot.guests.models import Guest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import bulk, editing
from seatrobot.guests.statuses import Status
from seatrobot.kernel.principals import NotAllowed
from seatrobot.kernel.vault import services as vault

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def names(alice, dinner):
    """Open the list in a request of its own and return the names on it."""

    def read():
        with as_(alice):
            opened = directory.open_list(alice, dinner.pk)
            return sorted(opened.name(guest) for guest in opened.guests.values())

    return read


@pytest.fixture
def other(django_db_setup, postgres):
    """A second connection, as another process of the application has."""
    import psycopg

    from seatrobot.runtime import roles

    with psycopg.connect(postgres.url(roles.APP)) as connection:
        yield connection


def show(connection, member):
    connection.execute(
        "SELECT set_config('seatrobot.organization', %s, true)", [str(member.organization_id)]
    )


def opened_records(alice, dinner):
    with as_(alice) as access:
        directory.open_list(alice, dinner.pk)
        field = Guest._meta.get_field("sealed")
        calls = []
        original, field.open_record = field.open_record, lambda *a: calls.append(a) or original(*a)
        try:
            directory.open_list(alice, dinner.pk)
        finally:
            del field.open_record
        assert access.opened
        return len(calls)


def test_a_kept_list_is_not_opened_again(alice, dinner, add):
    add("Alma Adams")
    assert opened_records(alice, dinner) == 0


def test_what_this_process_adds_changes_and_removes_is_seen(alice, dinner, add, names):
    alma = add("Alma Adams")
    assert names() == ["Alma Adams"]
    bella = add("Bella Abzug")
    assert names() == ["Alma Adams", "Bella Abzug"]
    with as_(alice):
        changed = GuestRecord(first_name="Alma", last_name="Smith")
        editing.change(actor=alice, guest=alma, record=changed, status=Status.CONFIRMED)
    assert names() == ["Alma Smith", "Bella Abzug"]
    with as_(alice):
        bulk.remove(actor=alice, event=dinner, ids=[bella.pk])
    assert names() == ["Alma Smith"]


def test_an_older_transaction_that_commits_late_is_not_missed(alice, add, names, other):
    """A row is written before the list is read, and committed after a younger one was seen."""
    alma, bella = add("Alma Adams"), add("Bella Abzug")
    names()
    show(other, alice)
    other.execute("UPDATE guests_guest SET status = 'declined' WHERE id = %s", [alma.pk])
    with as_(alice):
        Guest.objects.filter(pk=bella.pk).update(status=Status.HELD)
    assert statuses(alice, bella) == {"Alma Adams": "confirmed", "Bella Abzug": "held"}
    other.commit()
    assert statuses(alice, bella) == {"Alma Adams": "declined", "Bella Abzug": "held"}


def test_a_late_removal_beside_a_new_guest_is_not_missed(alice, add, names, other):
    alma = add("Alma Adams")
    add("Bella Abzug")
    names()
    show(other, alice)
    other.execute("DELETE FROM guests_guest WHERE id = %s", [alma.pk])
    add("Carrie Catt")
    assert names() == ["Alma Adams", "Bella Abzug", "Carrie Catt"]
    other.commit()
    assert names() == ["Bella Abzug", "Carrie Catt"]


def test_what_was_rolled_back_is_not_kept(alice, dinner, add, names):
    alma = add("Alma Adams")
    names()
    with pytest.raises(ZeroDivisionError), as_(alice):
        Guest.objects.filter(pk=alma.pk).update(status=Status.DECLINED)
        assert directory.open_list(alice, dinner.pk).guests[alma.pk].status is Status.DECLINED
        raise ZeroDivisionError
    add("Bella Abzug")
    assert statuses(alice, alma)["Alma Adams"] == "confirmed"


def test_without_keys_a_kept_list_is_gone(alice, dinner, add, names):
    add("Alma Adams")
    names()
    vault.destroy_keyring(alice.organization_id)
    with pytest.raises(vault.KeyringMissing):
        names()
    assert shelf.take((alice.organization_id, dinner.pk)) is None


def test_a_kept_list_is_only_for_those_who_may_see_it(doris, charlie, add, names, dinner):
    add("Alma Adams")
    names()
    with as_(doris), pytest.raises(NotAllowed):
        directory.open_list(doris, dinner.pk)
    with as_(charlie):
        assert not directory.open_list(charlie, dinner.pk).guests


def test_the_shelf_is_bounded(alice, dinner, add, names, monkeypatch):
    add("Alma Adams")
    names()
    monkeypatch.setattr(shelf, "MOST_GUESTS", 1)
    place = (alice.organization_id, dinner.pk)
    shelf.put((alice.organization_id, alice.organization_id), shelf.take(place))
    assert shelf.take(place) is None


def test_a_list_that_nobody_looks_at_is_forgotten(alice, dinner, add, names, monkeypatch):
    add("Alma Adams")
    names()
    monkeypatch.setattr(shelf, "LONGEST_UNUSED", -1.0)
    assert shelf.take((alice.organization_id, dinner.pk)) is None


def statuses(alice, guest):
    with as_(alice):
        opened = directory.open_list(alice, guest.event_id)
        return {opened.name(one): str(one.status) for one in opened.guests.values()}
