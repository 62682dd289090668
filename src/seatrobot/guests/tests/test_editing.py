"""One guest: what is refused, and parties."""

import pytest

from seatrobot.conftest import as_
from seatrobot.guests.models import Guest
from seatrobot.guests.reading import load_guest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import editing
from seatrobot.guests.services.editing import WrongGuest
from seatrobot.guests.statuses import Status


def test_an_address_is_on_a_list_once(alice, dinner, add):
    add("Alma Adams", email="alma@congress.example")
    with pytest.raises(
        WrongGuest, match=r"Alma@Congress.example” already belongs to .* Alma Adams"
    ):
        add("Alma Double", email="Alma@Congress.example")
    bella = add("Bella Abzug", email="bella@congress.example")
    with as_(alice), pytest.raises(WrongGuest):
        record = GuestRecord(first_name="Bella", email="alma@congress.example")
        editing.change(actor=alice, guest=bella, record=record, status=Status.CONFIRMED)


def test_a_guest_needs_a_name_unless_the_place_is_held(alice, dinner):
    with as_(alice):
        with pytest.raises(WrongGuest, match="Give a first name or a last name"):
            editing.add(actor=alice, event=dinner, record=GuestRecord(), status=Status.CONFIRMED)
        editing.add(actor=alice, event=dinner, record=GuestRecord(), status=Status.HELD)


def test_ten_thousand_characters_are_too_many(add):
    with pytest.raises(WrongGuest, match="Last name has 10000 characters; at most 200"):
        add("Alma " + "A" * 10_000)


def test_two_who_change_one_guest_hear_of_each_other(alice, dinner, add):
    alma = add("Alma Adams")
    with as_(alice):
        seen = load_guest(alice, dinner.pk, alma.pk).changed_at
        record = GuestRecord(first_name="Alma", last_name="Smith")
        editing.change(actor=alice, guest=alma, record=record, status=Status.HELD, seen=seen)
        with pytest.raises(WrongGuest, match="Somebody else changed this guest"):
            editing.change(actor=alice, guest=alma, record=record, status=Status.HELD, seen=seen)


def test_a_plus_one_shares_the_party_and_takes_held_places_along(alice, dinner, add):
    alma, bella = add("Alma Adams"), add("Bella Abzug")
    with as_(alice):
        held = editing.add_plus_one(
            actor=alice, host=alma, record=GuestRecord(), status=Status.HELD
        )
        assert (held.party_id, held.host_id) == (alma.party_id, alma.pk)
        editing.join_party(actor=alice, guest=alma, other=bella)
        assert Guest.objects.filter(party_id=bella.party_id).count() == 3
        editing.leave_party(actor=alice, guest=load_guest(alice, dinner.pk, alma.pk))
        alma.refresh_from_db()
        held.refresh_from_db()
        assert alma.party_id == held.party_id != bella.party_id
