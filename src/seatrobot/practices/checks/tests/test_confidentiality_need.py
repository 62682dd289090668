"""Staff see something with a live grant alone: what an examination tries, and what it notices."""

from __future__ import annotations

import pytest

from seatrobot.accounts.models import Account, StaffMember
from seatrobot.grants.enforcing import STAFF_ORGANIZATION
from seatrobot.grants.models import StaffGrant
from seatrobot.practices.checks import confidentiality

pytestmark = pytest.mark.django_db(transaction=True)

TRIES = 35


def measured(**wanted):
    """Measure, and compare: everything that is not named is as it should be."""
    found = confidentiality.need()
    values = dict(found.values)
    assert values.pop("tries") == TRIES
    control = values.pop("control")
    values.pop("entries")
    assert {name: value for name, value in values.items() if value} == wanted, found.notes
    return control


def test_nothing_opens_and_nothing_is_left_of_the_try(used):
    before = Account.objects.count()
    assert measured() >= 1
    assert Account.objects.count() == before + 3, "the people of the probe organization"
    assert not StaffMember.objects.exists()
    assert not StaffGrant.objects.exists()


def test_a_vault_that_opens_for_staff_is_found(used, monkeypatch):
    measured()
    monkeypatch.setattr("seatrobot.kernel.vault.services._refuse_staff", lambda _organization: None)
    assert confidentiality.need().values["opened"] >= 4


def test_conditions_that_nobody_asks_about_are_found(used, monkeypatch):
    monkeypatch.setattr(
        "seatrobot.kernel.staff.standing.require_conditions", lambda _account, _version=None: None
    )
    assert confidentiality.need().values["opened"] >= 3


@pytest.mark.parametrize(
    "weaker",
    [
        ("AND g.state = 'live'", ""),
        ("AND clock_timestamp() < g.expires_at", ""),
        ("AND g.account_id =", "AND g.account_id IS NOT NULL OR g.account_id ="),
        ("g.id =", "g.id IS NOT NULL OR g.id ="),
    ],
)
def test_a_database_that_asks_for_less_is_found(weaker, used, superuser_connection):
    assert weaker[0] in STAFF_ORGANIZATION
    try:
        superuser_connection.execute(STAFF_ORGANIZATION.replace(*weaker))
        found = confidentiality.need().values
    finally:
        superuser_connection.execute(STAFF_ORGANIZATION)
    assert found["opened"] >= 1


def test_an_act_of_staff_without_a_grant_is_found(used, superuser_connection):
    superuser_connection.execute(
        "SET session_replication_role = replica; UPDATE journal_entry SET actor_kind = 'staff'"
        " WHERE id = (SELECT max(id::text)::uuid FROM journal_entry"
        "             WHERE organization_id IS NOT NULL)"
    )
    measured(ungranted=1)


def test_an_emergency_that_nobody_reviewed_is_found(used, superuser_connection):
    superuser_connection.execute(
        "SET session_replication_role = replica;"
        " INSERT INTO grants_staff_grant (id, organization_id, account_id, category, state,"
        "   is_emergency, may_change, minutes, asked_at, opens_at, expires_at, decided_by,"
        "   review_due_at, review)"
        " SELECT gen_random_uuid(), id, gen_random_uuid(), 'fault', 'expired', true, false, 60,"
        "   now() - interval '4 days', now() - interval '4 days',"
        "   now() - interval '4 days' + interval '1 hour', gen_random_uuid(),"
        "   now() - interval '1 day', ''"
        " FROM organizations_organization LIMIT 1"
    )
    measured(unreviewed=1)
