"""All about one contact on a page: mail and consent, assistants, events, history."""

from datetime import timedelta

import pytest

from seatrobot.conftest import as_
from seatrobot.contacts import bulk, delivery, relating, services
from seatrobot.contacts.delivery import StaysUnsubscribed
from seatrobot.contacts.feature import Action
from seatrobot.contacts.models import (
    Consent,
    Contact,
    ContactRecord,
    ContactRelation,
    Delivery,
    Source,
)
from seatrobot.contacts.services import WrongContact, set_delivery
from seatrobot.deletion.people import load
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import contacts, editing
from seatrobot.kernel import lists
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import NotAllowed, Operator


@pytest.fixture(autouse=True)
def no_opened_lists():
    lists.clear()
    yield
    lists.clear()


@pytest.fixture
def people(alice):
    records = (
        ContactRecord(first_name="Bo", last_name="Li", emails=["bo@li.example"]),
        ContactRecord(first_name="Di", last_name="Desk", emails=["desk@li.example"]),
        ContactRecord(first_name="Di", last_name="Dott"),
    )
    with as_(alice):
        return [services.create(actor=alice, record=record) for record in records]


@pytest.fixture
def browse(client_of, alice, people):
    browser = client_of(alice)
    home = f"/o/{alice.organization_id}/contacts/{people[0].pk}/"

    def go(page="", said=None):
        answer = browser.get(home) if said is None else browser.post(home + page, said, follow=True)
        return answer.content.decode()

    return go


BLOCKED, BOUNCED = Delivery.BLOCKED, Delivery.BOUNCED
UNSUBSCRIBED, COMPLAINED = Delivery.UNSUBSCRIBED, Delivery.COMPLAINED


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ([(BOUNCED, Source.MAIL), (UNSUBSCRIBED, Source.PERSON)], UNSUBSCRIBED),
        ([(UNSUBSCRIBED, Source.PERSON), (BOUNCED, Source.MAIL)], UNSUBSCRIBED),
        ([(COMPLAINED, Source.MAIL), (UNSUBSCRIBED, Source.PERSON)], COMPLAINED),
        ([(UNSUBSCRIBED, Source.PERSON), (BLOCKED, Source.STAFF)], UNSUBSCRIBED),
        ([(BOUNCED, Source.MAIL), (Delivery.ACTIVE, Source.STAFF)], Delivery.ACTIVE),
        ([(UNSUBSCRIBED, Source.PERSON), (Delivery.ACTIVE, Source.PERSON)], Delivery.ACTIVE),
    ],
)
def test_what_keeps_mail_away_and_what_outweighs_it(said, kept, alice, people):
    with as_(alice):
        service = Operator.service(alice.organization_id, "web")
        for state, source in said:
            set_delivery(actor=service, contact_ids=[people[0].pk], state=state, source=source)
        person = Contact.objects.get(pk=people[0].pk)
        assert person.delivery == kept
        mailed = delivery.may_be_mailed([each.pk for each in people])
        assert (people[0].pk in mailed) == (kept == Delivery.ACTIVE)
        assert len(mailed) == 2 + (kept == Delivery.ACTIVE)


def test_who_asked_for_no_mail_gets_none_from_the_team_or_an_import(alice, people):
    ids = [people[0].pk]
    with as_(alice):
        set_delivery(actor=alice, contact_ids=ids, state=UNSUBSCRIBED, source=Source.PERSON)
        person = Contact.objects.get(pk=ids[0])
        assert (person.consent, person.consent_source) == (Consent.WITHDRAWN, Source.PERSON)
        for source in (Source.STAFF, Source.IMPORT, Source.MAIL):
            with pytest.raises(StaysUnsubscribed):
                set_delivery(actor=alice, contact_ids=ids, state=Delivery.ACTIVE, source=source)
        early = now() - timedelta(days=1)
        person_says = {"state": Delivery.ACTIVE, "source": Source.PERSON, "at": early}
        assert set_delivery(actor=alice, contact_ids=ids, **person_says) == 0
        again = {"state": Delivery.ACTIVE, "source": Source.STAFF, "asked_again": True}
        assert set_delivery(actor=alice, contact_ids=ids, **again) == 1
        person.refresh_from_db()
        assert (person.delivery, person.consent) == ("", Consent.GIVEN)
    with as_(alice):
        assert Entry.objects.filter(action=Action.CONTACT_DELIVERY, subject_id=ids[0]).count() == 2


def test_a_bounce_of_an_address_is_noted_at_everybody_who_has_it(alice, people):
    with as_(alice):
        services.create(actor=alice, record=ContactRecord(last_name="X", emails=["BO@LI.example"]))
        count = services.set_delivery_of_address(
            actor=alice, email="bo@li.example", state=BOUNCED, source=Source.MAIL
        )
        assert count == Contact.objects.filter(delivery=BOUNCED).count() == 2
        assert not delivery.at_address(alice.organization_id, "nobody@li.example")


def test_consent_that_is_withdrawn_stops_mail(alice, people):
    with as_(alice):
        common = {"actor": alice, "contact_id": people[0].pk, "source": Source.PERSON}
        services.set_consent(consent=Consent.GIVEN, **common)
        assert Contact.objects.get(pk=people[0].pk).delivery == ""
        services.set_consent(consent=Consent.WITHDRAWN, **common)
        assert Contact.objects.get(pk=people[0].pk).delivery == UNSUBSCRIBED


def test_mail_is_stopped_and_allowed_on_the_page(alice, people, browse):
    assert "Nothing is sent to them now." in browse("mail/", {})
    assert "Not to be mailed" in browse()
    assert "The contact may be mailed." in browse("mail/", {"mail": "1"})
    with as_(alice):
        said = {"state": COMPLAINED, "source": Source.MAIL}
        set_delivery(actor=alice, contact_ids=[people[0].pk], **said)
    assert "This person asked for no mail." in browse("mail/", {"mail": "1"})
    assert "The contact may be mailed." in browse("mail/", {"mail": "1", "asked_again": "on"})


def test_assistants_are_found_by_words_changed_and_taken_away(alice, people, browse):
    bo, desk, _dott = people
    add = "assistants/"
    assert "2 contacts are found by these words" in browse(add, {"who": "di", "copies": "on"})
    assert "No other contact is found" in browse(add, {"who": "bo li", "copies": "on"})
    assert "Tick at least one." in browse(add, {"who": "desk"})
    assert "The assistants are saved." in browse(add, {"who": "desk@li.example", "copies": "on"})
    with as_(alice):
        assert relating.assistants([bo.pk]) == {bo.pk: [(desk.pk, True, False)]}
    browse(add, {"assistant": str(desk.pk), "copies": "on", "answers": "on"})
    with as_(alice):
        assert relating.assistants([bo.pk]) == {bo.pk: [(desk.pk, True, True)]}
        (assisted,) = relating.assisted_by(alice, desk.pk)
        assert assisted.contact.id == bo.pk
    browse(add, {"assistant": str(desk.pk)})
    with as_(alice):
        assert not ContactRelation.objects.exists()


def test_what_is_no_assistant(alice, charlie, people):
    bo, desk, _dott = people
    with as_(charlie):
        other = services.create(actor=charlie, record=ContactRecord(last_name="Other"))
    ticks = {"copies": True, "answers": False}
    with as_(alice):
        with pytest.raises(WrongContact, match="their own assistant"):
            relating.relate(actor=alice, contact_id=bo.pk, assistant_id=bo.pk, **ticks)
        from django.http import Http404

        with pytest.raises(Http404):
            relating.relate(actor=alice, contact_id=bo.pk, assistant_id=other.pk, **ticks)
        relating.relate(actor=alice, contact_id=bo.pk, assistant_id=desk.pk, **ticks)
        services.remove(actor=alice, contact=desk)
        assert not ContactRelation.objects.exists()


def test_the_page_shows_events_and_history(alice, dinner, people, browse):
    with as_(alice):
        record = GuestRecord(first_name="Bo", last_name="Li", email="bo@li.example")
        guest = editing.add(actor=alice, event=dinner, record=record)
        contacts.keep(actor=alice, guest=guest)
        bulk.add_tag(actor=alice, ids=[each.pk for each in people], tag="Together")
    page = browse()
    assert f"/guests/{guest.pk}/" in page
    assert "Confirmed" in page
    assert "changed the tags of contacts" in page
    assert "Together" in page


def test_what_is_known_about_a_person_names_mail_assistants_and_filters(alice, people):
    from seatrobot.contacts import filters

    bo, desk, _dott = people
    with as_(alice):
        ticks = {"copies": True, "answers": True}
        relating.relate(actor=alice, contact_id=bo.pk, assistant_id=desk.pk, **ticks)
        set_delivery(actor=alice, contact_ids=[bo.pk], state=UNSUBSCRIBED, source=Source.PERSON)
        filters.save(actor=alice, name="Find him", query="q=Bo+Li")
        _person, known = load(alice, bo.pk)
    said = {row.table: dict(row.facts) for row in known}
    assert said["contacts_contact"]["Assistant"] == "Di Desk"
    assert said["contacts_contact"]["Mail"].startswith("Unsubscribed, ")
    assert said["contacts_filter"]["Name"] == "Find him"


def test_those_who_may_not(alice, vera, people):
    with as_(vera):
        with pytest.raises(NotAllowed):
            set_delivery(actor=vera, contact_ids=[], state=BLOCKED, source=Source.STAFF)
        with pytest.raises(NotAllowed):
            relating.relate(
                actor=vera, contact_id=people[0].pk, assistant_id=people[1].pk, copies=True,
                answers=True,
            )  # fmt: skip
