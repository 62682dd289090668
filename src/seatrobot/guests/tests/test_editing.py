"""One guest: what is refused, the five facts, parties."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from seatrobot.conftest import as_
from seatrobot.events.models import ActivityRecord
from seatrobot.guests import arrivals, capacity
from seatrobot.guests.capacity import CapacityExceeded
from seatrobot.guests.models import Guest, Party
from seatrobot.guests.reading import load_guest, load_party, others_with_address
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import bulk, editing, parties
from seatrobot.guests.services.editing import ChangedMeanwhile, WrongGuest
from seatrobot.guests.services.parties import PartyFacts
from seatrobot.guests.statuses import CONFIRMED, HELD, Delivery, Facts, Reply, Status
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.repeats import FormUsed

ALMA = GuestRecord(first_name="Alma", last_name="Adams")


def test_an_address_may_be_on_a_list_twice(alice, dinner, add):
    """A couple, or an office that answers for ten ministers: both are kept, and each is named."""
    alma = add("Alma Adams", email="office@congress.example")
    add("Bella Abzug", email="Office@Congress.example")
    with as_(alice):
        (other,) = others_with_address(load_guest(alice, dinner.pk, alma.pk))
        assert other.sealed.first_name == "Bella"


def test_a_guest_needs_a_name_unless_the_place_is_held(alice, dinner):
    with as_(alice):
        with pytest.raises(WrongGuest, match="Give a first name or a last name"):
            editing.add(actor=alice, event=dinner, record=GuestRecord())
        held = editing.add(actor=alice, event=dinner, record=GuestRecord(), facts=HELD)
        assert held.status == Status.HELD


def test_held_is_for_places_without_a_name(alice, dinner, add):
    alma = add("Alma Adams")
    with as_(alice), pytest.raises(WrongGuest, match="Held keeps a place for somebody without"):
        editing.add(actor=alice, event=dinner, record=ALMA, facts=HELD)
    with as_(alice), pytest.raises(WrongGuest, match="Held keeps a place for somebody without"):
        editing.change(actor=alice, guest=alma, record=ALMA, held=True)


def test_a_held_place_that_gets_a_name_is_confirmed(alice, dinner):
    with as_(alice):
        held = editing.add(actor=alice, event=dinner, record=GuestRecord(), facts=HELD)
        editing.change(actor=alice, guest=held, record=ALMA)
        held.refresh_from_db()
        assert (held.held, held.reply, held.status) == (False, "confirmed", "confirmed")


def test_ten_thousand_characters_are_too_many(add):
    with pytest.raises(WrongGuest, match="Last name has 10000 characters; at most 200"):
        add("Alma " + "A" * 10_000)


def test_two_who_change_one_guest_hear_of_each_other(alice, dinner, add):
    alma = add("Alma Adams")
    record = GuestRecord(first_name="Alma", last_name="Smith")
    with as_(alice):
        seen = load_guest(alice, dinner.pk, alma.pk).changed_at
        editing.change(actor=alice, guest=alma, record=record, seen=seen)
        with pytest.raises(ChangedMeanwhile, match="Somebody else changed this guest"):
            editing.change(actor=alice, guest=alma, record=record, seen=seen)


def test_no_fact_overwrites_another(alice, dinner, add):
    alma = add("Alma Adams")
    with as_(alice):
        bulk.check_in(actor=alice, event=dinner, ids=[alma.pk])
        editing.set_delivery(actor=alice, guest=alma, delivery=Delivery.BOUNCED)
        editing.change(actor=alice, guest=alma, record=ALMA, reply="refunded")
        guest = load_guest(alice, dinner.pk, alma.pk)
        assert guest.facts == Facts(
            Reply.WITHDRAWN, editing.CONFIRMED.withdrawal or guest.facts.withdrawal
        )._replace(delivery=Delivery.BOUNCED)
        assert (guest.status, bool(guest.checked_in_at)) == ("attended", True)
        bulk.take_back(actor=alice, event=dinner, ids=[alma.pk])
        editing.set_delivery(actor=alice, guest=alma, delivery=None)
        guest = load_guest(alice, dinner.pk, alma.pk)
        assert (guest.status, guest.delivery, guest.checked_in_at) == ("refunded", "", None)


def test_a_change_without_a_reply_leaves_the_reply(alice, dinner, add):
    alma = add("Alma Adams", Status.WAITLISTED)
    with as_(alice):
        editing.change(actor=alice, guest=alma, record=ALMA)
        assert load_guest(alice, dinner.pk, alma.pk).reply == "waitlisted"


def test_a_form_sent_twice_adds_one_guest(alice, dinner):
    key = new_id()
    with as_(alice):
        first = editing.add(actor=alice, event=dinner, record=ALMA, guest_id=key)
        again = editing.add(actor=alice, event=dinner, record=ALMA, guest_id=key)
        assert first.pk == again.pk == key
        extra = new_id()
        for _ in range(2):
            editing.add_plus_one(
                actor=alice, host=first, record=GuestRecord(), facts=HELD, guest_id=extra
            )
        assert Guest.objects.count() == 2


def test_an_identifier_that_the_journal_would_take_for_a_guest_is_refused(alice, dinner, add):
    alma = add("Alma Adams")
    mark = (1 << 40) - 1
    decoy = UUID(int=(new_id().int & ~mark) | (alma.pk.int & mark))
    with as_(alice), pytest.raises(FormUsed):
        editing.add(actor=alice, event=dinner, record=ALMA, guest_id=decoy)
    with as_(alice), pytest.raises(FormUsed):
        editing.add_plus_one(
            actor=alice, host=alma, record=GuestRecord(), facts=HELD, guest_id=decoy
        )


def test_an_identifier_of_another_organization_is_refused(alice, charlie, dinner, add):
    alma = add("Alma Adams")
    with as_(charlie):
        theirs = type(dinner).objects.create(
            organization_id=charlie.organization_id,
            sealed=dinner.sealed,
            starts_at=dinner.starts_at,
            ends_at=dinner.ends_at,
            created_at=dinner.created_at,
        )
        theirs.activities.create(organization_id=charlie.organization_id, sealed=ActivityRecord())
    with as_(charlie), pytest.raises(FormUsed, match="cannot be used again"):
        editing.add(actor=charlie, event=theirs, record=ALMA, guest_id=alma.pk)


def places(alice, dinner, number):
    with as_(alice):
        dinner.activity.capacity = number
        dinner.activity.save()


def test_every_way_to_a_place_asks_for_one(alice, dinner, add):
    alma, bella = add("Alma Adams"), add("Bella Abzug", Status.WAITLISTED)
    places(alice, dinner, 1)
    record = GuestRecord(last_name="X")
    ways = [
        lambda **o: editing.add(actor=alice, event=dinner, record=record, **o),
        lambda **o: editing.add_plus_one(actor=alice, host=alma, record=record, **o),
        lambda **o: editing.add_plus_one(
            actor=alice, host=alma, record=GuestRecord(), facts=HELD, **o
        ),
        lambda **o: editing.change(actor=alice, guest=bella, record=record, reply="confirmed", **o),
    ]
    for way in ways:
        with pytest.raises(CapacityExceeded) as refused, as_(alice):
            way()
        assert refused.value.facts == {"free": 0, "wanted": 1}
        with as_(alice):
            way(overbook=True)
    with as_(alice):
        assert capacity.taken(dinner.activity) == 5


def test_who_has_a_place_keeps_it_however_full_it_is(alice, dinner, add):
    alma, _bella = add("Alma Adams"), add("Bella Abzug")
    places(alice, dinner, 1)
    with as_(alice):
        editing.change(actor=alice, guest=alma, record=ALMA, reply="confirmed")
        waiting = editing.add(actor=alice, event=dinner, record=ALMA, facts=Facts(Reply.WAITLISTED))
        assert waiting.status == "waitlisted"


def test_a_plus_one_shares_the_party_and_takes_held_places_along(alice, dinner, add):
    alma, bella = add("Alma Adams"), add("Bella Abzug")
    with as_(alice):
        held = editing.add_plus_one(actor=alice, host=alma, record=GuestRecord(), facts=HELD)
        assert (held.party_id, held.host_id) == (alma.party_id, alma.pk)
        parties.join(actor=alice, guest=alma, other=bella)
        assert Guest.objects.filter(party_id=bella.party_id).count() == 3
        assert Party.objects.get().pk == bella.party_id
        parties.leave(actor=alice, guest=load_guest(alice, dinner.pk, alma.pk))
        alma.refresh_from_db()
        held.refresh_from_db()
        assert alma.party_id == held.party_id != bella.party_id
        assert Party.objects.count() == 2


def test_parties_that_join_keep_what_was_said_of_both(alice, dinner, add):
    alma, bella = add("Alma Adams"), add("Bella Abzug")
    until = datetime(2027, 1, 2, 12, tzinfo=UTC)
    with as_(alice):
        for guest, facts in [
            (alma, PartyFacts("Family Adams", "by the door", 3, "de")),
            (bella, PartyFacts("", "no stairs", 2, "", until)),
        ]:
            party, version = load_party(alice, dinner.pk, guest.party_id)
            parties.change(actor=alice, party=party, facts=facts, seen=version)
        parties.join(actor=alice, guest=alma, other=bella)
        party, _version = load_party(alice, dinner.pk, bella.party_id)
        assert parties.facts_of(party) == PartyFacts(
            "Family Adams", "no stairs\nby the door", 5, "de", until
        )


@pytest.mark.django_db(transaction=True)
def test_two_who_change_one_party_hear_of_each_other(alice, dinner, add):
    alma = add("Alma Adams")
    with as_(alice):
        party, version = load_party(alice, dinner.pk, alma.party_id)
    for label, refused in (("One", False), ("Two", True)):
        with as_(alice):
            change = {"actor": alice, "party": party, "facts": PartyFacts(label), "seen": version}
            if refused:
                with pytest.raises(ChangedMeanwhile):
                    parties.change(**change)
            else:
                parties.change(**change)


def test_the_word_is_the_same_in_python_and_in_the_database(alice, dinner):
    """`Facts.status` and the generated column, for every combination of facts."""
    from itertools import product

    from seatrobot.guests.statuses import REPLIES, Money

    with as_(alice):
        for word, held, delivery, money, arrived in product(
            REPLIES, (False, True), (None, Delivery.BOUNCED), (None, Money.REFUNDED), (False, True)
        ):
            facts = Facts(held=held, delivery=delivery, money=money).with_reply(word)
            guest = editing.add(actor=alice, event=dinner, record=GuestRecord(), facts=HELD)
            rows = Guest.objects.filter(pk=guest.pk)
            rows.update(**facts.columns)
            if arrived:
                arrivals.arrive(event_id=dinner.pk, guest_ids=[guest.pk], by=None)
            assert rows.get().status == facts.status(has_arrived=arrived), facts
    assert CONFIRMED.status(has_arrived=False) is Status.CONFIRMED
