"""Many guests at once: said in one sentence, journalled with who it was."""

import pytest

from seatrobot.conftest import as_
from seatrobot.guests.directory import open_list
from seatrobot.guests.feature import Action
from seatrobot.guests.models import Guest
from seatrobot.guests.services import bulk
from seatrobot.guests.statuses import Status
from seatrobot.kernel.journal.models import Entry


@pytest.fixture
def three(add):
    return [add("Alma Adams", tags=["vip"]), add("Bella Abzug"), add("Carrie Catt")]


def tags(alice, dinner):
    with as_(alice):
        guests = open_list(alice, dinner.pk).guests.values()
        return {guest.record.first_name: guest.record.tags for guest in guests}


def test_ticked_guests_get_a_status(client_of, alice, dinner, three, address):
    ids = [str(three[0].pk), str(three[1].pk)]
    said = {"guest": ids, "do": "status", "status": "declined", "query": "q=a"}
    page = client_of(alice).post(address("bulk/"), said, follow=True)
    assert "2 guests are now Declined." in page.content.decode()
    assert page.redirect_chain[0][0].endswith("?q=a")
    with as_(alice):
        assert Guest.objects.filter(status=Status.DECLINED).count() == 2
        entry = Entry.objects.filter(action=Action.GUEST_STATUS).get()
        assert entry.sealed.facts["count"] == 2
        assert sorted(entry.sealed.facts["subjects"]) == sorted(ids)


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


def test_nobody_selected_and_nonsense_change_nothing(client_of, alice, three, address):
    browser = client_of(alice)
    page = browser.post(address("bulk/"), {"guest": ["x"], "do": "remove"}, follow=True)
    assert "Nobody was selected" in page.content.decode()
    with as_(alice):
        assert Guest.objects.count() == 3


def test_who_attends_came_at_some_moment_and_who_does_not_never_did(alice, dinner, three):
    with as_(alice):
        bulk.set_status(actor=alice, event=dinner, ids=[three[0].pk], status=Status.ATTENDED)
        alma = Guest.objects.get(pk=three[0].pk)
        assert (alma.status_before, alma.checked_in_by) == ("confirmed", alice.account_id)
        assert alma.checked_in_at
        bulk.set_status(actor=alice, event=dinner, ids=[alma.pk], status=Status.DECLINED)
        alma.refresh_from_db()
        assert (alma.status, alma.checked_in_at, alma.status_before) == ("declined", None, "")


def test_guests_of_another_event_stay_untouched(alice, charlie, dinner, three):
    with as_(alice):
        other = type(dinner).objects.create(
            organization_id=alice.organization_id,
            sealed=dinner.sealed,
            starts_at=dinner.starts_at,
            ends_at=dinner.ends_at,
            created_at=dinner.created_at,
        )
        ids = [guest.pk for guest in three]
        assert bulk.remove(actor=alice, event=other, ids=ids) == 0
        assert bulk.add_tag(actor=alice, event=other, ids=ids, tag="x") == 0
        assert bulk.set_status(actor=alice, event=other, ids=ids, status=Status.HELD) == 0
