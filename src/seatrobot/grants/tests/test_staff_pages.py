"""The pages on which staff ask for access, end it, approve an emergency, and review."""

from __future__ import annotations

import pytest

from seatrobot.grants import jobs
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import Work

from .asks import ask, current, end, lockbox
from .conftest import browser

SAID = {
    "category": "fault",
    "reason": "The plan shows an empty table",
    "minutes": "240",
    "events": "",
    "ticket": "",
}


@pytest.fixture
def asking(alice):
    return f"/staff/grants/ask/{alice.organization_id}/"


def test_asking_opens_where_the_organization_is_told(dana, alice, asking):
    page = browser(dana).get(asking)
    assert "Access opens at once" in page.content.decode()
    shown = browser(dana).post(asking, SAID, follow=True).content.decode()
    assert "Access is open, and the organization is told of it." in shown
    assert "Look at the organization" in shown


def test_asking_opens_nothing_where_the_organization_approves(dana, alice, asking):
    lockbox(alice)
    assert "This organization decides itself" in browser(dana).get(asking).content.decode()
    shown = browser(dana).post(asking, SAID, follow=True).content.decode()
    assert "You get no access before." in shown
    assert "Look at the organization" not in shown
    assert "Take the request back" in shown


@pytest.mark.parametrize("reason", ["", "   ", ".", "...", "support", "fix fix", "\u200b \u200b"])
def test_a_reason_that_states_no_need_is_refused_beside_its_field(dana, asking, reason):
    page = browser(dana).post(asking, SAID | {"reason": reason})
    assert page.status_code == 422
    assert page.context["form"].errors.keys() == {"reason"}


def test_events_are_named_by_their_addresses(dana, alice, asking, dinner):
    event = f"https://x.example/o/{alice.organization_id}/events/{dinner.pk}/guests/{new_id()}/"
    page = browser(dana).post(asking, SAID | {"events": "the dinner"})
    assert page.context["form"].errors.keys() == {"events"}
    shown = browser(dana).post(asking, SAID | {"events": f"{event}\n{dinner.pk}"}, follow=True)
    assert shown.context["grant"].event_ids == [dinner.pk]


def test_nobody_asks_for_an_organization_that_is_not_there(dana):
    assert browser(dana).get(f"/staff/grants/ask/{new_id()}/").status_code == 404


def test_an_emergency_is_approved_by_somebody_else(dana, erik, alice, asking):
    browser(dana).post(asking, SAID | {"is_emergency": "on"})
    own = browser(dana).get("/staff/grants/")
    assert own.context["emergencies"] == []
    [waiting] = browser(erik).get("/staff/grants/").context["emergencies"]
    address = f"/staff/grants/{waiting.id}/"
    assert "Approve for one hour" not in browser(dana).get(address).content.decode()
    assert browser(dana).post(f"{address}approve/").status_code == 409
    shown = browser(erik).post(f"{address}approve/", follow=True).content.decode()
    assert "The emergency access is open for one hour." in shown
    opened = browser(dana).get(address).context["grant"]
    assert (opened.expires_at - opened.opens_at).total_seconds() == 3600


def test_either_of_two_ends_is_ones_own(dana, erik, alice):
    row = ask(dana, alice.organization_id)
    address = f"/staff/grants/{row.pk}/"
    assert browser(erik).post(f"{address}end/").status_code == 409
    assert current(row).state == "live"
    client = browser(dana)
    assert client.post(f"{address}end/", follow=True).context["grant"].state == "ended"
    assert client.post(f"{address}end/").status_code == 302


def test_a_reviewer_sees_what_it_was_used_for(dana, erik, alice, dinner):
    row = ask(dana, alice.organization_id)
    inside = f"/staff/visit/{row.pk}/o/{alice.organization_id}/events/{dinner.pk}/guests/"
    for _ in range(2):
        assert browser(dana).get(inside).status_code == 200
    assert browser(erik).get("/staff/grants/").context["reviews"] == []
    end(dana, row)
    place = {"grant_id": str(row.pk), "place": str(alice.organization_id)}
    jobs.tell(Work("grants.tell", None, None), **place, news="ended")
    [line] = browser(erik).get("/staff/grants/").context["reviews"]
    assert browser(dana).get("/staff/grants/").context["reviews"] == []
    address = f"/staff/grants/{line.id}/"
    assert browser(erik).get(address).context["uses"] == [("Guest list viewed", 2)]
    said = {"outcome": "fine", "note": "ok"}
    assert browser(dana).post(f"{address}review/", said).status_code == 422
    assert browser(erik).post(f"{address}review/", said).status_code == 422
    said["note"] = "Two looks at the list, as the ticket says"
    assert browser(erik).post(f"{address}review/", said).status_code == 302
    assert "as the ticket says" in browser(dana).get(address).content.decode()
    assert browser(erik).get("/staff/grants/").context["reviews"] == []
