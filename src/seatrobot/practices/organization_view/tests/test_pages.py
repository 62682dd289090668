"""An organization's own practices: what the pages say is what its journal and settings say."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from seatrobot.accounts.staff.tests.people import account_of, make_staff
from seatrobot.conftest import as_
from seatrobot.events.feature import Action as EventAction
from seatrobot.guests.feature import Action as GuestAction
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor, ActorKind
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.models import Entry
from seatrobot.organizations.feature import Action as OrganizationAction
from seatrobot.organizations.log.reading import PAGE
from seatrobot.practices import profile
from seatrobot.practices.feature import Action
from seatrobot.practices.organization_view import reading
from seatrobot.seating.feature import Action as SeatingAction


def page(client, member, name="", **query) -> str:
    answer = client.get(f"/o/{member.organization_id}/practices/{name}", query)
    assert answer.status_code == 200
    return answer.content.decode()


def record(member, action, actor=None, **facts):
    with acting(actor or member.actor, member.organization_id):
        return journal.record(action, **facts)


def test_exports_stand_with_who_and_what_and_newest_first(alice, charlie, client_of):
    client = client_of(alice)
    assert "Nobody has taken data out yet" in page(client, alice)
    assert "No exports" in page(client, alice, "exports/")
    record(alice, GuestAction.GUEST_EXPORT, rows=12)
    record(alice, SeatingAction.SEATING_EXPORT)
    record(charlie, GuestAction.GUEST_EXPORT)
    text = page(client, alice, "exports/")
    assert text.index("Alice exported the seating plan") < text.index("Alice exported the guest")
    assert "Charlie" not in text
    assert "Alice exported the guest list" in page(client, alice)


def test_exports_are_counted_by_week(alice, monkeypatch):
    record(alice, GuestAction.GUEST_EXPORT)
    record(alice, OrganizationAction.JOURNAL_EXPORT)
    record(alice, OrganizationAction.JOURNAL_VIEW)
    with as_(alice):
        weeks = reading.exports_by_week(alice.organization_id)
        later = reading.exports_by_week(alice.organization_id, now().date() + timedelta(weeks=2))
    assert [number for _label, number in weeks] == [0] * 11 + [2]
    assert [number for _label, number in later] == [0] * 9 + [2, 0, 0]
    with as_(alice):
        assert reading.exports_by_week(alice.organization_id, date(2031, 1, 1))[-1] == (
            *("December 30", 0),
        )


def test_deletions_are_listed_and_counted(alice, bob, client_of):
    client = client_of(alice)
    assert "No deletions" in page(client, alice, "deletions/")
    for action in (GuestAction.GUEST_REMOVE, GuestAction.GUEST_REMOVE, EventAction.EVENT_DELETE):
        record(alice, action)
    record(alice, OrganizationAction.MEMBER_REMOVE, subject_id=bob.account_id)
    text = page(client, alice, "deletions/")
    assert "Alice removed Bob" in text
    with as_(alice):
        counted = reading.deletions_by_kind(alice.organization_id)
    assert counted == {"events": 1, "guests": 2, "members": 1}


def test_staff_who_were_here_are_said_and_nobody_when_none_were(alice, client_of):
    client = client_of(alice)
    with as_(alice):
        begun = Entry.objects.order_by("id")[0].at
    text = " ".join(page(client, alice).split())
    assert "No entry of your access log is by a member of staff since" in text
    assert f"{begun:%b}." in text
    make_staff()
    with as_(alice):  # staff have no way in: an entry of theirs is made up
        entry = journal.record(GuestAction.GUEST_LIST)
        entry.actor_kind, entry.actor_id = ActorKind.STAFF, account_of().pk
    text = " ".join(page(client, alice, "staff/").split())
    assert "Dana of the staff looked at the guest list" in text
    assert "Alice looked at" not in text
    assert "Members of staff have left 1 entry in your records" in text
    assert "No entry of your access log is by" not in text


def test_commands_of_the_operator_are_not_hidden(alice, client_of):
    record(alice, GuestAction.GUEST_EXPORT, actor=Actor.operator("guests export"))
    text = page(client_of(alice), alice, "staff/")
    assert "The operator (guests export) exported the guest list" in text
    assert "Commands of the operator have left" in text


def test_lists_go_on_page_by_page(alice, client_of):
    with as_(alice):
        for number in range(PAGE + 1):
            journal.record(GuestAction.GUEST_EXPORT, number=number)
    client = client_of(alice)
    url = f"/o/{alice.organization_id}/practices/exports/"
    first = client.get(url)
    assert len(first.context["lines"]) == PAGE
    second = client.get(url, {"before": str(first.context["older"])})
    assert [line.facts["number"] for line in second.context["lines"]] == [0]
    assert client.get(url, {"before": "nonsense"}).status_code == 200


def test_the_page_says_what_the_operator_states_and_no_more(alice, client_of, settings):
    client = client_of(alice)
    assert page(client, alice).count("Not stated by the operator") == 2
    profile.path().parent.mkdir(exist_ok=True)
    try:
        profile.path().write_text(
            'place = "Frankfurt"\n[[providers]]\nname = "Example"\npurpose = "Servers"\n'
        )
        text = page(client, alice)
        assert "Frankfurt" in text
        assert "Not stated" not in text
        profile.path().write_text("nonsense")
        assert page(client, alice).count("Not stated by the operator") == 2
    finally:
        profile.path().unlink()


def test_promises_stand_with_their_state_and_a_link(alice, client_of):
    text = page(client_of(alice), alice)
    assert 'href="/practices/retention.anytime/"' in text
    assert "Unproven" in text
    assert "hosts.laptops" not in text


@pytest.mark.parametrize("name", ["", "exports/", "deletions/", "staff/", "notices/"])
def test_looking_is_journalled(name, alice, client_of):
    page(client_of(alice), alice, name)
    with as_(alice):
        assert Entry.objects.order_by("-id")[0].action == Action.PRACTICES_VIEW


def test_it_is_in_the_navigation_of_administrators_alone(alice, bob, client_of):
    link = f'href="/o/{alice.organization_id}/practices/"'
    events = f"/o/{alice.organization_id}/events/"
    assert link in client_of(alice).get(events).content.decode()
    assert link not in client_of(bob).get(events).content.decode()
