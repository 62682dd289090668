"""Staff see something with a live grant alone: what an examination tries, and what it notices."""

from __future__ import annotations

import pytest

from seatrobot.accounts.models import Account, StaffMember
from seatrobot.events.feature import Action
from seatrobot.events.models import Event
from seatrobot.grants.enforcing import STAFF_ORGANIZATION
from seatrobot.grants.models import Review, StaffGrant
from seatrobot.grants.services import asking, reviewing
from seatrobot.grants.services.common import as_staff
from seatrobot.grants.tests.asks import ask, end
from seatrobot.grants.tests.conftest import ask_accounts_alone, staff_member
from seatrobot.grants.tests.test_standing import visitor
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.journal import services as journal
from seatrobot.practices.checks import confidentiality, support_access

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
    assert Account.objects.count() == before + 6, "the people of the probe organization"
    assert not StaffMember.objects.filter(is_enabled=True).exists()
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
    measured(unreviewed=1, unknown=1)


def past() -> tuple[int, int, int]:
    """Return how many acts had no grant, grants are unknown, and emergencies unreviewed."""
    with examining() as examiner:
        found = support_access.past(examiner)
    return found.ungranted, len(found.unknown), found.unreviewed


def test_a_grant_counts_with_its_opening_and_until_its_end(
    alice, dinner, superuser_connection, monkeypatch
):
    ask_accounts_alone(monkeypatch)
    change = superuser_connection.execute
    change("SET session_replication_role = replica")
    dana = staff_member("Dana").pk
    row = ask(dana, alice.organization_id)
    with visitor(dana, row).acting():
        assert Event.objects.count() == 1
        journal.record(Action.EVENT_VIEW, subject_id=dinner.pk)
    end(dana, row)
    assert past() == (0, 0, 0)
    change("UPDATE journal_entry SET at = at + interval '2 minutes' WHERE actor_kind = 'staff'")
    assert past() == (1, 2, 0), "acted after it was ended, and the opening is not in time"
    change("UPDATE journal_entry SET at = at - interval '2 minutes' WHERE actor_kind = 'staff'")
    change("DELETE FROM grants_staff_grant")
    assert past() == (1, 1, 0), "the row is gone"
    change("DELETE FROM journal_entry WHERE action LIKE 'support:grant:%'")
    assert past() == (1, 0, 0)
    change(
        "INSERT INTO grants_staff_grant (id, organization_id, account_id, category, state,"
        "   is_emergency, may_change, minutes, asked_at, opens_at, expires_at, review)"
        f" SELECT gen_random_uuid(), '{alice.organization_id}', '{dana}', 'fault', 'expired',"
        "   false, false, 60, at, at, at + interval '1 hour', ''"
        f" FROM (SELECT now() - interval '10 minutes' AS at) AS opened"
    )
    assert past() == (1, 1, 0), "a grant that was put in afterwards"


def test_an_emergency_and_its_review_are_what_the_journal_says(
    alice, superuser_connection, monkeypatch
):
    ask_accounts_alone(monkeypatch)
    change = superuser_connection.execute
    change("SET session_replication_role = replica")
    dana, erik, fred = (staff_member(name).pk for name in ("Dana", "Erik", "Fred"))
    place = alice.organization_id
    row = ask(dana, place, is_emergency=True)
    with as_staff(erik, place):
        asking.approve_emergency(staff_id=erik, organization_id=place, grant_id=row.pk)
    end(dana, row)
    assert past() == (0, 0, 0)
    columns = ("asked_at", "decided_at", "opens_at", "expires_at", "ended_at", "review_due_at")
    moved = ", ".join(f"{column} = {column} - interval '4 days'" for column in columns)
    change(f"UPDATE grants_staff_grant SET {moved}")
    change("UPDATE journal_entry SET at = at - interval '4 days' WHERE action LIKE 'support:%'")
    assert past() == (0, 0, 1)
    change("UPDATE grants_staff_grant SET reviewed_at = now(), reviewed_by = decided_by")
    assert past() == (0, 0, 1), "reviewed past the journal"
    change("UPDATE grants_staff_grant SET is_emergency = false")
    assert past() == (0, 1, 1), "no emergency any more"
    change("UPDATE grants_staff_grant SET is_emergency = true, reviewed_at = NULL")
    with as_staff(fred, place):
        reviewing.review(
            staff_id=fred,
            organization_id=place,
            grant_id=row.pk,
            outcome=Review.FINE,
            note="Looked at every entry",
        )
    assert past() == (0, 0, 0), "and the review itself needs no grant"
    change("UPDATE journal_entry SET actor_id = %s WHERE action = 'support:grant:review'", [erik])
    assert past() == (0, 0, 1), "reviewed by whoever approved it"
