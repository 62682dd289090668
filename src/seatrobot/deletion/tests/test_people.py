"""A person's request: everything about them on one page, as a file, erased with a receipt."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest

from seatrobot.conftest import as_, colleague
from seatrobot.contacts import services as contacts
from seatrobot.contacts.models import Contact, ContactRecord
from seatrobot.deletion import mails, people, requests, steps
from seatrobot.deletion.models import Deletion, Kind, State, SubjectRequest
from seatrobot.deletion.tests.test_receipts import receipt_of, verify_all
from seatrobot.events.models import Event
from seatrobot.guests import reading, writing
from seatrobot.guests.models import Arrival, Guest, Party
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import bulk, editing, parties
from seatrobot.guests.services import contacts as linking
from seatrobot.guests.statuses import Facts
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations import mail
from seatrobot.organizations.models import SentMail
from seatrobot.organizations.permissions import Role

ADDRESS = "zora@seatrobot.test"


@pytest.fixture
def zora(filled):
    """Zora: a contact, a guest of an event to come and of a past one, who got mail; and her son."""
    alice, _bob, _charlie = filled
    with as_(alice):
        gala = Event.objects.get()
        contact = contacts.create(
            actor=alice, record=ContactRecord(last_name="Zimmer", emails=[ADDRESS])
        )
        past = Event.objects.get(pk=gala.pk)
        past.pk = new_id()
        past.sealed = gala.sealed
        past.starts_at, past.ends_at = now() - timedelta(days=9), now() - timedelta(days=8)
        past.save(force_insert=True)
        past.activities.create(
            organization_id=alice.organization_id, sealed=gala.activity.sealed, capacity=0
        )
        guests = []
        for event in (gala, past):
            record = GuestRecord(last_name="Zimmer", email=ADDRESS, notes="prefers the window")
            guest = editing.add(actor=alice, event=event, record=record)
            guests.append(guest.pk)
            linking.keep(actor=alice, guest=guest)
        son = GuestRecord(first_name="Zeno", last_name="Zimmer", email=ADDRESS)
        guests.append(editing.add(actor=alice, event=gala, record=son).pk)
        bulk.check_in(actor=alice, event=past, ids=[guests[1]])
        mail.send(alice.organization_id, ADDRESS, "Your seat", "is by the window\n")
    return alice, contact.pk, guests, (gala, past)


def test_everything_is_on_one_page_and_in_one_file(zora, client_of):
    alice, contact, _guests, _events = zora
    browser = client_of(alice)
    page = f"/o/{alice.organization_id}/people/{contact}/"
    text = browser.get(page).content.decode()
    assert text.count("prefers the window") == 2
    assert "Your seat" in text
    assert text.count("Somebody else has the same address") == 2  # Zeno's row, and the mail
    keys = set(re.findall(r'name="what" value="([^"]+)"[^>]* checked', text))
    file = json.loads(browser.post(f"{page}about-you.json", {"what": [*keys]}).content)
    assert len(file["known"]) == len(keys) == 3
    assert "Zeno" not in json.dumps(file)
    assert "Your seat" not in json.dumps(file)
    mail_key = re.findall(r'value="(organizations_sent_mail:[^"]+)"', text)
    file = json.loads(browser.post(f"{page}about-you.json", {"what": [*keys, *mail_key]}).content)
    assert "Your seat" in json.dumps(file)
    assert browser.post(f"{page}about-you.json").status_code == 409
    assert {known["what"] for known in file["known"]} >= {"Contact", "Guest of “Gala”"}
    assert "prefers the window" in json.dumps(file)
    bob = colleague("Berta", Role.TEAM, alice)
    assert client_of(bob).get(page).status_code == 403
    assert browser.get(page.replace(str(contact), str(new_id()))).status_code == 404


def test_mails_of_long_ago_are_found_too(zora, monkeypatch):
    alice, contact, _guests, _events = zora
    monkeypatch.setattr(mails, "PAGE", 2)
    with as_(alice):
        for number in range(4):
            mail.send(alice.organization_id, f"else{number}@seatrobot.test", "Else", "nothing\n")
        _person, found = people.load(alice, contact)
    sent = [dict(each.facts) for each in found if each.table == "organizations_sent_mail"]
    assert [facts["Subject"] for facts in sent] == ["Your seat"]


def test_erased_everywhere_and_counts_stay(zora, client_of):
    alice, contact, (to_come, been, son), (gala, past) = zora
    browser = client_of(alice)
    with as_(alice):
        before = bulk.Guest.objects.filter(event=past).count()
        arrived = Arrival.objects.filter(event=past).values_list("at", flat=True)[0]
        _person, found = people.load(alice, contact)
    keys = [known.key for known in found if known.is_certain or "Your seat" in str(known.facts)]
    page = f"/o/{alice.organization_id}/people/{contact}/"
    assert browser.post(f"{page}erase/", {"what": keys}).status_code == 302
    with as_(alice):
        assert not Contact.objects.filter(pk=contact).exists()
        assert set(Guest.objects.filter(event=gala, pk__in=[to_come, son])) == {
            Guest.objects.get(pk=son)
        }
        nobody = Guest.objects.get(event=past)
        assert Guest.objects.filter(event=past).count() == before
        assert nobody.pk != been
        assert not nobody.sealed.is_named
        assert nobody.email_index is None
        assert nobody.checked_in_at == arrived
        assert Arrival.objects.get(event=past).at == arrived
        assert not any(row.sealed.to == ADDRESS for row in SentMail.objects.all())
    steps.advance_all()
    assert verify_all().remains == []
    steps.advance_all()
    with acting(steps.ACTOR):
        row = Deletion.objects.get(kind=Kind.PERSON)
    assert row.state == State.FINAL
    assert '"kind":"person"' in receipt_of(row)
    assert browser.get(page).status_code == 404


def test_of_past_events_whoever_was_brought_counts_too(zora):
    """A plus-one without a name stood in the name of the host, and has arrived."""
    alice, contact, (_to_come, been, _son), (_gala, past) = zora
    with as_(alice):
        brought = editing.add_plus_one(
            actor=alice,
            host=Guest.objects.get(pk=been),
            record=GuestRecord(),
            facts=Facts(held=True),
        )
        bulk.check_in(actor=alice, event=past, ids=[brought.pk])
        people.erase(actor=alice, subject_id=contact, keys=[f"guests_guest:{been}"])
        nobodies = Guest.objects.filter(event=past)
        assert len(nobodies) == 2
        assert not {been, brought.pk} & {each.pk for each in nobodies}
        assert all(each.checked_in_at and not each.sealed.is_named for each in nobodies)
        assert Arrival.objects.filter(event=past).count() == 2


@pytest.mark.parametrize(
    ("label", "left"),
    [("Family Zimmer", "Family Zimmer"), ("Zoras Tisch", ""), ("Zeno and Zora", "")],
)
def test_a_party_of_others_stays_without_the_name(zora, label, left):
    """Its note is about all of them, so it is not handed out; the label goes if it names her."""
    alice, contact, (to_come, _been, son), (gala, _past) = zora

    def name(record):
        record.first_name = "Zora"
        return True

    with as_(alice):
        writing.change_records(gala, [to_come], name)
        guest = Guest.objects.get(pk=to_come)
        parties.join(actor=alice, guest=Guest.objects.get(pk=son), other=guest)
        party, seen = reading.load_party(alice, gala.pk, guest.party_id)
        facts = parties.PartyFacts(label, "Zeno is allergic to nuts")
        parties.change(actor=alice, party=party, facts=facts, seen=seen)
        person, found = people.load(alice, contact)
        assert "allergic" not in json.dumps(people.archive(person, found))
        people.erase(actor=alice, subject_id=contact, keys=[f"guests_guest:{to_come}"])
        kept = Party.objects.get(pk=party.pk).record
        assert (kept.label, kept.note) == (left, facts.note)


def test_who_was_not_chosen_stays_with_their_requests(zora):
    """One row of a person is erased from the page of a contact who stays."""
    alice, contact, guests, _events = zora
    with as_(alice):
        requests.note(
            actor=alice,
            subject_id=contact,
            kind=SubjectRequest.Kind.ERASURE,
            received_on=now().date(),
            request_id=new_id(),
        )
        people.erase(actor=alice, subject_id=contact, keys=[f"guests_guest:{guests[0]}"])
        assert Contact.objects.filter(pk=contact).exists()
        assert [each.row.subject_id for each in requests.waiting(alice)] == [contact]
    steps.advance_all()
    assert verify_all().remains == []
    steps.advance_all()
    with acting(steps.ACTOR):
        row = Deletion.objects.get(kind=Kind.PERSON)
    assert (row.subject_id, row.state) == (guests[0], State.FINAL)


def test_nothing_chosen_is_nothing_erased(zora):
    alice, contact, _guests, _events = zora
    for keys in ([], [f"contacts_contact:{new_id()}"]):
        with as_(alice), pytest.raises(Refused, match="at least one"):
            people.erase(actor=alice, subject_id=contact, keys=keys)
    with as_(alice):
        assert not Deletion.objects.exists()


@pytest.mark.parametrize(
    ("arrived", "due"),
    [
        (date(2027, 1, 31), date(2027, 2, 28)),
        (date(2027, 12, 15), date(2028, 1, 15)),
        (date(2028, 1, 30), date(2028, 2, 29)),
        (date(2027, 3, 1), date(2027, 4, 1)),
    ],
)
def test_a_request_is_due_in_a_month(arrived, due):
    assert requests.due(arrived) == due


def test_the_clock_of_a_request(zora, client_of):
    alice, contact, _guests, _events = zora
    browser = client_of(alice)
    page = f"/o/{alice.organization_id}/people/{contact}/"
    said = {"kind": "erasure", "received_on": now().date() - timedelta(days=40)}
    for _time in range(2):
        answer = browser.post(page, said | {"request_id": "01990000-0000-7000-8000-000000000000"})
        assert answer.status_code == 422  # an identifier of long ago
    identifier = str(new_id())
    for _time in range(2):
        assert browser.post(page, said | {"request_id": identifier}).status_code == 302
    with as_(alice):
        [waiting] = requests.waiting(alice)
        assert waiting.is_late
        _person, found = people.load(alice, contact)
    shown = browser.get(f"/o/{alice.organization_id}/deletions/").content.decode()
    assert "Overdue" in shown
    wrong = said | {"request_id": str(new_id()), "received_on": "2999-01-01"}
    assert browser.post(page, wrong).status_code == 422
    with as_(alice):
        keys = {known.key for known in found}
        people.erase(actor=alice, subject_id=contact, keys=keys)
        assert requests.waiting(alice) == []
        assert SubjectRequest.objects.get().subject_id is None
