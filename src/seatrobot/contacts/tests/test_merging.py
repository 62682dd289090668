"""Doubles: found and ranked, merged with all that points to them, and parted again."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import msgspec
import pytest
from django.db import connections
from django.http import Http404

from seatrobot.conftest import as_
from seatrobot.contacts import doubles, filters, merging, relating, services
from seatrobot.contacts.contact_list import open_contacts
from seatrobot.contacts.doubles import Reason
from seatrobot.contacts.feature import Action
from seatrobot.contacts.jobs import search_doubles
from seatrobot.contacts.known import KnowsContacts
from seatrobot.contacts.merging import MergedMeanwhile
from seatrobot.contacts.models import (
    Contact,
    ContactAddress,
    ContactMerge,
    ContactRecord,
    ContactRelation,
    Delivery,
    Source,
)
from seatrobot.contacts.services import WrongContact
from seatrobot.deletion import people
from seatrobot.deletion.knowing import Person
from seatrobot.deletion.people import load
from seatrobot.guests.models import Guest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import contacts, editing
from seatrobot.kernel import lists
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import NotAllowed
from seatrobot.kernel.progress.models import Progress
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.versions import ChangedMeanwhile

A = ContactRecord(
    first_name="Katherine",
    last_name="Li",
    emails=["kate@li.example", "k@work.example"],
    tags=["VIP"],
    notes="Met in May.",
)
B = ContactRecord(
    title="Dr.",
    first_name="Kate",
    last_name="Li",
    company="Acme",
    emails=["KATE@li.example", "kate@home.example"],
    tags=["vip", "Press"],
    notes="Vegetarian.",
)


@pytest.fixture(autouse=True)
def no_opened_lists():
    lists.clear()
    yield
    lists.clear()


@pytest.fixture
def pair(alice):
    with as_(alice):
        return [services.create(actor=alice, record=record).pk for record in (A, B)]


def versions(alice, *ids):
    return tuple(services.load_contact(alice, pk)[1] for pk in ids)


def merge(alice, kept, gone, **taken):
    return merging.merge(
        actor=alice,
        kept_id=kept,
        gone_id=gone,
        seen=versions(alice, kept, gone),
        taken=taken,
    )


def guest_of(alice, dinner, contact_id):
    record = GuestRecord(first_name="Kate", last_name="Li", email="kate@home.example")
    guest = editing.add(actor=alice, event=dinner, record=record)
    Guest.objects.filter(pk=guest.pk).update(contact=contact_id)
    return guest.pk


def test_two_become_one_with_all_that_points_to_them_and_two_again(alice, dinner, pair):
    kept, gone = pair
    with as_(alice):
        guest = guest_of(alice, dinner, gone)
        desk = services.create(actor=alice, record=ContactRecord(last_name="Desk")).pk
        ticks = {"actor": alice, "copies": True, "answers": False}
        relating.relate(contact_id=gone, assistant_id=desk, **ticks)
        relating.relate(contact_id=gone, assistant_id=kept, **ticks)
        services.set_delivery(
            actor=alice, contact_ids=[gone], state=Delivery.UNSUBSCRIBED, source=Source.PERSON
        )
        done = merge(alice, kept, gone, first_name="gone")
    with as_(alice):
        person = Contact.objects.get(pk=kept)
        record = person.sealed
        assert (record.title, record.first_name, record.company) == ("Dr.", "Kate", "Acme")
        assert record.emails == ["kate@li.example", "k@work.example", "kate@home.example"]
        assert record.tags == ["VIP", "Press"]
        assert record.notes == "Met in May.\n\nVegetarian."
        assert person.delivery == Delivery.UNSUBSCRIBED
        assert not Contact.objects.filter(pk=gone).exists()
        assert Guest.objects.get(pk=guest).contact_id == kept
        assert relating.assistants([kept]) == {kept: [(desk, True, False)]}
        assert ContactAddress.objects.filter(contact=kept).count() == 3
        raw = ContactMerge.objects.extra(select={"raw": "sealed"}).values_list("raw")
        assert b"Kate" not in bytes(raw[0][0])
        facts = Entry.objects.get(action=Action.CONTACT_MERGE).sealed.facts
        assert (facts["gone"], facts["moved"]) == (str(gone), 1)
    with as_(alice):
        assert merging.undo(actor=alice, merge_id=done.pk) == gone
    with as_(alice):
        assert Contact.objects.get(pk=kept).sealed == A
        back = Contact.objects.get(pk=gone)
        assert back.sealed == B
        assert back.delivery == Delivery.UNSUBSCRIBED
        assert Contact.objects.get(pk=kept).delivery == ""
        assert Guest.objects.get(pk=guest).contact_id == gone
        assert relating.assistants([kept, gone]) == {
            gone: [(desk, True, False), (kept, True, False)]
        }
        with pytest.raises(Http404):
            merging.undo(actor=alice, merge_id=done.pk)


def test_what_was_changed_after_a_merge_stays_when_it_is_undone(alice, dinner, pair):
    kept, gone = pair
    with as_(alice):
        moved, elsewhere = guest_of(alice, dinner, gone), guest_of(alice, dinner, gone)
        done = merge(alice, kept, gone)
    with as_(alice):
        person, seen = services.load_contact(alice, kept)
        record = msgspec.structs.replace(
            person.sealed, phone="123", emails=[*person.sealed.emails, "new@li.example"]
        )
        services.change(actor=alice, contact=person, record=record, seen=seen)
        services.set_delivery(
            actor=alice, contact_ids=[kept], state=Delivery.UNSUBSCRIBED, source=Source.PERSON
        )
        Guest.objects.filter(pk=elsewhere).update(contact=None)
        merging.undo(actor=alice, merge_id=done.pk)
    with as_(alice):
        record = Contact.objects.get(pk=kept).sealed
        assert (record.phone, record.company, record.notes) == ("123", "", A.notes)
        assert record.emails == [*A.emails, "new@li.example"]
        assert set(Contact.objects.values_list("delivery", flat=True)) == {Delivery.UNSUBSCRIBED}
        assert Guest.objects.get(pk=moved).contact_id == gone
        assert Guest.objects.get(pk=elsewhere).contact_id is None


def test_merges_are_undone_newest_first_through_a_chain(alice, pair):
    one, two = pair
    with as_(alice):
        three = services.create(actor=alice, record=ContactRecord(last_name="Three")).pk
        first = merge(alice, two, three)
        second = merge(alice, one, two)
        with pytest.raises(Refused, match="undo the later merge first"):
            merging.undo(actor=alice, merge_id=first.pk)
        merging.undo(actor=alice, merge_id=second.pk)
        merging.undo(actor=alice, merge_id=first.pk)
        records = {pk: Contact.objects.get(pk=pk).sealed for pk in (one, two)}
        assert records == {one: A, two: B}
        assert Contact.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_into_b_while_b_goes_into_a_merges_once(alice, pair):
    with as_(alice):
        seen = versions(alice, *pair)
    barrier = Barrier(2)

    def run(turned):
        kept, gone = reversed(pair) if turned else pair
        barrier.wait()
        try:
            with as_(alice):
                merging.merge(
                    actor=alice,
                    kept_id=kept,
                    gone_id=gone,
                    seen=tuple(reversed(seen)) if turned else seen,
                    taken={},
                )
        except (MergedMeanwhile, ChangedMeanwhile) as refusal:
            return type(refusal)
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, (False, True)))
    assert None in results
    assert results.count(None) == 1
    with as_(alice):
        assert Contact.objects.count() == ContactMerge.objects.count() == 1


def test_what_is_not_merged(alice, charlie, max_, pair):
    kept, gone = pair
    with as_(charlie):
        other = services.create(actor=charlie, record=A).pk
    with as_(alice):
        with pytest.raises(WrongContact):
            merging.merge(actor=alice, kept_id=kept, gone_id=kept, seen=("", ""), taken={})
        with pytest.raises(MergedMeanwhile):
            merging.merge(actor=alice, kept_id=kept, gone_id=other, seen=("", ""), taken={})
        with pytest.raises(ChangedMeanwhile):
            merging.merge(actor=alice, kept_id=kept, gone_id=gone, seen=("", ""), taken={})
        long = services.create(actor=alice, record=ContactRecord(last_name="L", notes="x" * 5000))
        with pytest.raises(WrongContact, match="At most 5000"):
            merge(alice, kept, long.pk)
        assert Contact.objects.count() == 3
        done = merge(alice, kept, gone)
    with as_(max_):
        for call in (
            lambda: merging.undo(actor=max_, merge_id=done.pk),
            lambda: merging.merge(actor=max_, kept_id=kept, gone_id=gone, seen=("", ""), taken={}),
            lambda: doubles.search(actor=max_),
            lambda: doubles.start(actor=max_),
            lambda: doubles.pairs(max_),
            lambda: doubles.dismiss(actor=max_, one=kept, other=gone),
        ):
            with pytest.raises(NotAllowed):
                call()


def test_a_person_who_is_erased_takes_their_merges_along(alice, pair):
    kept, gone = pair
    with as_(alice):
        merge(alice, kept, gone)
        _person, known = load(alice, kept)
        said = {row.table: dict(row.facts) for row in known}
        assert said["contacts_merge"]["First name"] == "Kate"
        person, seen = services.load_contact(alice, kept)
        other = ContactRecord(last_name="Other")
        services.change(actor=alice, contact=person, record=other, seen=seen)
        kate = Person("Kate Li", frozenset())
        assert "contacts_merge" in {row.table for row in KnowsContacts().known(alice, kate)}
        services.remove(actor=alice, contact=Contact.objects.get(pk=kept))
        assert not ContactMerge.objects.exists()


def test_a_person_is_erased_with_merges_and_filters(alice, pair):
    kept, gone = pair
    with as_(alice):
        merge(alice, kept, gone)
        filters.save(actor=alice, name="Katherine Li", query="q=kate")
        person, known = load(alice, kept)
        assert person.contact_id == kept
        deletion = people.erase(actor=alice, subject_id=kept, keys={each.key for each in known})
        assert deletion.subject_id == kept
        assert not Contact.objects.exists()
        assert not ContactMerge.objects.exists()
        assert filters.saved(alice) == []


RANKED = {
    "Anna Adams": ("a@x.example", ""),
    "ANNA ADAMS": ("A@x.example", ""),
    "Bob Berg": ("", "Öl AG"),
    "Berg Bob": ("", "OEL AG"),
    "Jörg Müller": ("", ""),
    "Joerg Mueller": ("", "X"),
    "Katherine Young": ("k@y.example", ""),
    "Katharine Young": ("k@y.example", ""),
    "Stephen Zimmermann": ("", ""),
    "Stephan Zimmermann": ("", ""),
    "Max Adler": ("k@y.example", ""),
    "": ("office@z.example", ""),
}


def test_pairs_that_may_be_one_person_are_ranked(alice):
    with as_(alice):
        for name, (email, company) in RANKED.items():
            first, _space, last = name.partition(" ")
            record = ContactRecord(
                first_name=first,
                last_name=last,
                company=company,
                emails=[email] if email else [],
            )
            services.create(actor=alice, record=record)
        found = doubles.search(actor=alice)
        pairs, _row = doubles.pairs(alice)
        assert [(pair.reason, pair.one.record.last_name) for pair in pairs] == [
            (Reason.BOTH, "Adams"),
            (Reason.COMPANY, "Berg"),
            (Reason.EMAIL, "Young"),
            (Reason.NAME, "Müller"),
            (Reason.SIMILAR, "Zimmermann"),
        ]
        assert found.found == len(pairs) == 5
        doubles.dismiss(actor=alice, one=pairs[1].one.id, other=pairs[1].other.id)
        assert len(doubles.pairs(alice)[0]) == 4
        assert doubles.search(actor=alice).found == 4
        assert Contact.objects.count() == len(RANKED)


def test_an_office_that_answers_for_three_hundred_is_no_crowd_of_doubles(alice):
    people = {
        number: ContactRecord(
            first_name=f"{chr(97 + number % 26)}{number}", last_name=f"{number * 7919}"
        )
        for number in range(300)
    }
    for record in people.values():
        record.emails = ["office@ministry.example"]
    with as_(alice):
        for record in people.values():
            services.create(actor=alice, record=record)
        twin = msgspec.structs.replace(people[7], title="Dr.")
        services.create(actor=alice, record=twin)
        found = doubles.find(open_contacts(alice).by_name)
        assert found.pairs[0].reason == Reason.BOTH
        assert sum(pair.reason == Reason.BOTH for pair in found.pairs) == 1


def test_the_pages(client_of, alice, pair):
    browser = client_of(alice)
    home = f"/o/{alice.organization_id}/contacts/"
    assert "Nothing searched yet" in browser.get(f"{home}doubles/").content.decode()
    browser.post(f"{home}doubles/")
    browser.post(f"{home}doubles/")
    with as_(alice):
        work = Progress.objects.get(kind="contacts.doubles")
    asked = Work("contacts.doubles", alice.organization_id, alice.account_id)
    search_doubles(asked, progress_id=str(work.pk))
    page = browser.get(f"{home}doubles/").content.decode()
    assert "names that are alike" in page
    with as_(alice):
        work.refresh_from_db()
        assert (work.state, work.message) == ("done", "1 pair may be one person.")
    kept, gone = pair
    where = f"{home}{kept}/merge/{gone}/"
    ticked = {"do": "merge", "contact": [str(kept), str(gone)]}
    assert browser.post(f"{home}bulk/", ticked)["Location"] == where
    page = browser.get(where)
    said = {name: page.context[name] for name in ("seen_kept", "seen_gone")}
    assert "kate@home.example" in page.content.decode()
    done = browser.post(where, said | {"take-title": "gone"}, follow=True).content.decode()
    assert "The contacts are one now" in done
    assert browser.post(where, said).status_code == 404
    with as_(alice):
        row = ContactMerge.objects.get()
    page = browser.post(f"{home}merges/{row.pk}/undo/", follow=True).content.decode()
    assert "two contacts again" in page
    dismissed = {"one": str(kept), "other": str(gone)}
    page = browser.post(f"{home}doubles/dismiss/", dismissed, follow=True).content.decode()
    assert "No doubles found" in page
    assert not ContactRelation.objects.exists()


def test_contacts_are_put_on_a_list_once_and_guests_become_contacts(client_of, alice, dinner, pair):
    browser = client_of(alice)
    home = f"/o/{alice.organization_id}/contacts/"
    with as_(alice):
        namesake = editing.add(
            actor=alice,
            event=dinner,
            record=GuestRecord(first_name="Kate", last_name="Li", email="kate@home.example"),
        )
        stranger = editing.add(
            actor=alice,
            event=dinner,
            record=GuestRecord(first_name="Ed", last_name="Ek", email="ed@ek.example"),
        )
    assert str(dinner.pk) in browser.get(home).content.decode()
    said = {"event": str(dinner.pk), "contact": [str(pk) for pk in pair]}
    page = browser.post(f"{home}invite/", said, follow=True).content.decode()
    assert "1 contact is on the list of Congress Dinner now" in page
    assert "1 was on it already." in page
    browser.post(f"{home}invite/", said | {"all": "1", "query": ""})
    with as_(alice):
        guests = {guest.contact_id: guest for guest in Guest.objects.all()}
        assert len(guests) == Guest.objects.count() == 3
        assert guests[pair[0]].reply == "outstanding"
        assert guests[pair[0]].sealed.notes == ""
        assert guests[pair[1]].pk == namesake.pk
    where = f"/o/{alice.organization_id}/events/{dinner.pk}/guests/bulk/"
    ids = [str(guest.pk) for guest in guests.values()]
    page = browser.post(where, {"guest": ids, "do": "contacts"}, follow=True).content.decode()
    assert "1 guest is a contact now." in page
    with as_(alice):
        assert Guest.objects.get(pk=stranger.pk).contact_id is not None
        assert Contact.objects.count() == 3


def test_who_may_not_change_guests_puts_nobody_on_a_list(alice, vera, max_, dinner, pair):
    with as_(vera), pytest.raises(NotAllowed):
        contacts.invite(actor=vera, event=dinner, contact_ids=pair)
    with as_(max_), pytest.raises(NotAllowed):  # changes guests, but sees no contacts
        contacts.invite(actor=max_, event=dinner, contact_ids=pair)
    with as_(max_), pytest.raises(NotAllowed):
        contacts.keep_many(actor=max_, event=dinner, ids=[])
