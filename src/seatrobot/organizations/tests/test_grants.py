"""A limited member has a role in each event: manager of one, viewer of another, door of none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from seatrobot.checkin.feature import Permission as Checkin
from seatrobot.conftest import as_, colleague
from seatrobot.events import services as events
from seatrobot.events.feature import Permission as Events
from seatrobot.events.models import Activity, ActivityRecord, Event
from seatrobot.guests.feature import Permission as Guests
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations import members, services
from seatrobot.organizations.models import Grant, Membership
from seatrobot.organizations.permissions import GrantedRole, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def gala(alice, dinner):
    with as_(alice):
        row = Event.objects.get(pk=dinner.pk)
        row.pk, row.sealed = new_id(), row.sealed  # sealed again, for the new row
        row.save(force_insert=True)
        Activity.objects.create(
            organization_id=alice.organization_id, event=row, sealed=ActivityRecord()
        )
    return row


def reload(member):
    with as_(member):
        return members.load(member.account_id, member.organization_id)


def change(owner, member, *grants, role=Role.LIMITED):
    with as_(owner):
        row = Membership.objects.get(
            account_id=member.account_id, organization_id=owner.organization_id
        )
        services.change_member(actor=owner, membership_id=row.pk, role=role, grants=grants)
    return reload(member)


def test_manager_of_one_event_and_viewer_of_another(alice, bob, dinner, gala):
    both = change(
        alice, bob, GrantedRole(Role.MANAGER, dinner.pk), GrantedRole(Role.VIEWER, gala.pk)
    )
    assert both.events == {dinner.pk, gala.pk}
    assert both.may(Guests.GUEST_CHANGE, dinner.pk)
    assert not both.may(Guests.GUEST_CHANGE, gala.pk)
    assert both.may(Guests.GUEST_VIEW, gala.pk)
    assert both.may(Guests.GUEST_CHANGE), "somewhere"
    assert not both.may(Events.EVENT_CREATE)
    assert not both.may(Guests.GUEST_VIEW, new_id())


def test_pages_ask_for_the_role_in_their_event(alice, bob, dinner, gala, client_of):
    change(alice, bob, GrantedRole(Role.MANAGER, dinner.pk), GrantedRole(Role.VIEWER, gala.pk))
    client = client_of(bob)
    own = f"/o/{bob.organization_id}/events"
    assert client.get(f"{own}/{dinner.pk}/settings/").status_code == 200
    assert client.get(f"{own}/{gala.pk}/settings/").status_code == 403
    assert client.get(f"{own}/{gala.pk}/").status_code == 200


def test_the_list_leads_to_the_page_of_each_role(alice, bob, dinner, gala, client_of):
    change(alice, bob, GrantedRole(Role.DOOR, dinner.pk), GrantedRole(Role.VIEWER, gala.pk))
    text = client_of(bob).get(f"/o/{bob.organization_id}/events/").content.decode()
    assert f"/events/{dinner.pk}/door/" in text
    assert f'"/o/{bob.organization_id}/events/{gala.pk}/"' in text
    assert f'"/o/{bob.organization_id}/events/{dinner.pk}/"' not in text


def test_a_role_in_every_event_holds_in_those_of_later_too(alice, bob, dinner):
    watcher = change(alice, bob, GrantedRole(Role.VIEWER))
    assert watcher.events is None
    assert watcher.may(Guests.GUEST_VIEW, new_id())
    assert not watcher.may(Checkin.CHECKIN_USE, dinner.pk)


def test_the_role_in_an_event_adds_to_the_one_in_every_event(alice, bob, dinner, gala):
    member = change(alice, bob, GrantedRole(Role.VIEWER), GrantedRole(Role.DOOR, dinner.pk))
    assert member.may(Checkin.CHECKIN_USE, dinner.pk)
    assert member.may(Guests.GUEST_VIEW, dinner.pk)
    assert not member.may(Checkin.CHECKIN_USE, gala.pk)


def test_a_grant_ends_by_itself(alice, bob, dinner, client_of):
    ends = now() + timedelta(hours=1)
    assert change(alice, bob, GrantedRole(Role.DOOR, dinner.pk, ends)).events == {dinner.pk}
    with as_(alice):
        Grant.objects.update(expires_at=now() - timedelta(seconds=1))
    assert reload(bob).events == set()
    page = f"/o/{bob.organization_id}/events/{dinner.pk}/door/"
    assert client_of(bob).get(page).status_code == 404


def test_the_last_day_is_typed_and_shown(alice, bob, dinner, client_of):
    with as_(alice):
        row = Membership.objects.get(
            account_id=bob.account_id, organization_id=alice.organization_id
        )
    page = f"/o/{alice.organization_id}/members/{row.pk}/"
    chosen = {f"role-{dinner.pk}": "door", f"until-{dinner.pk}": "2027-01-21"}
    client = client_of(alice)
    assert client.post(page, {"role": "limited"} | chosen).status_code == 302
    with as_(alice):
        assert Grant.objects.get().expires_at.isoformat() == "2027-01-22T00:00:00+00:00"
    form = client.get(page).content.decode()
    assert 'value="2027-01-21"' in form
    assert '<option value="door" selected>' in form
    listed = client.get(f"/o/{alice.organization_id}/members/").content.decode()
    assert "Door: Congress Dinner, until Jan. 21, 2027" in listed


def test_another_role_in_the_organization_ends_every_grant(alice, doris, dinner):
    assert change(alice, doris, role=Role.TEAM).events is None
    with as_(alice):
        assert not Grant.objects.exists()


def test_a_grant_ends_with_its_event(alice, doris, dinner):
    with as_(alice):
        events.delete(actor=alice, event=dinner, typed_title=dinner.title)
        assert not Grant.objects.exists()
    assert reload(doris).events == set()


@pytest.mark.parametrize("role", [Role.MANAGER, Role.VIEWER, Role.DOOR, Role.OWNER])
def test_a_role_of_events_is_not_had_in_the_organization(role, alice, bob):
    with pytest.raises(Refused):
        change(alice, bob, role=role)
    if role != Role.OWNER:
        with pytest.raises(IntegrityError), as_(alice):
            Membership.objects.filter(account_id=bob.account_id).update(role=role)


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMINISTRATOR, Role.TEAM, Role.LIMITED])
def test_a_role_of_the_organization_is_not_granted_in_an_event(role, alice, bob, dinner):
    with pytest.raises(Refused):
        change(alice, bob, GrantedRole(role, dinner.pk))


def test_a_grant_in_an_event_of_others_is_refused(alice, bob, charlie):
    with as_(charlie), pytest.raises(Refused):
        services.invite(
            actor=charlie,
            email="eve@seatrobot.test",
            name="Eve",
            role=Role.LIMITED,
            grants=[GrantedRole(Role.VIEWER, new_id())],
        )


def test_a_member_is_loaded_in_one_statement(alice, max_):
    with as_(alice), CaptureQueriesContext(connection) as seen:
        assert members.load(max_.account_id, max_.organization_id).grants
    assert len(seen) == 1


def test_grants_of_others_are_not_seen(alice, doris, charlie):
    with as_(charlie):
        assert not Grant.objects.exists()
    with doris.acting():
        assert Grant.objects.count() == 1


def test_several_members_are_loaded_with_their_grants(alice, doris, max_, vera, dinner):
    for member in (doris, max_, vera):
        assert reload(member).grants == member.grants == {dinner.pk: member.grants[dinner.pk]}
    assert colleague("Lisa", Role.LIMITED, alice).grants == {}


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_last_day_that_cannot_be_kept_is_refused(day, alice, bob, dinner, client_of):
    with as_(alice):
        row = Membership.objects.get(
            account_id=bob.account_id, organization_id=alice.organization_id
        )
    chosen = {"role": "limited", f"role-{dinner.pk}": "door", f"until-{dinner.pk}": day}
    who = {"name": "Eve", "email": "eve@seatrobot.test"}
    for page, said in ((f"{row.pk}/", chosen), ("invite/", chosen | who)):
        answer = client_of(alice).post(f"/o/{alice.organization_id}/members/{page}", said)
        assert answer.status_code == 422
        assert "Choose a date in the years 1900 to 2199." in answer.content.decode()
