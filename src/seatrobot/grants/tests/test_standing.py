"""Staff see an organization's rows by a live grant alone: vault, database, lists, commit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from seatrobot.accounts.models import Passkey
from seatrobot.accounts.staff import services as staff
from seatrobot.events.models import Event
from seatrobot.grants.models import StaffGrant
from seatrobot.grants.visitor import load_visitor
from seatrobot.guests import guest_list
from seatrobot.guests.models import Guest
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.staff import conditions, standing
from seatrobot.kernel.staff.standing import GrantRefused
from seatrobot.kernel.tenancy.scopes import Scope
from seatrobot.kernel.tenancy.tests.test_scopes import everything
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import KeyringRefused
from seatrobot.organizations.models import Organization

from .asks import ago, ask, current, end, entries, stored


def visitor(staff_id, row):
    with acting(Actor.staff(staff_id)):
        return load_visitor(staff_id, row.pk)


def titles(staff_id, row):
    with visitor(staff_id, row).acting():
        return [event.title for event in Event.objects.all()]


def refused(staff_id, row) -> str:
    with pytest.raises(GrantRefused) as caught:
        titles(staff_id, row)
    assert caught.value.sentence
    return caught.value.why


def test_a_live_grant_shows_the_organization_and_no_other(alice, dinner, charlie, dana):
    row = ask(dana, alice.organization_id)
    assert titles(dana, row) == ["Congress Dinner"]
    with visitor(dana, row).acting():
        assert [each.pk for each in Organization.objects.all()] == [alice.organization_id]
        with pytest.raises(KeyringRefused):
            vault.blind_index(charlie.organization_id, "somebody")
    with (
        pytest.raises(GrantRefused, match="another organization"),
        visitor(dana, row).acting(),
        acting(charlie.actor, charlie.organization_id),
    ):
        pass


def test_without_a_grant_the_database_shows_no_row(alice, dinner, dana):
    with acting(Actor.staff(dana), alice.organization_id):
        assert not Event.objects.exists()
        assert not Organization.objects.exists()
        with acting(alice.actor, alice.organization_id):
            assert not Event.objects.exists(), "as a member, inside a unit of work of staff"
        with acting(Actor.system("jobs"), alice.organization_id):
            assert not Event.objects.exists(), "as the service, inside a unit of work of staff"
    with acting(Actor.system("jobs"), alice.organization_id):
        assert Event.objects.exists()


def test_the_rows_of_others_come_back_after_a_nested_visit(alice, dinner, dana):
    row = ask(dana, alice.organization_id)
    with acting(Actor.system("tests"), alice.organization_id):
        with visitor(dana, row).acting():
            assert Event.objects.exists()
        assert Event.objects.exists()
        with connection.cursor() as cursor:
            cursor.execute("SELECT concat(current_setting('seatrobot.staff', true))")
            assert cursor.fetchone() == ("",)


def test_it_holds_in_the_scope_of_an_event(alice, dinner, dana):
    row = ask(dana, alice.organization_id)
    conditions.forget()
    with visitor(dana, row).acting(Scope(dinner.pk)):
        assert Event.objects.exists()
    end(dana, row)
    with pytest.raises(GrantRefused), visitor(dana, row).acting(Scope(dinner.pk)):
        pass


def test_an_expired_a_foreign_and_an_ended_grant_open_nothing(alice, charlie, dinner, dana, erik):
    expired = stored(dana, alice.organization_id, asked=ago(hours=2), opened=True)
    assert refused(dana, expired) == "expired"
    theirs = ask(erik, alice.organization_id)
    with (
        pytest.raises(GrantRefused) as caught,
        acting(Actor.staff(dana), alice.organization_id, grant=theirs.pk),
    ):
        pass
    assert caught.value.why == "foreign"
    elsewhere = ask(erik, charlie.organization_id)
    with (
        pytest.raises(GrantRefused) as caught,
        acting(Actor.staff(erik), alice.organization_id, grant=elsewhere.pk),
    ):
        pass
    assert caught.value.why == "foreign"
    end(erik, theirs)
    assert refused(erik, theirs) == "ended"


def test_a_refusal_is_told_in_the_organizations_log(alice, dana):
    row = ask(dana, alice.organization_id)
    end(dana, row)
    refused(dana, row)
    told = entries(alice.organization_id, "support:access:refuse")
    assert [(each.actor_kind, each.actor_id) for each in told] == [("staff", dana)]
    with alice.acting():
        assert told[0].sealed.facts == {"grant": str(row.pk), "why": "ended", "unmet": []}


def test_a_condition_that_lapses_closes_the_next_request(alice, dinner, dana):
    row = ask(dana, alice.organization_id)
    titles(dana, row)
    with acting(Actor.operator("tests")):
        Passkey.objects.update(used_at=ago(hours=13), created_at=ago(hours=13))
        conditions.changed(dana)
    assert refused(dana, row) == "condition"
    with pytest.raises(GrantRefused, match="passkey"):
        titles(dana, row)


def test_a_person_disabled_in_the_middle_of_a_page_sees_nothing_of_it(alice, dinner, dana):
    row = ask(dana, alice.organization_id)
    with pytest.raises(GrantRefused) as caught, visitor(dana, row).acting():
        assert Event.objects.exists()
        with acting(Actor.operator("tests")):
            staff.disable(email="dana@staff.seatrobot.test")
    assert caught.value.why == "disabled"


def test_a_grant_that_ends_in_the_middle_of_a_page_commits_nothing(alice, dinner, dana):
    row = ask(dana, alice.organization_id)
    before = len(entries(alice.organization_id))
    with pytest.raises(GrantRefused) as caught, visitor(dana, row).acting():
        assert [event.title for event in Event.objects.all()]
        StaffGrant.objects.filter(pk=row.pk).update(state="withdrawn")
        assert not Event.objects.exists(), "the database asks for every statement"
    assert caught.value.why == "withdrawn"
    told = entries(alice.organization_id)[before:]
    assert [entry.action for entry in told] == ["support:access:refuse"]


def test_work_that_goes_on_is_asked_again(alice, dinner, dana, monkeypatch):
    row = ask(dana, alice.organization_id)
    monkeypatch.setattr(standing, "LONGEST_UNASKED", 0.0)
    with pytest.raises(GrantRefused), visitor(dana, row).acting():
        event = Event.objects.get()
        StaffGrant.objects.filter(pk=row.pk).update(state="withdrawn")
        assert event.sealed.title


def test_a_kept_list_is_not_handed_out_without_a_grant(alice, dinner, dana):
    with alice.acting():
        guest_list.open_list(alice, dinner.pk)
    with (
        pytest.raises(KeyringRefused),
        acting(Actor.staff(dana), alice.organization_id),
    ):
        guest_list.open_list(alice, dinner.pk)


def test_a_clock_that_goes_back_prolongs_nothing(alice, dinner, dana):
    row = ask(dana, alice.organization_id)
    with acting(Actor.system("tests"), alice.organization_id):
        StaffGrant.objects.filter(pk=row.pk).update(seen_at=now() + timedelta(minutes=2))
    with pytest.raises(GrantRefused, match="clock"):
        titles(dana, row)


def test_use_is_noted_twice_a_minute(alice, dinner, dana):
    row = ask(dana, alice.organization_id)
    titles(dana, row)
    first = current(row).seen_at
    titles(dana, row)
    assert first is not None
    assert current(row).seen_at == first


def test_each_access_is_in_the_log_with_the_grant(alice, dinner, dana):
    row = ask(dana, alice.organization_id)
    titles(dana, row)
    entry = entries(alice.organization_id)[-1]
    assert (entry.action, entry.actor_kind, entry.actor_id) == ("vault:keyring:open", "staff", dana)
    with alice.acting():
        assert entry.sealed.facts["grant"] == str(row.pk)


def test_what_is_not_journalled_is_not_shown(alice, dinner, dana, monkeypatch):
    row = ask(dana, alice.organization_id)

    def fail(_access):
        raise RuntimeError("no journal")

    monkeypatch.setattr("seatrobot.kernel.journal.services.write", fail)
    with pytest.raises(RuntimeError):
        titles(dana, row)


def test_the_platform_is_open_on_a_visit_too(alice, dana):
    row = ask(dana, alice.organization_id)
    with visitor(dana, row).acting():
        assert vault.blind_index(PLATFORM, "somebody")


SEEN_WITHOUT_AN_EVENT = {
    "organizations_grant",
    "organizations_membership",
    "organizations_organization",
    "organizations_security",
}
"""Who is a member, and of what: a page of one event says it, too."""


def of_tenants(rows_by_table):
    """Return the rows of tables that belong to organizations, grants left out."""
    return {
        name: rows
        for name, rows in rows_by_table.items()
        if name.startswith(("contacts", "events", "guests", "kernel", "organizations", "seating"))
    }


def test_the_database_shows_rows_of_the_events_of_a_grant_alone(alice, dinner, gala, guests, dana):
    """Whatever Python asks for: the guests of another event, contacts, an import, a kept list."""
    row = ask(dana, alice.organization_id, event_ids=[gala.pk], may_change=True)
    with alice.acting():
        guest_list.open_list(alice, dinner.pk)
    with visitor(dana, row).acting():
        seen = of_tenants(everything())
        assert [each["id"] for each in seen.pop("events_event")] == [str(gala.pk)]
        assert len(seen["guests_guest"]) == 1
        rows = [each for name in seen.keys() - SEEN_WITHOUT_AN_EVENT for each in seen[name]]
        assert {each["event_id"] for each in rows} == {str(gala.pk)}
        assert Guest.objects.filter(event=dinner.pk).update(email_index=b"x") == 0
    with visitor(dana, row).acting() as access:
        assert access.grant_events == {gala.pk}
        with pytest.raises(GrantRefused, match="other events"):
            guest_list._LISTS.open(alice.organization_id, dinner.pk)
        assert len(guest_list._LISTS.open(alice.organization_id, gala.pk).guests) == 1
    end(dana, row)
    everywhere = ask(dana, alice.organization_id)
    with visitor(dana, everywhere).acting():
        seen = of_tenants(everything())
    assert len(seen["events_event"]) == 2
    assert len(seen["contacts_contact"]) == 2
