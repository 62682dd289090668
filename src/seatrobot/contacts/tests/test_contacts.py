"""Contacts: made, changed, found, linked to guests by address and name; who may."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from seatrobot.conftest import as_
from seatrobot.contacts import services
from seatrobot.contacts.contact_list import open_contacts
from seatrobot.contacts.feature import Action
from seatrobot.contacts.models import Contact, ContactAddress, ContactRecord
from seatrobot.contacts.services import Person, WrongContact
from seatrobot.events.models import Activity, ActivityRecord, Event
from seatrobot.guests.models import Guest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import contacts, editing
from seatrobot.guests.statuses import Status
from seatrobot.kernel import lists
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import NotAllowed
from seatrobot.kernel.refusal import Refused

BO = ContactRecord(first_name="Bo", last_name="Li", emails=["bo@li.example", "bo@work.example"])


@pytest.fixture(autouse=True)
def no_opened_lists():
    lists.clear()
    yield
    lists.clear()


@pytest.fixture
def bo(alice):
    with as_(alice):
        return services.create(actor=alice, record=BO)


@pytest.fixture
def address(alice):
    return lambda page="": f"/o/{alice.organization_id}/contacts/{page}"


def found(alice, text):
    with as_(alice):
        return [contact.name for contact in open_contacts(alice).find(text)]


def test_a_contact_is_made_once_changed_and_found(alice, bo):
    with as_(alice):
        key = new_id()
        ana = ContactRecord(first_name="Ana", last_name="Łukasz", company="Straße")
        for _ in range(2):
            services.create(actor=alice, record=ana, contact_id=key)
        assert Contact.objects.count() == 2
    assert found(alice, "") == ["Bo Li", "Ana Łukasz"]
    assert found(alice, "lukasz strasse") == ["Ana Łukasz"]
    assert found(alice, "work.example bo") == ["Bo Li"]
    with as_(alice):
        person, seen = services.load_contact(alice, bo.pk)
        record = ContactRecord(first_name="Bo", last_name="Lee", emails=["bo@lee.example"])
        services.change(actor=alice, contact=person, record=record, seen=seen)
        assert ContactAddress.objects.filter(contact=bo).count() == 1
    assert found(alice, "lee") == ["Bo Lee"]


@pytest.mark.django_db(transaction=True)
def test_two_who_change_one_contact_hear_of_each_other(alice, bo):
    with as_(alice):
        person, seen = services.load_contact(alice, bo.pk)
    change = {"actor": alice, "contact": person, "seen": seen}
    with as_(alice):
        services.change(record=ContactRecord(last_name="One"), **change)
    with as_(alice), pytest.raises(Refused, match="Somebody else changed this contact"):
        services.change(record=ContactRecord(last_name="Two"), **change)


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (ContactRecord(), "Give a name or an e-mail address."),
        (ContactRecord(last_name="A", emails=["nonsense"]), "“nonsense” is not an e-mail address."),
        (ContactRecord(last_name="A" * 201), "At most 200 characters are allowed."),
        (
            ContactRecord(last_name="A", emails=[f"a{n}@b.example" for n in range(21)]),
            "At most 20 addresses are kept.",
        ),
    ],
)
def test_what_cannot_be_a_contact(record, sentence, alice):
    with as_(alice), pytest.raises(WrongContact, match=sentence):
        services.create(actor=alice, record=record)


def test_an_address_alone_is_not_an_identity(alice, bo):
    """A couple shares an address; the contact is the one of the same name."""
    people = {
        new_id(): Person("BO", "Li", "bo@work.example"),
        new_id(): Person("Cy", "Li", "bo@work.example"),
        new_id(): Person("Bo", "Li", ""),
    }
    with as_(alice):
        links = services.find_people(alice.organization_id, people)
    assert list(links) == [next(iter(people))]
    assert set(links.values()) == {bo.pk}


def test_a_guest_becomes_a_contact_and_is_found_at_other_events(
    client_of, alice, bo, dinner, address
):
    with as_(alice):
        second = Event.objects.create(
            organization_id=alice.organization_id,
            sealed=dinner.sealed,
            starts_at=dinner.starts_at,
            ends_at=dinner.ends_at,
            created_at=dinner.created_at,
        )
        Activity.objects.create(
            organization_id=alice.organization_id, event=second, sealed=ActivityRecord()
        )
        record = GuestRecord(first_name="Bo", last_name="Li", email="BO@li.example")
        guests = [
            editing.add(actor=alice, event=event, record=record) for event in (dinner, second)
        ]
    browser = client_of(alice)
    for guest in guests:
        where = f"/o/{alice.organization_id}/events/{guest.event_id}/guests/{guest.pk}/contact/"
        page = browser.post(where, {"do": "keep"}, follow=True)
        assert "Bo Li is a contact." in page.content.decode()
    with as_(alice):
        assert Contact.objects.count() == 1
        assert set(Guest.objects.values_list("contact", flat=True)) == {bo.pk}
    page = browser.get(f"/o/{alice.organization_id}/events/{dinner.pk}/guests/{guests[0].pk}/")
    assert str(second.pk) in page.content.decode()
    page = browser.get(address(f"{bo.pk}/"))
    assert page.content.decode().count("/guests/") == 2
    with as_(alice):
        contacts.unlink(actor=alice, guest=guests[0])
        assert Guest.objects.filter(contact=None).count() == 1


def test_the_same_people_are_kept_once(alice):
    with as_(alice):
        record = ContactRecord(first_name="Bo", last_name="Li", emails=["bo@li.example"])
        twin = ContactRecord(first_name="BO", last_name="LI", emails=["Bo@Li.example"])
        made = services.keep_people(actor=alice, people={new_id(): record, new_id(): twin})
        assert len(set(made.values())) == Contact.objects.count() == 1


def test_pages(client_of, alice, bo, address):
    browser = client_of(alice)
    page = browser.get(address("?q=li"))
    assert "Bo Li" in page.content.decode()
    page = browser.get(address("?q=nobody"), headers={"HX-Request": "true"})
    assert page.content.decode().lstrip().startswith('<div id="contacts">')
    page = browser.post(address("new/"), {"last_name": "", "emails": "nonsense"})
    assert page.status_code == 422
    assert "is not an e-mail address" in page.content.decode()
    page = browser.post(address("new/"), {"last_name": "Young", "emails": "y@y.example"})
    assert page.status_code == 302
    form = browser.get(address(f"{bo.pk}/")).context["form"]
    said = {field.html_name: field.value() or "" for field in form} | {"phone": "123"}
    page = browser.post(address(f"{bo.pk}/"), said, follow=True)
    assert "The contact is saved." in page.content.decode()
    with as_(alice):
        record = Contact.objects.get(pk=bo.pk).sealed
        assert (record.phone, record.emails) == ("123", BO.emails)
        assert Entry.objects.filter(action=Action.CONTACT_CHANGE, subject_id=bo.pk).exists()


def test_what_was_not_posted_stays(client_of, alice, bo, address):
    with as_(alice):
        _contact, seen = services.load_contact(alice, bo.pk)
    client_of(alice).post(address(f"{bo.pk}/"), {"phone": "9", "seen": seen})
    with as_(alice):
        record = Contact.objects.get(pk=bo.pk).sealed
        assert (record.last_name, record.phone, record.emails) == ("Li", "9", BO.emails)


@pytest.mark.parametrize("name", ["max_", "vera", "doris", "charlie"])
def test_those_who_may_not(name, request, alice, bo, client_of, address):
    member = request.getfixturevalue(name)
    wanted = 404 if name == "charlie" else 403
    for page in ("", "new/", f"{bo.pk}/"):
        assert client_of(member).get(address(page)).status_code == wanted
        assert client_of(member).post(address(page), {"last_name": "X"}).status_code in {
            405,
            wanted,
        }
    with as_(alice):
        for call in (
            lambda: open_contacts(member),
            lambda: services.load_contact(member, bo.pk),
            lambda: services.create(actor=member, record=BO),
            lambda: services.keep_people(actor=member, people={}),
            lambda: services.change(actor=member, contact=bo, record=BO, seen=""),
        ):
            if name == "charlie":
                continue
            with pytest.raises(NotAllowed):
                call()


def test_charlie_sees_contacts_of_his_own_organization_alone(charlie, bo):
    with as_(charlie):
        assert len(open_contacts(charlie)) == 0
        people = {new_id(): Person("Bo", "Li", "bo@li.example")}
        assert services.find_people(charlie.organization_id, people) == {}


def test_an_import_links_and_keeps(alice, bo, dinner):
    from seatrobot.documents.reading import read_sheet
    from seatrobot.guests.guest_list import open_list
    from seatrobot.guests.services import imports

    data = (
        b"first name,last name,email\nBo,Li,bo@li.example\nCy,Li,bo@li.example\n"
        b"Di,Dott,di@dott.example\nEd,Ek,\n"
    )
    sheet = read_sheet(data, "guests.csv")
    with as_(alice):
        empty = open_list(alice, dinner.pk)
        incoming = imports.comparison(empty, sheet, imports.guessed(sheet), Status.CONFIRMED)
        imports.finish(
            actor=alice, event=dinner, incoming=incoming, skip_problems=False, keep_contacts=True
        )
        linked = {g.record.first_name: g.contact_id for g in open_list(alice, dinner.pk).by_name}
        assert linked["Bo"] == bo.pk
        assert linked["Ed"] is None
        assert len({linked["Bo"], linked["Cy"], linked["Di"]}) == Contact.objects.count() == 3


def test_a_manager_of_one_event_does_not_learn_who_is_a_contact(client_of, alice, max_, bo, dinner):
    people = {"known": ("Bo", "bo@li.example"), "unknown": ("Cy", "cy@li.example")}
    for first_name, email in people.values():
        record = GuestRecord(first_name=first_name, last_name="Li", email=email)
        with as_(alice):
            guest = editing.add(actor=alice, event=dinner, record=record)
        where = f"/o/{alice.organization_id}/events/{dinner.pk}/guests/{guest.pk}/contact/"
        assert client_of(max_).post(where, {"do": "keep"}).status_code == 403
    with as_(alice):
        assert not Guest.objects.exclude(contact=None).exists()


def test_a_form_with_the_identifier_of_others_is_refused(client_of, charlie, bo):
    where = f"/o/{charlie.organization_id}/contacts/new/"
    page = client_of(charlie).post(where, {"last_name": "X", "contact_id": str(bo.pk)})
    assert page.status_code == 422
    assert "This form cannot be used again" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_several_times_at_one_moment_makes_one_contact(client_of, alice, address):
    browsers = [client_of(alice) for _ in range(6)]
    said = {"last_name": "Young", "emails": "y@y.example", "contact_id": str(new_id())}
    barrier = Barrier(len(browsers))

    def send(browser):
        barrier.wait()
        try:
            return browser.post(address("new/"), said).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(browsers)) as pool:
        assert set(pool.map(send, browsers)) == {302}
    with as_(alice):
        assert Contact.objects.count() == ContactAddress.objects.count() == 1
        assert Entry.objects.filter(action=Action.CONTACT_CREATE).count() == 1
