"""Kept lists stay true while others write: nothing missed, nothing that was rolled back shown."""

import pytest

from seatrobot.conftest import as_
from seatrobot.events.models import Activity, ActivityRecord
from seatrobot.guests import guest_list
from seatrobot.guests.models import Guest
from seatrobot.guests.reading import load_party
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import bulk, editing, parties
from seatrobot.guests.services.parties import PartyFacts
from seatrobot.guests.statuses import HELD, Status
from seatrobot.kernel import lists
from seatrobot.kernel.principals import NotAllowed
from seatrobot.kernel.vault import services as vault

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def names(alice, dinner):
    """Open the list in a request of its own and return the names on it."""

    def read():
        with as_(alice):
            opened = guest_list.open_list(alice, dinner.pk)
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
    """See the rows of an organization, in a transaction that has an id already."""
    connection.execute(
        "SELECT set_config('seatrobot.organization', %s, true), pg_current_xact_id()",
        [str(member.organization_id)],
    )


def opened_records(alice, dinner):
    with as_(alice) as access:
        guest_list.open_list(alice, dinner.pk)
        field = Guest._meta.get_field("sealed")
        calls = []
        original, field.open_record = field.open_record, lambda *a: calls.append(a) or original(*a)
        try:
            guest_list.open_list(alice, dinner.pk)
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
        editing.change(actor=alice, guest=alma, record=changed)
    assert names() == ["Alma Smith", "Bella Abzug"]
    with as_(alice):
        bulk.remove(actor=alice, event=dinner, ids=[bella.pk])
    assert names() == ["Alma Smith"]


def test_an_older_transaction_that_commits_late_is_not_missed(alice, add, names, other):
    """A row is written before the list is read, and committed after a younger one was seen."""
    alma, bella = add("Alma Adams"), add("Bella Abzug")
    names()
    show(other, alice)
    other.execute("UPDATE guests_guest SET reply = 'declined' WHERE id = %s", [alma.pk])
    with as_(alice):
        Guest.objects.filter(pk=bella.pk).update(reply="waitlisted")
    assert statuses(alice, bella) == {"Alma Adams": "confirmed", "Bella Abzug": "waitlisted"}
    other.commit()
    assert statuses(alice, bella) == {"Alma Adams": "declined", "Bella Abzug": "waitlisted"}


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
        Guest.objects.filter(pk=alma.pk).update(reply="declined")
        assert guest_list.open_list(alice, dinner.pk).guests[alma.pk].status is Status.DECLINED
        raise ZeroDivisionError
    add("Bella Abzug")
    assert statuses(alice, alma)["Alma Adams"] == "confirmed"


def test_without_keys_a_kept_list_is_gone(alice, dinner, add, names):
    add("Alma Adams")
    names()
    vault.destroy_keyring(alice.organization_id)
    with pytest.raises(vault.KeyringMissing):
        names()
    assert lists.size() == 0


def test_a_kept_list_is_only_for_those_who_may_see_it(doris, charlie, add, names, dinner):
    add("Alma Adams")
    names()
    with as_(doris), pytest.raises(NotAllowed):
        guest_list.open_list(doris, dinner.pk)
    with as_(charlie):
        assert not guest_list.open_list(charlie, dinner.pk).guests


def version(alice, dinner):
    with as_(alice):
        return guest_list.open_list(alice, dinner.pk).version


def test_the_version_tells_every_change_also_one_that_commits_late(
    alice, dinner, add, field, other
):
    """A count and the newest time would miss it: the change began before a younger one."""
    alma, bella = add("Alma Adams"), add("Bella Abzug")
    first = version(alice, dinner)
    assert version(alice, dinner) == first
    show(other, alice)
    other.execute("UPDATE guests_guest SET reply = 'declined' WHERE id = %s", [alma.pk])
    with as_(alice):
        Guest.objects.filter(pk=bella.pk).update(reply="waitlisted")
    second = version(alice, dinner)
    other.commit()
    third = version(alice, dinner)
    with as_(alice):
        party, seen = load_party(alice, dinner.pk, alma.party_id)
        facts = PartyFacts(language="de")
        parties.change(actor=alice, party=party, facts=facts, seen=seen)
    fourth = version(alice, dinner)
    field("Hotel")
    fifth = version(alice, dinner)
    assert len({first, second, third, fourth, fifth}) == 5


def test_the_version_is_the_same_in_a_process_that_has_just_begun(alice, dinner, add):
    add("Alma Adams")
    kept = version(alice, dinner)
    add("Bella Abzug")
    grown = version(alice, dinner)
    lists.clear()
    assert version(alice, dinner) == grown != kept


def test_the_version_is_the_same_without_opening_anything(alice, dinner, add, field):
    alma = add("Alma Adams")
    add("Bella Abzug")
    field("Hotel")
    with as_(alice):
        party, seen = load_party(alice, dinner.pk, alma.party_id)
        parties.change(actor=alice, party=party, facts=PartyFacts("Adams"), seen=seen)
    for _ in range(2):
        opened = version(alice, dinner)
        with as_(alice):
            assert guest_list.version(dinner.pk) == opened
        with as_(alice):
            bulk.set_reply(actor=alice, event=dinner, ids=[alma.pk], reply="declined")


def test_two_changes_of_one_transaction_are_two_versions(alice, dinner, add):
    alma = add("Alma Adams")
    with as_(alice):
        Guest.objects.filter(pk=alma.pk).update(reply="declined")
        one = guest_list.open_list(alice, dinner.pk).version
        Guest.objects.filter(pk=alma.pk).update(reply="confirmed")
        assert guest_list.open_list(alice, dinner.pk).version != one


def test_opened_lists_are_bounded_by_bytes(alice, dinner, add, names, monkeypatch):
    add("Alma Adams")
    names()
    small = lists.size()
    add("Bella Abzug", notes="n" * 4000)
    names()
    assert lists.size() > small + 4000
    monkeypatch.setattr(lists, "MOST_BYTES", small)
    assert names() == ["Alma Adams", "Bella Abzug"]
    add("Carrie Catt")
    assert names() == ["Alma Adams", "Bella Abzug", "Carrie Catt"]
    assert lists.size() == 0


def test_the_list_used_longest_ago_makes_room(alice, dinner, add, names, monkeypatch):
    add("Alma Adams")
    names()
    with as_(alice):
        second = type(dinner).objects.create(
            organization_id=alice.organization_id,
            sealed=dinner.sealed,
            starts_at=dinner.starts_at,
            ends_at=dinner.ends_at,
            created_at=dinner.created_at,
        )
        Activity.objects.create(
            organization_id=alice.organization_id, event=second, sealed=ActivityRecord()
        )
    with as_(alice):
        guest_list.open_list(alice, second.pk)
    assert opened_places() == {dinner.pk, second.pk}
    monkeypatch.setattr(lists, "MOST_BYTES", 100)
    with as_(alice):
        guest_list.open_list(alice, second.pk)
    assert opened_places() == {second.pk}


def test_a_list_that_nobody_looks_at_is_forgotten_by_a_timer(alice, add, names, monkeypatch):
    add("Alma Adams")
    monkeypatch.setattr(lists, "LONGEST_UNUSED", 0.0)
    names()
    assert lists.size()
    wait_until(lambda: lists.size() == 0)


def test_the_timer_leaves_what_is_in_use(alice, dinner, add, names, monkeypatch):
    add("Alma Adams")
    names()
    lists._tick()
    assert opened_places() == {dinner.pk}


def test_names_are_the_same_everywhere(alice, dinner, add):
    bo = add("Bo Li", title="Dr.", suffix="Jr.")
    with as_(alice):
        held = editing.add_plus_one(actor=alice, host=bo, record=GuestRecord(), facts=HELD)
    with as_(alice):
        listed = guest_list.open_list(alice, dinner.pk)
        host, guest = listed.guests[bo.pk], listed.guests[held.pk]
    assert listed.name(host) == "Dr. Bo Li Jr."
    assert listed.plain_name(host) == "Bo Li Jr."
    assert (listed.short_name(host), listed.initials(host)) == ("Li", "BL")
    assert listed.name(guest) == "Guest of Bo Li Jr."
    assert (listed.short_name(guest), listed.initials(guest)) == ("+1 Li", "+1")
    assert [g.id for g in listed.taking_place] == [bo.pk, held.pk]


def test_the_order_by_a_column_is_that_of_its_type(alice, dinner, add, field):
    table = field("Table", type="number")
    for name, answer in [("A", "10"), ("B", "2"), ("C", "")]:
        add(f"{name} X", answers={table.pk: answer} if answer else {})
    with as_(alice):
        listed = guest_list.open_list(alice, dinner.pk)
        ordered = listed.sorted_by(f"field:{table.pk.hex}")
    assert [guest.record.first_name for guest in ordered] == ["B", "A", "C"]


def opened_places():
    return {place[2] for place in lists._kept}


def wait_until(is_so, patience=5.0):
    import time

    end = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def statuses(alice, guest):
    with as_(alice):
        opened = guest_list.open_list(alice, guest.event_id)
        return {opened.name(one): str(one.status) for one in opened.guests.values()}


def test_every_way_out_of_a_list_is_seen(alice, dinner, add, names, other):
    """Deleted with others, emptied, deleted and added in one, by another process or by this one."""
    people = [add(f"Guest {number}") for number in range(5)]
    with as_(alice):
        party, seen = load_party(alice, dinner.pk, people[0].party_id)
        parties.change(actor=alice, party=party, facts=PartyFacts(label="Friends"), seen=seen)
    assert len(names()) == 5
    assert labels(alice, dinner) == ["Friends"]
    with as_(alice):
        party, seen = load_party(alice, dinner.pk, people[0].party_id)
        parties.change(actor=alice, party=party, facts=PartyFacts(), seen=seen)
    assert labels(alice, dinner) == []
    show(other, alice)
    other.execute("DELETE FROM guests_guest WHERE id = ANY(%s)", [[g.pk for g in people[:2]]])
    other.commit()
    assert names() == ["Guest 2", "Guest 3", "Guest 4"]
    with as_(alice):
        bulk.remove(actor=alice, event=dinner, ids=[people[2].pk])
        assert people[2].pk not in guest_list.open_list(alice, dinner.pk).guests
    add("Guest 9")
    assert names() == ["Guest 3", "Guest 4", "Guest 9"]
    show(other, alice)
    other.execute("DELETE FROM guests_guest WHERE id = %s", [people[3].pk])
    other.rollback()
    assert names() == ["Guest 3", "Guest 4", "Guest 9"]


def labels(alice, dinner):
    with as_(alice):
        opened = guest_list.open_list(alice, dinner.pk)
        return [party.label for party in opened.parties.values() if party.label]
