"""Staff see something with a live grant alone: what an examination tries, and what it notices."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import ProgrammingError, connection, transaction
from procrastinate.contrib.django import app

import seatrobot
from seatrobot.accounts.models import Account, StaffMember
from seatrobot.demo import COMMAND
from seatrobot.events.feature import Action
from seatrobot.events.models import Event
from seatrobot.grants.enforcing import STAFF_ORGANIZATION
from seatrobot.grants.models import Mode, Review, StaffGrant
from seatrobot.grants.services import asking, deciding, reviewing
from seatrobot.grants.services.common import as_staff
from seatrobot.grants.tests.asks import ask, end
from seatrobot.grants.tests.conftest import ask_accounts_alone, staff_member
from seatrobot.grants.tests.test_standing import visitor
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import SERVICES, Actor
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.staff import standing
from seatrobot.practices.checks import confidentiality, probe, support_access
from seatrobot.practices.models import Probe

pytestmark = pytest.mark.django_db(transaction=True)

TRIES = 41
NAMED = re.compile(r'(?:Actor\.system\(|Operator\.service\([^()"]*)"([^"]+)"\)')


@pytest.fixture(autouse=True)
def asked(web, monkeypatch):
    """The web server that is asked as staff, and a name for what fixtures do."""
    monkeypatch.setattr(support_access, "SERVICES", SERVICES | {"tests"})


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


def test_a_web_server_that_asks_staff_for_less_is_found(used, monkeypatch):
    """The process that examines asks for everything all the same."""
    measured()
    ours = threading.current_thread()
    for name in ("require_conditions", "require"):
        before = getattr(standing, name)

        def in_the_web(*said, before=before):
            return before(*said) if threading.current_thread() is ours else None

        with monkeypatch.context() as patch:
            patch.setattr(standing, name, in_the_web)
            found = confidentiality.need()
        assert found.values["opened"] + found.values["unexplained"] >= 1
        assert "over HTTP" in " ".join(found.notes)
    measured()


def test_an_examination_that_was_killed_leaves_nobody_enabled(used):
    measured()
    with probe.probe_organization() as kept:
        staff_id = kept.staff_id
    probe._enable(staff_id, enabled=True)
    row = Probe.objects.get()
    support_access.store_grant(row.organization_id, Account(pk=staff_id), since=timedelta())
    assert StaffMember.objects.get(pk=staff_id).is_enabled
    measured()
    assert not StaffMember.objects.filter(is_enabled=True).exists()
    assert not StaffGrant.objects.exists()


def test_only_the_role_that_inserts_evidence_enables_the_account(used):
    measured()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT practices_probe_staff(true)")


def test_a_rule_that_somebody_else_has_set_is_found(used, alice, superuser_connection):
    measured()
    change = superuser_connection.execute
    change("SET session_replication_role = replica")
    for mode in (Mode.APPROVE, Mode.NOTIFY):
        with acting(alice.actor, alice.organization_id):
            deciding.change_mode(actor=alice, mode=mode)
        measured()
        for other in Mode:
            change("UPDATE grants_rule SET mode = %s", [other.value])
            measured(**({} if other == mode else {"unruled": 1}))
        change("UPDATE grants_rule SET mode = %s", [mode.value])
    change("UPDATE grants_rule SET mode = 'approve'")
    change("DELETE FROM journal_entry WHERE action LIKE 'support:setting:%'")
    measured(unruled=1)


def test_what_acts_as_the_service_is_a_part_of_it(used, alice):
    measured()
    for actor in (Actor.system("debug"), Actor.job("export-everything")):
        with acting(actor, alice.organization_id):
            assert Event.objects.get().title
    found = confidentiality.need()
    assert found.values["unnamed"] == 2
    assert "system “debug” acted in an organization 1 times" in found.notes


def test_every_name_of_the_service_is_known():
    source = Path(seatrobot.__file__).parent
    files = [file for file in source.rglob("*.py") if "tests" not in file.parts]
    said = {name for file in files for name in NAMED.findall(file.read_text())}
    assert said - {"tests", *app.tasks} == SERVICES - {COMMAND}


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
    for other in ("may_change = true", "minutes = minutes + 1", "event_ids = '{}'"):
        change("CREATE TEMP TABLE as_asked AS SELECT * FROM grants_staff_grant")
        change(f"UPDATE grants_staff_grant SET {other}")
        assert past() == (0, 1, 0), f"{other}, which nobody asked for"
        change("DELETE FROM grants_staff_grant")
        change("INSERT INTO grants_staff_grant SELECT * FROM as_asked; DROP TABLE as_asked")
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
