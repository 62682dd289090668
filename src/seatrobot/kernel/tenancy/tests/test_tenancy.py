"""The database shows one organization's rows, whatever the code asks for."""

import pytest
from django.db import ProgrammingError, connection

from seatrobot.conftest import as_
from seatrobot.events.models import Event
from seatrobot.kernel.acting import acting
from seatrobot.organizations.models import Membership, Organization

pytestmark = pytest.mark.django_db


def test_alice_sees_her_event(alice, dinner):
    with as_(alice):
        assert list(Event.objects.all()) == [dinner]


def test_charlie_sees_nothing_of_alice(dinner, charlie):
    with as_(charlie):
        assert not Event.objects.exists()
        assert not Event.objects.filter(pk=dinner.pk).exists()


def test_without_an_organization_no_row_is_seen(alice, dinner):
    with acting(alice.actor):
        assert not Event.objects.exists()
    assert not Event.objects.exists()


def test_charlie_can_neither_change_nor_delete_alices_rows(dinner, charlie, alice):
    with as_(charlie):
        assert Event.objects.filter(pk=dinner.pk).update(time_zone="UTC") == 0
        assert Event.objects.filter(pk=dinner.pk).delete()[0] == 0
    with as_(alice):
        assert Event.objects.get().time_zone == dinner.time_zone


def test_charlie_cannot_plant_a_row_at_alices(dinner, charlie):
    with pytest.raises(ProgrammingError, match="row-level security"), as_(charlie):
        Membership.objects.create(
            organization_id=dinner.organization_id,
            account_id=charlie.account_id,
            role="administrator",
            created_at=dinner.created_at,
        )


def test_a_person_sees_their_own_memberships_only(alice, bob, charlie):
    with acting(bob.actor):
        assert [m.account_id for m in Membership.objects.all()] == [bob.account_id]
        assert [o.pk for o in Organization.objects.all()] == [alice.organization_id]


def test_nested_work_gives_the_outer_organization_back(alice, dinner, charlie):
    with as_(alice):
        with as_(charlie):
            assert not Event.objects.exists()
        assert Event.objects.exists()


def test_the_setting_does_not_outlive_its_work(alice):
    with as_(alice):
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('seatrobot.organization', true)")
        assert cursor.fetchone() == ("",)
