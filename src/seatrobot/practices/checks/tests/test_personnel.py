"""Checks, signatures and courses of staff: judged from rows and journal, never from a column."""

from __future__ import annotations

import pytest
from django.test import Client

from seatrobot.accounts import services as accounts
from seatrobot.accounts.factors.tests.device import Device
from seatrobot.accounts.feature import Action
from seatrobot.accounts.staff import services as staff
from seatrobot.accounts.staff.tests.people import CHECKED, OPERATOR, enrol, make_staff
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.promises.declaring import CannotMeasure
from seatrobot.personnel import services
from seatrobot.personnel.models import Kind
from seatrobot.personnel.tests.conftest import (  # noqa: F401 - fixtures
    known_address,
    nothing_kept,
    publish,
    published,
    texts_of_the_operator,
)
from seatrobot.personnel.tests.signing import do_everything
from seatrobot.practices.checks import bound, personnel
from seatrobot.practices.faults.passkey import SoftPasskey

pytestmark = pytest.mark.django_db(transaction=True)
ADDED = Action.STAFF_ADD
ALL = {
    "unsigned": personnel.policy_signed,
    "overdue": personnel.trained,
    "unbound": bound.bound,
}


def measured(**other: int) -> dict[str, dict[str, float]]:
    """Return what the three examinations of duties measure."""
    return {name: dict(examine().values) for name, examine in ALL.items()}


def all_(people: int, **each: int) -> dict[str, dict[str, int]]:
    return {
        name: {"people": people, name: 0, "forged": 0, "gone": 0, "open": 0} | each for name in ALL
    }


def test_where_nobody_is_on_the_staff_nothing_is_known(published):  # noqa: F811
    for examine in (*ALL.values(), personnel.checked):
        with pytest.raises(CannotMeasure, match="Nobody is on the staff"):
            examine()


def test_where_nothing_is_published_nothing_is_known(known_address):  # noqa: F811
    make_staff()
    for examine in ALL.values():
        with pytest.raises(CannotMeasure, match="published"):
            examine()


def test_checks_from_the_first_person_to_what_somebody_changed(superuser_connection):
    with acting(OPERATOR):
        staff.add(email="dana@seatrobot.test", name="Dana")
        staff.record_check(email="dana@seatrobot.test", on=CHECKED, reference="R", passed=True)
        staff.enable(email="dana@seatrobot.test")
    with pytest.raises(CannotMeasure, match="One person alone"):
        personnel.checked()
    make_staff("daniel@seatrobot.test", "Daniel")
    well = {"people": 2, "unchecked": 0, "forged": 0, "gone": 0, "other": 0, "altered": 0}
    assert personnel.checked().values == well
    change = superuser_connection.execute
    change("SET session_replication_role = replica")
    change("UPDATE accounts_staff_member SET ends_on = current_date + 9")
    assert personnel.checked().values == well | {"other": 2}
    change("UPDATE accounts_staff_member SET ends_on = NULL")
    change('UPDATE accounts_background_check SET "on" = "on" - 4000')
    assert personnel.checked().values == well | {"forged": 2}
    change('UPDATE accounts_background_check SET "on" = "on" + 4000')
    assert personnel.checked().values == well
    change(
        "UPDATE accounts_background_check SET confirmed_by = account_id"
        " WHERE recorded_at = (SELECT min(recorded_at) FROM accounts_background_check)"
    )
    assert personnel.checked().values == well | {"unchecked": 1, "forged": 1}
    change("DELETE FROM accounts_background_check")
    assert personnel.checked().values == well | {"unchecked": 2, "gone": 2}


def test_a_check_that_was_not_passed_cannot_go(superuser_connection):
    make_staff()
    make_staff("daniel@seatrobot.test", "Daniel")
    with acting(OPERATOR):
        staff.disable(email="daniel@seatrobot.test")
        staff.record_check(email="daniel@seatrobot.test", on=CHECKED, reference="R", passed=False)
    assert personnel.checked().values["gone"] == 0
    superuser_connection.execute(
        "SET session_replication_role = replica; UPDATE accounts_staff_member SET is_enabled = true"
    )
    assert personnel.checked().values["other"] == 1
    superuser_connection.execute(
        "UPDATE accounts_staff_member SET is_enabled = false FROM accounts_background_check b"
        " WHERE b.account_id = accounts_staff_member.account_id AND NOT b.passed"
    )
    superuser_connection.execute(
        "SET session_replication_role = replica;"
        " DELETE FROM accounts_background_check WHERE NOT passed"
    )
    assert personnel.checked().values["gone"] == 1


def test_duties_from_nothing_to_what_somebody_changed(
    published,  # noqa: F811
    superuser_connection,
):
    client, key = Client(), Device()
    assert enrol(client, make_staff(), key).status_code == 302
    assert measured() == all_(1)
    change = superuser_connection.execute
    change("SET session_replication_role = replica")
    change("UPDATE accounts_staff_member SET created_at = created_at - interval '15 days'")
    assert measured() == {name: row | {name: 1} for name, row in all_(1).items()}
    do_everything(client, key)
    assert measured() == all_(1)
    change("UPDATE personnel_result SET at = at - interval '366 days'")
    change("UPDATE personnel_signature SET signed = replace(signed, 'keep to it', 'may not')")
    found = measured()
    assert found["overdue"] == {"people": 1, "overdue": 1, "forged": 2, "gone": 0, "open": 0}
    assert found["unbound"] == {"people": 1, "unbound": 1, "forged": 4, "gone": 0, "open": 1}
    assert found["unsigned"] == {"people": 1, "unsigned": 1, "forged": 4, "gone": 0, "open": 1}


def test_no_column_gives_more_time_than_journal_and_text(
    published,  # noqa: F811
    superuser_connection,
):
    client, key = Client(), Device()
    assert enrol(client, make_staff(), key).status_code == 302
    change = superuser_connection.execute
    change("SET session_replication_role = replica")
    change("UPDATE journal_entry SET at = at - interval '15 days' WHERE action = %s", [ADDED])
    assert measured() == {name: row | {name: 1} for name, row in all_(1).items()}
    do_everything(client, key)
    assert measured() == all_(1)
    change("UPDATE personnel_edition SET valid_days = 3650 WHERE kind = 'course'")
    assert measured()["overdue"]["forged"] == 2
    change(
        "UPDATE personnel_edition SET valid_days = 365, published_at = published_at"
        " + interval '14 days'"
    )
    assert {name: row["forged"] for name, row in measured().items()} == {
        "unsigned": 4,
        "overdue": 2,
        "unbound": 4,
    }
    change("UPDATE personnel_edition SET published_at = published_at - interval '14 days'")
    change("DELETE FROM personnel_signature; DELETE FROM personnel_result")
    gone = {"unsigned": 4, "overdue": 2, "unbound": 4}
    assert {name: row["gone"] for name, row in measured().items()} == gone


def test_a_signature_by_a_passkey_that_nobody_enrolled_binds_nobody(
    published,  # noqa: F811
    superuser_connection,
):
    """Though the journal says that they signed: whoever acts as them needs no key for that."""
    make_staff()
    make_staff("daniel@seatrobot.test", "Daniel")
    dana, daniel = (accounts.find(f"{each}@seatrobot.test") for each in ("dana", "daniel"))
    keys = {dana: SoftPasskey(dana.pk), daniel: SoftPasskey(daniel.pk)}
    with acting(Actor.staff(dana.pk)):
        keys[dana].enrol()
    for account, key in keys.items():
        _sign(account, key)
    found = personnel.policy_signed().values
    assert (found["people"], found["forged"]) == (2, 1)
    with acting(Actor.staff(daniel.pk)):
        keys[daniel].enrol()
    assert personnel.policy_signed().values["forged"] == 0
    superuser_connection.execute(
        "SET session_replication_role = replica;"
        " UPDATE promises_signing_key SET account_id = gen_random_uuid()"
        f" WHERE account_id = '{daniel.pk}'"
    )
    assert personnel.policy_signed().values["forged"] == 1


def _sign(account, key) -> None:
    with acting(Actor.staff(account.pk)):
        edition = services.in_force(Kind.POLICY, personnel.SECURITY_POLICY)
        signed = key.sign(services.statement_of(edition))
        services.sign(account=account, name=personnel.SECURITY_POLICY, signed=signed)
