"""Nobody is enabled without a background check that two people recorded, nor stays past their time.

Each rule is refused with a sentence by the service, and by the database to whoever goes around it.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.test import Client

from seatrobot.accounts.factors.tests.device import Device
from seatrobot.accounts.models import BackgroundCheck, CheckRecord, StaffMember
from seatrobot.accounts.staff import checks, conditions, services
from seatrobot.accounts.staff.checks import CheckRefused
from seatrobot.accounts.staff.services import StaffRefused
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now

from .people import CHECKED, DANA, OPERATOR, account_of, enrol, is_in, make_staff, sign_in
from .test_operator import command  # noqa: F401 - a fixture

DAN = "daniel@seatrobot.test"
RULE = "after a background check that two people recorded"


def member(email: str = DANA) -> StaffMember:
    return StaffMember.objects.get(pk=account_of(email).pk)


def by(email: str):
    return acting(Actor.staff(account_of(email).pk))


def add(email: str, name: str, *, passed: bool = True) -> StaffMember:
    with acting(OPERATOR):
        services.add(email=email, name=name)
        services.record_check(email=email, on=CHECKED, reference="HR-2", passed=passed)
    return member(email)


def enable(email: str) -> str:
    with acting(OPERATOR):
        return services.enable(email=email)


def holds(email: str) -> bool:
    with acting(OPERATOR):
        return conditions.background_checked(account_of(email).pk).holds


def test_who_is_added_is_not_enabled(command, db):  # noqa: F811
    assert "not enabled before a background check" in command("add", DANA, "--name", "Dana")[1]
    assert not member().is_enabled
    assert "background check" in command("enable", DANA)[2]
    assert command("check", DANA, "--checked", "2026-11-02", "--reference", "HR-17")[0] == 0
    code, out, _err = command("enable", DANA)
    assert (code, "/staff/enrol/" in out) == (0, True)


def test_the_database_enables_nobody_without_a_check(db):
    with acting(OPERATOR):
        services.add(email=DANA, name="Dana")
    with pytest.raises(DatabaseError, match=RULE), acting(OPERATOR):
        StaffMember.objects.update(is_enabled=True)
    add(DAN, "Daniel", passed=False)
    with pytest.raises(StaffRefused, match="two people"):
        enable(DAN)
    with pytest.raises(DatabaseError, match=RULE), acting(OPERATOR):
        StaffMember.objects.update(is_enabled=True)


def test_the_first_comes_in_while_an_examination_asks_pages(transactional_db, superuser_connection):
    """The account that is kept for examinations is enabled then, and was checked by nobody."""
    with acting(OPERATOR):
        services.add(email=DAN, name="Examiner")
    superuser_connection.execute(
        "SET session_replication_role = replica;"
        " UPDATE accounts_staff_member SET is_enabled = true;"
        " SET session_replication_role = origin"
    )
    add(DANA, "Dana")
    assert "/staff/enrol/" in enable(DANA)


def test_the_first_comes_in_alone_and_holds_nothing_before_a_second_confirms(db):
    add(DANA, "Dana")
    assert "/staff/enrol/" in enable(DANA)
    assert not holds(DANA)
    second = add(DAN, "Daniel")
    with pytest.raises(StaffRefused, match="two people"):
        enable(DAN)
    with pytest.raises(DatabaseError, match=RULE), acting(OPERATOR):
        StaffMember.objects.filter(pk=second.pk).update(is_enabled=True)
    with by(DANA):
        checks.confirm(member=second, check_id=BackgroundCheck.objects.get(account=second.pk).pk)
    enable(DAN)
    assert holds(DAN)
    with by(DAN):
        checks.confirm(
            member=member(), check_id=BackgroundCheck.objects.get(account=member().pk).pk
        )
    assert holds(DANA)


@pytest.fixture
def three(db) -> None:
    """Dana and Daniel are staff; Sam's check waits, recorded by Dana."""
    make_staff()
    make_staff(DAN, "Daniel")
    with acting(OPERATOR):
        services.add(email="sam@seatrobot.test", name="Sam")
    with by(DANA):
        checks.record(member=member("sam@seatrobot.test"), on=CHECKED, reference="R", passed=True)


def waiting() -> BackgroundCheck:
    return BackgroundCheck.objects.get(confirmed_by=None)


@pytest.mark.parametrize("who", [DANA, "sam@seatrobot.test"])
def test_neither_who_recorded_it_nor_whom_it_is_about_confirms(three, who):
    with pytest.raises(CheckRefused, match="second person"), by(who):
        checks.confirm(member=member("sam@seatrobot.test"), check_id=waiting().pk)
    account = account_of(who).pk
    with pytest.raises(DatabaseError), by(who):
        BackgroundCheck.objects.filter(pk=waiting().pk).update(
            confirmed_by=account, confirmed_at=now()
        )
    assert waiting()


def test_nobody_confirms_in_the_name_of_another_or_twice(three):
    with pytest.raises(DatabaseError, match="row-level security"), by(DANA):
        waiting_one = BackgroundCheck.objects.filter(pk=waiting().pk)
        waiting_one.update(confirmed_by=account_of(DAN).pk, confirmed_at=now())
    with by(DAN):
        check = waiting()
        checks.confirm(member=member("sam@seatrobot.test"), check_id=check.pk)
    with pytest.raises(CheckRefused, match="already"), by(DAN):
        checks.confirm(member=member("sam@seatrobot.test"), check_id=check.pk)
    with pytest.raises(CheckRefused, match="second person"), acting(OPERATOR):
        checks.confirm(member=member("sam@seatrobot.test"), check_id=check.pk)


def test_nobody_records_their_own(three):
    with pytest.raises(CheckRefused, match="their own"), by(DANA):
        checks.record(member=member(), on=CHECKED, reference="R", passed=True)
    with pytest.raises(DatabaseError, match="their own"), by(DANA):
        make_row(account_of(DANA).pk, account_of(DANA).pk)
    with pytest.raises(DatabaseError, match="row-level security"), by(DANA):
        make_row(account_of(DANA).pk, account_of(DAN).pk)
    with pytest.raises(DatabaseError, match="second person"), acting(OPERATOR):
        make_row(account_of(DANA).pk, None, confirmed_by=account_of(DAN).pk)


def make_row(account, recorded_by, **more) -> None:
    BackgroundCheck.objects.create(
        account_id=account,
        on=CHECKED,
        passed=True,
        recorded_by=recorded_by,
        recorded_at=now(),
        sealed=CheckRecord("R"),
        **more,
    )


def test_no_member_of_an_organization_records_or_confirms(three, alice):
    for change in (
        lambda: make_row(account_of(DANA).pk, alice.account_id),
        lambda: BackgroundCheck.objects.filter(pk=waiting().pk).update(
            confirmed_by=alice.account_id, confirmed_at=now()
        ),
    ):
        with pytest.raises(DatabaseError, match="enabled staff"), acting(alice.actor):
            change()


def test_nothing_of_a_check_changes_and_none_goes(three):
    for change in (
        lambda: BackgroundCheck.objects.update(passed=True),
        lambda: BackgroundCheck.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="permission denied"), acting(OPERATOR):
            change()


def test_a_check_that_was_not_passed_counts_at_once(three):
    assert holds(DANA)
    with by(DAN):
        checks.record(member=member(), on=CHECKED, reference="R-2", passed=False)
    assert not holds(DANA)
    with acting(OPERATOR):
        services.disable(email=DANA)
    with pytest.raises(StaffRefused, match="two people"):
        enable(DANA)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"reference": " "}, "provider's reference"),
        ({"reference": "x" * 101}, "100 characters"),
        ({"on": CHECKED + timedelta(days=36500)}, "not over"),
        ({"on": CHECKED.replace(year=1)}, "ten years"),
        ({"on": CHECKED.replace(year=1800)}, "ten years"),
    ],
)
def test_what_cannot_be_is_said(three, facts, sentence):
    wanted = {"on": CHECKED, "reference": "R", "passed": True} | facts
    with pytest.raises(CheckRefused, match=sentence), by(DANA):
        checks.record(member=member(DAN), **wanted)


def test_entries_name_who_did_it_and_for_whom(three):
    check, sam = waiting(), member("sam@seatrobot.test")
    with by(DAN) as access:
        checks.confirm(member=sam, check_id=check.pk)
        [entry] = access.entries
        assert (entry.action, entry.subject_id) == ("staff:check:confirm", check.pk)
        assert entry.actor_id == account_of(DAN).pk
        assert entry.sealed.facts == {"person": str(sam.pk)}


def test_a_contractor_is_in_until_the_end_of_the_last_day(command, db, monkeypatch):  # noqa: F811
    client, key = Client(), Device()
    assert enrol(client, make_staff(), key).status_code == 302
    today = now().date()
    assert command("last-day", DANA, today.isoformat())[0] == 0
    assert is_in(client)
    assert command("last-day", DANA, (today - timedelta(days=1)).isoformat())[0] == 0
    assert not is_in(client)
    answer = sign_in(Client(), key)
    assert "last day of your work here has passed" in answer.content.decode()
    link = command("link", DANA)[1].splitlines()[0]
    assert Client().get(link[link.index("/staff/") :]).status_code == 410
    command("disable", DANA)
    assert "last day" in command("enable", DANA)[2]
    assert command("last-day", DANA, "none")[0] == 0
    assert command("enable", DANA)[0] == 0
    assert "YYYY-MM-DD" in command("last-day", DANA, "soon")[2]
