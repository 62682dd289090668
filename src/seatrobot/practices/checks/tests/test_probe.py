"""The organization kept for examinations is nobody's, and nothing stays in it."""

from __future__ import annotations

import threading

import pytest
from django.core import mail as outbox
from django.db import IntegrityError, ProgrammingError, connection

from seatrobot.accounts import mail
from seatrobot.accounts.models import Account, Session
from seatrobot.events.models import Event
from seatrobot.kernel.acting import acting
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.promises.declaring import CannotMeasure
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault import services as vault
from seatrobot.organizations.models import Membership
from seatrobot.organizations.security.models import SecuritySettings
from seatrobot.organizations.setup import first_run_link
from seatrobot.practices.checks import canaries
from seatrobot.practices.checks.probe import browser_of, probe_organization, with_password
from seatrobot.practices.models import Probe

pytestmark = pytest.mark.django_db(transaction=True)


def test_before_anybody_uses_the_instance_there_is_none():
    with pytest.raises(CannotMeasure, match="No organization uses"), probe_organization():
        pass
    assert not Account.objects.exists()
    assert first_run_link()


def test_it_has_its_own_keyring_and_stream(used):
    with probe_organization() as probe:
        pass
    assert vault.has_keyring(probe.organization_id)
    assert probe.organization_id != used.organization_id


def test_it_is_made_once_however_many_begin(used):
    def begin():
        try:
            with probe_organization():
                pass
        finally:
            connection.close()

    threads = [threading.Thread(target=begin) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Probe.objects.count() == 1
    assert Account.objects.count() == 1 + 6


def test_nobody_sees_it(used, client_of):
    with probe_organization() as probe:
        canaries.write(probe)
    with acting(used.actor):
        assert set(Membership.objects.values_list("account_id", flat=True)) == {used.account_id}
    answer = client_of(used).get("/organizations/")
    assert answer.url == f"/o/{used.organization_id}/events/"  # the only one there is for her
    assert client_of(used).get(probe.path("events/")).status_code == 404


def test_what_a_killed_examination_left_is_cleaned_up(used):
    with probe_organization() as probe:
        pass
    canaries.write(probe)
    browser_of(probe.member)
    with probe_organization() as probe, acting(ACTOR, probe.organization_id):
        assert not SecuritySettings.objects.exists()
        assert not Account.objects.get(pk=probe.member.account_id).sessions.exists()
        assert canaries.Event.objects.count() == 0


def test_the_password_is_there_for_a_moment_only(used):
    with probe_organization() as probe:
        with with_password(probe.member):
            assert Account.objects.get(pk=probe.member.account_id).has_usable_password()
        assert not Account.objects.get(pk=probe.member.account_id).has_usable_password()


def test_mail_to_it_goes_nowhere(settings):
    directory = settings.CONFIG.data / "mail"
    before = set(directory.glob("*")) if directory.exists() else set()
    mail.post(mail.compose(f"owner{mail.NOWHERE}", "Hello", "there"))
    assert outbox.outbox == []
    assert (set(directory.glob("*")) if directory.exists() else set()) == before


def test_an_examination_that_was_given_up_is_not_disturbed_by_the_next(used, monkeypatch):
    monkeypatch.setattr("seatrobot.practices.checks.probe.WAIT_SECONDS", 0)
    with probe_organization():
        with pytest.raises(CannotMeasure, match="has not come to its end"), probe_organization():
            pass
    with probe_organization():
        pass


POINTED = ("organization_id", "foreign_organization_id")
PEOPLE = ("owner_id", "administrator_id", "member_id", "door_id", "foreign_owner_id", "staff_id")


@pytest.mark.parametrize("columns", [*((each,) for each in POINTED + PEOPLE), POINTED + PEOPLE])
def test_a_row_that_names_somebody_else_makes_it_touch_nothing(
    columns, used, client_of, superuser_connection
):
    with probe_organization():
        pass
    client_of(used)
    for column in columns:
        named = used.organization_id if "organization" in column else used.account_id
        superuser_connection.execute(f"UPDATE practices_probe SET {column} = '{named}'")
    with pytest.raises(CannotMeasure, match="not the one that they made"), probe_organization():
        pytest.fail("it was used")
    with acting(used.actor, used.organization_id):
        assert Event.objects.count() == 1
    assert Account.objects.get(pk=used.account_id).has_usable_password()
    assert Session.objects.filter(account_id=used.account_id).count() == 1


def test_an_organization_or_account_made_to_look_like_it_is_refused(used, superuser_connection):
    """The memberships of an organization and the index of an address are not enough."""
    with probe_organization() as probe:
        pass
    change = superuser_connection.execute
    change("SET session_replication_role = replica")
    place, kept = used.organization_id, probe.organization_id
    change(f"DELETE FROM organizations_membership WHERE organization_id = '{place}'")
    change(
        f"UPDATE organizations_membership SET organization_id = '{place}'"
        f" WHERE organization_id = '{kept}'"
    )
    change(f"UPDATE practices_probe SET organization_id = '{place}'")
    with pytest.raises(CannotMeasure), probe_organization():
        pytest.fail("it was used")
    with acting(ACTOR, place):
        assert Event.objects.count() == 1
    change(
        f"UPDATE organizations_membership SET organization_id = '{kept}'"
        f" WHERE organization_id = '{place}'"
    )
    change(f"UPDATE practices_probe SET organization_id = '{kept}', staff_id = '{used.account_id}'")
    change(f"UPDATE accounts_account SET email_index = '\\x00' WHERE id = '{probe.staff_id}'")
    index = vault.blind_index(PLATFORM, f"staff{mail.NOWHERE}")
    change("UPDATE accounts_account SET email_index = %s WHERE id = %s", [index, used.account_id])
    with pytest.raises(CannotMeasure), probe_organization():
        pytest.fail("it was used")
    assert Account.objects.get(pk=used.account_id).has_usable_password()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE practices_probe SET organization_id = gen_random_uuid()",
        "DELETE FROM practices_probe",
    ],
)
def test_the_application_cannot_point_it_elsewhere(statement, used):
    with probe_organization():
        pass
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(statement)


def test_there_is_one_row(used):
    with probe_organization():
        pass
    row = Probe.objects.get()
    row.pk = -1
    with pytest.raises(IntegrityError):
        row.save(force_insert=True)
