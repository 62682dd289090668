"""Who has seen and changed a guest: on their page, for whoever may see the log."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.urls import reverse

from seatrobot.conftest import as_
from seatrobot.contacts import services as contacts
from seatrobot.contacts.models import ContactRecord
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.searching import Listing, Search
from seatrobot.guests.services import editing, exporting
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import first_id, new_id
from seatrobot.kernel.repeats import FormUsed


def history(browser, address, guest):
    page = browser.get(address(f"{guest.pk}/history/"))
    assert page.status_code == 200
    return [line.action for line in page.context["lines"]]


def test_a_guest_has_a_history(client_of, alice, bob, dinner, add, address):
    alma, bella = add("Alma Adams"), add("Bella Abzug")
    theirs = client_of(bob)
    theirs.get(address("?q=alma"))
    theirs.get(address(f"{alma.pk}/"))
    theirs.post(address(f"{alma.pk}/arrival/"), {"do": "check-in"})
    browser = client_of(alice)
    assert history(browser, address, alma) == [
        "guest:guest:arrive",
        "guest:guest:view",
        "guest:list:view",
        "guest:guest:create",
    ]
    assert history(browser, address, bella) == ["guest:guest:create"]
    with as_(alice):
        exporting.export(actor=alice, event=dinner, listing=Listing(Search()), kind="csv")
    assert history(browser, address, bella)[:1] == ["guest:list:export"]
    page = browser.get(address(f"{bella.pk}/history/")).content.decode()
    assert "Alice exported the guest list" in page


def test_the_history_is_for_those_who_see_the_log(client_of, alice, bob, vera, add, address):
    alma = add("Alma Adams")
    for member in (bob, vera):
        assert client_of(member).get(address(f"{alma.pk}/history/")).status_code == 403
        assert "history/" not in client_of(member).get(address(f"{alma.pk}/")).content.decode()
    assert "history/" in client_of(alice).get(address(f"{alma.pk}/")).content.decode()


def of(moment):
    """Return a UUIDv7 of a moment, as a form could carry it."""
    after = (1 << 80) - 1
    return UUID(int=first_id(moment).int | new_id().int & after)


CHOSEN = {
    "of 2066": lambda: of(now() + timedelta(days=40 * 365)),
    "of the next hour": lambda: of(now() + timedelta(hours=1)),
    "of the day before yesterday": lambda: of(now() - timedelta(days=2)),
    "of no time": lambda: UUID("7f1d6a52-8f0e-4b63-9d2a-3f5c2b1a0e9d"),
}


@pytest.mark.parametrize("choose", CHOSEN.values(), ids=CHOSEN)
def test_an_identifier_that_would_hide_a_history_is_refused(
    client_of, bob, dinner, add, address, choose
):
    host, record = add("Alma Adams"), GuestRecord(first_name="Nora", last_name="Nobody")
    with as_(bob), pytest.raises(FormUsed):
        editing.add(actor=bob, event=dinner, record=record, guest_id=choose())
    with as_(bob), pytest.raises(FormUsed):
        editing.add_plus_one(actor=bob, host=host, record=record, guest_id=choose())
    kept = ContactRecord(first_name="Nora", last_name="Nobody", emails=["nora@example.org"])
    with as_(bob), pytest.raises(FormUsed):
        contacts.create(actor=bob, record=kept, contact_id=choose())
    door = reverse("checkin:walk-in", args=[dinner.organization_id, dinner.pk])
    said = {"new_guest": choose(), "first_name": "Nora", "last_name": "Nobody"}
    answer = client_of(bob).post(door, said, headers={"accept": "application/json"})
    assert answer.status_code == 422
    assert "Nobody" not in client_of(bob).get(address()).content.decode()


def test_nobody_is_taken_for_somebody_else_of_the_event(bob, dinner, add):
    alma, end = add("Alma Adams"), (1 << 40) - 1
    decoy = UUID(int=new_id().int & ~end | alma.pk.int & end)
    record = GuestRecord(first_name="Decoy", last_name="Zwilling")
    with as_(bob), pytest.raises(FormUsed):
        editing.add(actor=bob, event=dinner, record=record, guest_id=decoy)


def test_a_history_begins_with_the_row_whatever_its_identifier(
    client_of, alice, bob, dinner, address
):
    with as_(alice):
        guest = editing.add(
            actor=alice,
            event=dinner,
            record=GuestRecord(first_name="Nora", last_name="Nobody"),
            guest_id=of(now() + timedelta(seconds=50)),
        )
    client_of(bob).get(address(f"{guest.pk}/"))
    with as_(bob):
        exporting.export(actor=bob, event=dinner, listing=Listing(Search()), kind="csv")
    browser = client_of(alice)
    assert history(browser, address, guest) == [
        "guest:list:export",
        "guest:guest:view",
        "guest:guest:create",
    ]
