"""What accounts demands of staff who want to see Customer Data."""

from datetime import timedelta

import pytest

from seatrobot.accounts.models import Passkey, StaffMember
from seatrobot.accounts.staff import conditions as own
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.staff import conditions

from .people import account_of, disable, enable

OURS = ("accounts.enabled", "accounts.not-ended", "accounts.passkey-fresh")


@pytest.fixture(autouse=True)
def nothing_kept():
    conditions.forget()
    yield
    conditions.forget()


def unmet(account_id=None):
    person = account_id or account_of().pk
    with acting(Actor.system("tests")):
        return [each.id for each in conditions.unmet(person) if each.id in OURS]


def test_dana_fulfils_them_after_her_sign_in(dana):
    assert unmet() == []


def test_a_disabled_person_does_not_from_the_next_request_on(dana):
    assert unmet() == []
    disable()
    assert unmet() == ["accounts.enabled"]
    enable()
    assert unmet() == []


def test_a_member_and_nobody_fulfil_none(alice, db):
    for person in (alice.account_id, new_id()):
        assert unmet(person) == ["accounts.enabled", "accounts.passkey-fresh"]


def test_a_passkey_grows_stale_after_twelve_hours(dana):
    Passkey.objects.update(used_at=now() - timedelta(hours=12, seconds=1))
    assert unmet() == ["accounts.passkey-fresh"]


def test_a_passkey_of_the_future_is_not_fresh(dana):
    Passkey.objects.update(used_at=now() + timedelta(hours=1))
    assert unmet() == ["accounts.passkey-fresh"]


def test_the_time_of_a_contractor_ends_with_their_last_day(dana, monkeypatch):
    today = now().date()
    with acting(Actor.operator("tests")):
        StaffMember.objects.update(ends_on=today)
    assert unmet() == []
    conditions.forget()
    with acting(Actor.operator("tests")):
        StaffMember.objects.update(ends_on=today - timedelta(days=1))
    assert unmet() == ["accounts.not-ended"]
    with acting(Actor.system("tests")):
        assert own.not_ended(account_of().pk).until.date() == today
