"""The pages on which staff ask for access, end it, approve an emergency, and review."""

from __future__ import annotations

import re

import pytest

from seatrobot.grants import jobs
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import Work

from .asks import ask, current, end, entries, lockbox
from .conftest import browser, staff_member

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


def test_an_emergency_is_approved_by_somebody_else(dana, erik, alice, asking, client_of):
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
    settings = f"/o/{alice.organization_id}/settings/support-access/"
    seen = " ".join(client_of(alice).get(settings).content.decode().split())
    assert "Emergency: open now, without your approval" in seen
    assert "Opened without you: approved by Erik of the staff" in seen


def test_who_approves_an_emergency_reads_that_nobody_else_is_left_to_review_it(
    dana, erik, alice, asking
):
    browser(dana).post(asking, SAID | {"is_emergency": "on"})
    [waiting] = browser(erik).get("/staff/grants/").context["emergencies"]
    address = f"/staff/grants/{waiting.id}/"
    sentence = "Nobody else of the staff is left to review this"
    assert sentence in browser(erik).get(address).content.decode()
    staff_member("Fay")
    assert sentence not in browser(erik).get(address).content.decode()


def test_a_code_for_a_command_is_shown_once_to_its_holder_alone(dana, erik, alice):
    row = ask(dana, alice.organization_id)
    address = f"/staff/grants/{row.pk}/"
    assert "Make a code" in browser(dana).get(address).content.decode()
    assert "Make a code" not in browser(erik).get(address).content.decode()
    shown = browser(dana).post(f"{address}code/").content.decode()
    words = (
        rf"--organization {row.organization_id} \\\n --grant {row.pk} \\\n --code \w{{4}}-\w{{4}}<"
    )
    assert re.search(rf"seatrobot shell \\\n {words}", shown)
    assert "--code" not in browser(dana).get(address).content.decode()
    assert browser(erik).post(f"{address}code/").status_code == 409
    end(dana, row)
    assert browser(dana).post(f"{address}code/").status_code == 409
    assert len(entries(alice.organization_id, "support:command:allow")) == 1


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
    asked_with = {"grant_id": str(row.pk), "organization_id": str(alice.organization_id)}
    jobs.tell(Work("grants.tell", None, None), **asked_with, news="ended")
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
