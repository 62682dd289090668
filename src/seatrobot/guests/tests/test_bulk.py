"""Many guests at once: one fact each, said in one sentence, journalled with who it was."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from seatrobot.conftest import as_
from seatrobot.guests.capacity import CapacityExceeded
from seatrobot.guests.feature import Action
from seatrobot.guests.guest_list import open_list
from seatrobot.guests.models import Arrival, Guest, Party
from seatrobot.guests.services import bulk
from seatrobot.guests.statuses import Status
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal.models import Entry


@pytest.fixture
def three(add):
    return [add("Alma Adams", tags=["vip"]), add("Bella Abzug"), add("Carrie Catt")]


def tags(alice, dinner):
    with as_(alice):
        guests = open_list(alice, dinner.pk).guests.values()
        return {guest.record.first_name: guest.record.tags for guest in guests}


def test_ticked_guests_get_a_reply(client_of, alice, dinner, three, address):
    ids = [str(three[0].pk), str(three[1].pk)]
    said = {"guest": ids, "do": "reply", "reply": "declined", "query": "q=a"}
    page = client_of(alice).post(address("bulk/"), said, follow=True)
    assert "2 guests have the reply Declined now." in page.content.decode()
    assert page.redirect_chain[0][0].endswith("?q=a")
    with as_(alice):
        assert Guest.objects.filter(status=Status.DECLINED).count() == 2
        entry = Entry.objects.filter(action=Action.GUEST_REPLY).get()
        assert entry.sealed.facts["count"] == 2
        assert sorted(entry.sealed.facts["subjects"]) == sorted(ids)


def test_a_search_for_too_much_finds_and_changes_nobody(client_of, alice, dinner, three, address):
    query = "".join(f"-name:q{n} " for n in range(60))
    browser = client_of(alice)
    pages = [
        browser.get(address(), {"q": query}),
        browser.post(address("bulk/"), {"all": "1", "do": "remove", "query": f"q={query}"}),
        browser.get(address(f"{three[0].pk}/"), {"with": query}),
    ]
    for page in pages:
        assert page.status_code == 422
        assert "at most 8 conditions" in page.content.decode()
    with as_(alice):
        assert Guest.objects.count() == 3


def test_a_reply_for_many_overwrites_no_other_fact(alice, dinner, three, add):
    ids = [guest.pk for guest in three]
    with as_(alice):
        bulk.check_in(actor=alice, event=dinner, ids=ids[:1])
        Guest.objects.filter(pk=ids[1]).update(delivery="bounced")
        assert bulk.set_reply(actor=alice, event=dinner, ids=ids, reply="declined") == 3
        alma, bella, carrie = Guest.objects.order_by("pk")
        assert (alma.status, alma.reply, alma.checked_in_by) == (
            "attended",
            "declined",
            alice.account_id,
        )
        assert (bella.delivery, bella.reply, carrie.status) == ("bounced", "declined", "declined")
        bulk.take_back(actor=alice, event=dinner, ids=ids)
        alma.refresh_from_db()
        assert (alma.status, alma.checked_in_at) == ("declined", None)


def test_check_in_and_taking_back_are_acts_of_their_own(client_of, alice, dinner, three, address):
    browser, ids = client_of(alice), [str(guest.pk) for guest in three]
    page = browser.post(address("bulk/"), {"guest": ids[:2], "do": "check-in"}, follow=True)
    assert "2 guests have arrived." in page.content.decode()
    page = browser.post(address("bulk/"), {"guest": ids, "do": "check-in"}, follow=True)
    assert "1 guest has arrived." in page.content.decode()
    page = browser.post(address("bulk/"), {"guest": ids[:1], "do": "take-back"}, follow=True)
    assert "1 check-in is undone." in page.content.decode()
    with as_(alice):
        assert Guest.objects.filter(checked_in_at__isnull=False).count() == 2
        assert Arrival.objects.filter(undone_at__isnull=False).count() == 1


def test_all_that_the_filter_finds_get_a_tag(client_of, alice, dinner, three, address):
    said = {"all": "1", "do": "tag", "tag": "hats", "query": "q=al"}
    page = client_of(alice).post(address("bulk/"), said, follow=True)
    assert "1 guest got the tag “hats”." in page.content.decode()
    assert tags(alice, dinner) == {"Alma": ["vip", "hats"], "Bella": [], "Carrie": []}


def test_a_tag_is_taken_away_and_a_wrong_one_refused(client_of, alice, dinner, three, address):
    browser = client_of(alice)
    ids = [str(guest.pk) for guest in three]
    page = browser.post(address("bulk/"), {"guest": ids, "do": "untag", "tag": "vip"}, follow=True)
    assert "1 guest lost the tag “vip”." in page.content.decode()
    page = browser.post(
        address("bulk/"), {"guest": ids, "do": "tag", "tag": "x" * 101}, follow=True
    )
    assert "nothing was changed" in page.content.decode()
    assert tags(alice, dinner) == {"Alma": [], "Bella": [], "Carrie": []}


@pytest.mark.parametrize("said", [{"do": "reply", "reply": "attended"}, {"do": "status"}, {}])
def test_what_nobody_knows_changes_nothing(said, client_of, alice, three, address):
    ids = [str(guest.pk) for guest in three]
    page = client_of(alice).post(address("bulk/"), {"guest": ids, **said}, follow=True)
    assert "Nothing was changed" in page.content.decode()
    with as_(alice):
        assert Guest.objects.filter(status=Status.CONFIRMED).count() == 3


def test_nobody_selected_changes_nothing(client_of, alice, three, address):
    browser = client_of(alice)
    page = browser.post(address("bulk/"), {"guest": ["x"], "do": "remove"}, follow=True)
    assert "Nobody was selected" in page.content.decode()
    with as_(alice):
        assert Guest.objects.count() == 3


def test_removing_guests_removes_their_parties(alice, dinner, three):
    with as_(alice):
        assert Party.objects.count() == 3
        assert bulk.remove(actor=alice, event=dinner, ids=[three[0].pk, three[1].pk]) == 2
        assert Party.objects.get().pk == three[2].party_id


def test_more_guests_than_places_only_knowingly(alice, dinner, add, client_of, address):
    waiting = [add(f"Guest {number}", Status.WAITLISTED) for number in range(3)]
    ids = [guest.pk for guest in waiting]
    with as_(alice):
        dinner.activity.capacity = 2
        dinner.activity.save()
    said = {"guest": [str(pk) for pk in ids], "do": "reply", "reply": "confirmed"}
    page = client_of(alice).post(address("bulk/"), said, follow=True)
    assert "Only 2 places are free and 3 are wanted" in page.content.decode()
    with as_(alice):
        assert not Guest.objects.filter(reply="confirmed").exists()
        with pytest.raises(CapacityExceeded):
            bulk.check_in(actor=alice, event=dinner, ids=ids)
    client_of(alice).post(address("bulk/"), said | {"overbook": "1"})
    with as_(alice):
        assert Guest.objects.filter(reply="confirmed").count() == 3


def test_guests_of_another_event_stay_untouched(alice, charlie, dinner, three):
    with as_(alice):
        other = type(dinner).objects.create(
            organization_id=alice.organization_id,
            sealed=dinner.sealed,
            starts_at=dinner.starts_at,
            ends_at=dinner.ends_at,
            created_at=dinner.created_at,
        )
        other.activities.create(
            organization_id=alice.organization_id, sealed=dinner.activity.sealed
        )
        many = {"actor": alice, "event": other, "ids": [guest.pk for guest in three]}
        assert bulk.remove(**many) == 0
        assert bulk.add_tag(**many, tag="x") == 0
        assert bulk.set_reply(**many, reply="declined") == 0
        assert bulk.check_in(**many) == 0
        assert bulk.take_back(**many) == 0


@pytest.mark.parametrize("act", ["set_reply", "add_tag", "remove_tag", "check_in", "take_back"])
def test_no_statement_has_a_parameter_for_each_guest(act, alice, dinner, three):
    """PostgreSQL takes 65,535 parameters; a list may have 200,000 guests."""
    ids = [guest.pk for guest in three] + [new_id() for _ in range(70_000)]
    more = {"set_reply": {"reply": "declined"}, "add_tag": {"tag": "x"}, "remove_tag": {"tag": "x"}}
    with as_(alice), CaptureQueriesContext(connection):
        service = getattr(bulk, act)
        assert service(actor=alice, event=dinner, ids=ids, **more.get(act, {})) in {0, 3}


def test_seventy_thousand_guests_are_removed(alice, dinner, three):
    with as_(alice):
        ids = [guest.pk for guest in three] + [new_id() for _ in range(70_000)]
        assert bulk.remove(actor=alice, event=dinner, ids=ids) == 3
