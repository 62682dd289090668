"""An organization whose keys do not open keeps no grant open: not its own, nor anybody else's."""

from __future__ import annotations

import pytest

from seatrobot.accounts import mail as transport
from seatrobot.accounts.models import StaffMember
from seatrobot.accounts.staff import services as staff
from seatrobot.grants import jobs
from seatrobot.grants.models import State
from seatrobot.grants.services import closing
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.vault import own
from seatrobot.kernel.vault import services as vault

from .asks import ago, ask, current, entries, stored

pytestmark = pytest.mark.django_db(transaction=True)


def locked(organization_id) -> None:
    made = own.adopt(organization_id)
    own.prove(organization_id, made.words)
    own.lock(organization_id)


@pytest.fixture(params=[locked, vault.destroy_keyring], ids=["locked", "lost"])
def closed_off(request):
    """What keeps the keys of an organization from opening."""
    return request.param


@pytest.fixture
def of_platform(superuser_connection):
    """Return what the platform's stream says that somebody's access became."""

    def read(who):
        query = """
            SELECT action FROM journal_entry WHERE organization_id IS NULL
            AND action LIKE 'support:grant:%%' AND subject_id = %s ORDER BY id
        """
        return [action for (action,) in superuser_connection.execute(query, [who])]

    return read


def sweep():
    jobs.sweep(Work("grants.sweep", None, None))


def test_it_stops_no_sweep(alice, charlie, dana, erik, closed_off, of_platform):
    expired = stored(dana, alice.organization_id, asked=ago(hours=2), opened=True)
    later = stored(erik, charlie.organization_id, asked=ago(hours=2), opened=True)
    closed_off(alice.organization_id)
    sweep()
    assert [current(row).state for row in (expired, later)] == [State.EXPIRED] * 2
    assert entries(charlie.organization_id, "support:grant:expire")
    assert of_platform(dana) == ["support:grant:expire"]
    sweep()
    assert of_platform(dana) == ["support:grant:expire"]
    assert of_platform(erik) == []


def test_who_has_access_to_it_can_be_disabled_and_is_told(
    alice, charlie, dana, closed_off, of_platform, monkeypatch
):
    rows = [ask(dana, each.organization_id) for each in (alice, charlie)]
    closed_off(alice.organization_id)
    with acting(Actor.operator("tests")):
        staff.disable(email="dana@staff.seatrobot.test")
        assert not StaffMember.objects.get(pk=dana).is_enabled
    assert [current(row).state for row in rows] == [State.CLOSED] * 2
    assert entries(charlie.organization_id, "support:grant:close")
    assert of_platform(dana) == ["support:grant:close"]
    sent = []
    monkeypatch.setattr(transport, "post", sent.append)
    jobs.tell_holder(
        Work("grants.tell-holder", None, None), str(rows[0].pk), str(alice.organization_id)
    )
    assert [message.to for message in sent] == [["dana@staff.seatrobot.test"]]


def test_one_that_cannot_be_ended_at_all_stops_no_other(alice, charlie, dana, erik, monkeypatch):
    first = stored(dana, alice.organization_id, asked=ago(hours=2), opened=True)
    later = stored(erik, charlie.organization_id, asked=ago(hours=2), opened=True)
    ending = closing.end_if_due

    def broken(actor, grant_id, organization_id):
        if grant_id == first.pk:
            raise ZeroDivisionError
        return ending(actor, grant_id, organization_id)

    monkeypatch.setattr(closing, "end_if_due", broken)
    sweep()
    assert [current(row).state for row in (first, later)] == [State.LIVE, State.EXPIRED]
