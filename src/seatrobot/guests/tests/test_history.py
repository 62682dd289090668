"""Who has seen and changed a guest: on their page, for whoever may see the log."""

from datetime import timedelta
from uuid import UUID

from seatrobot.conftest import as_
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.searching import Listing, Search
from seatrobot.guests.services import editing, exporting
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import first_id, new_id


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
