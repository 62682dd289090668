"""Who has seen a person, and whom somebody has seen; with no name in any entry."""

from __future__ import annotations

import random
from uuid import UUID

import pytest

from seatrobot.checkin.feature import Action as Checkin
from seatrobot.conftest import as_
from seatrobot.events.models import Activity, ActivityRecord, Event
from seatrobot.guests.feature import Action
from seatrobot.kernel import streams
from seatrobot.kernel.ids import AFTER_TIME, moment_of, new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal import shown
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.journal.reading import seen_by, seen_of
from seatrobot.kernel.vault.errors import KeyringMissing
from seatrobot.kernel.vault.services import destroy_keyring

ALWAYS = streams.Window()


def test_a_set_holds_what_was_put_in_and_nothing_else():
    people = [new_id() for _ in range(10_000)]
    packed = shown.pack(people)
    assert all(shown.holds(packed, each) for each in random.Random(7).sample(people, 50))
    assert not any(shown.holds(packed, new_id()) for _ in range(50))
    assert shown.pack([]) == b""
    assert not shown.holds(b"", people[0])


def test_a_set_of_ten_thousand_takes_five_bytes_a_person():
    packed = shown.pack(new_id() for _ in range(10_000))
    assert len(packed) <= 50_100
    assert len(shown.pack(new_id() for _ in range(50))) <= 280


@pytest.fixture
def people():
    return [new_id() for _ in range(3)]


def look(member, action, event, people=(), **more):
    with as_(member):
        journal.record(action, event_id=event.pk, **more)
        journal.shown(people)


def _seen_by(member, event, person, **part):
    added = moment_of(person)
    return seen_by(member.organization_id, event.pk, person, added=added, **part)


def seen(member, event, person, before=None, size=50):
    with as_(member):
        return [
            (entry.actor_id, entry.action)
            for entry in _seen_by(member, event, person, before=before, size=size)
        ]


@pytest.mark.django_db
class TestWhoHasSeenAPerson:
    def test_those_who_saw_them_in_a_list(self, alice, bob, dinner, people):
        ann, ben, sue = people
        look(bob, Action.GUEST_LIST, dinner, [ann, ben])
        look(alice, Checkin.CHECKIN_GUEST_SEARCH, dinner, [ben])
        assert seen(alice, dinner, ann) == [(bob.account_id, Action.GUEST_LIST)]
        assert seen(alice, dinner, ben) == [
            (alice.account_id, Checkin.CHECKIN_GUEST_SEARCH),
            (bob.account_id, Action.GUEST_LIST),
        ]
        assert seen(alice, dinner, sue) == []

    def test_what_happened_to_them(self, alice, bob, dinner, people):
        look(bob, Action.GUEST_CHANGE, dinner, subject_id=people[0])
        assert seen(alice, dinner, people[0]) == [(bob.account_id, Action.GUEST_CHANGE)]
        assert seen(alice, dinner, people[1]) == []

    def test_whoever_saw_the_whole_list(self, alice, bob, dinner, people):
        with as_(bob):
            journal.record(Action.GUEST_EXPORT, event_id=dinner.pk)
            journal.shown_everybody()
        assert seen(alice, dinner, people[2]) == [(bob.account_id, Action.GUEST_EXPORT)]

    def test_but_not_before_they_were_on_it(self, alice, bob, dinner):
        with as_(bob):
            journal.record(Action.GUEST_EXPORT, event_id=dinner.pk)
            journal.shown_everybody()
        with as_(bob):
            entry = Entry.objects.get(action=Action.GUEST_EXPORT)
        newcomer = UUID(int=((entry.pk.int >> AFTER_TIME) + 5 << AFTER_TIME) | 7)
        assert seen(alice, dinner, newcomer) == []

    def test_of_another_event_nothing(self, alice, bob, dinner, people):
        with as_(alice):
            gala = Event.objects.get(pk=dinner.pk)
            gala.pk, gala.sealed = new_id(), gala.sealed
            gala.save(force_insert=True)
            Activity.objects.create(
                organization_id=alice.organization_id, event=gala, sealed=ActivityRecord()
            )
        look(bob, Action.GUEST_LIST, gala, people)
        assert seen(alice, dinner, people[0]) == []

    def test_page_by_page(self, alice, dinner, people):
        for _ in range(3):
            look(alice, Action.GUEST_LIST, dinner, people)
        with as_(alice):
            first = _seen_by(alice, dinner, people[0], before=None, size=2)
            rest = _seen_by(alice, dinner, people[0], before=first[-1].pk, size=2)
        assert (len(first), len(rest)) == (2, 1)
        assert not {entry.pk for entry in first} & {entry.pk for entry in rest}

    def test_another_organization_finds_nothing(self, alice, charlie, dinner, people):
        look(alice, Action.GUEST_LIST, dinner, people)
        with as_(charlie):
            assert not _seen_by(alice, dinner, people[0], before=None, size=5)


@pytest.mark.django_db
class TestWhomSomebodyHasSeen:
    def test_in_lists_and_one_by_one(self, alice, bob, dinner, people):
        ann, ben, sue = people
        look(bob, Action.GUEST_LIST, dinner, [ann])
        look(bob, Action.GUEST_VIEW, dinner, subject_id=ben)
        look(alice, Action.GUEST_LIST, dinner, [sue])
        with as_(alice):
            found = seen_of(alice.organization_id, bob.account_id, ALWAYS)
        assert [found.includes(dinner.pk, each) for each in people] == [True, True, False]

    def test_of_a_whole_list_whoever_was_on_it(self, alice, bob, dinner, people):
        with as_(bob):
            journal.record(Action.GUEST_EXPORT, event_id=dinner.pk)
            journal.shown_everybody()
        with as_(alice):
            found = seen_of(alice.organization_id, bob.account_id, ALWAYS)
        assert found.includes(dinner.pk, people[0])
        assert not found.includes(new_id(), people[0])

    def test_in_one_session_of_several(self, alice, bob, dinner, people):
        for ip, person in zip(("192.0.2.1", "192.0.2.2"), people, strict=False):
            with journal.coming_from(ip, "Firefox"):
                look(bob, Action.GUEST_LIST, dinner, [person])
        with as_(alice):
            found = seen_of(alice.organization_id, bob.account_id, ALWAYS, ip="192.0.2.2")
        assert [found.includes(dinner.pk, each) for each in people] == [False, True, False]


@pytest.mark.django_db
def test_what_is_shown_without_an_entry_is_written_all_the_same(alice, people):
    with as_(alice):
        journal.shown(people)
    with as_(alice):
        entry = Entry.objects.get(action="vault:keyring:open")
        assert shown.holds(entry.sealed.shown, people[0])


@pytest.mark.django_db
def test_whom_a_list_showed_goes_with_the_keys(alice, dinner, people):
    look(alice, Action.GUEST_LIST, dinner, people)
    destroy_keyring(alice.organization_id)
    with pytest.raises(KeyringMissing):
        seen(alice, dinner, people[0])
