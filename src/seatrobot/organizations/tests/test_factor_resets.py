"""Resetting a member's factors: at once, after 72 hours, with a second administrator, or not."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from seatrobot.accounts.factors import codes, resets, services
from seatrobot.accounts.feature import Action
from seatrobot.accounts.jobs import mail_reset_warning
from seatrobot.accounts.models import (
    Account,
    Authenticator,
    AuthenticatorRecord,
    PendingReset,
    Session,
)
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.accounts.signing_in.flow import begin_session
from seatrobot.accounts.tests.mails import kept_mail
from seatrobot.conftest import as_, colleague
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.journal.models import Entry
from seatrobot.organizations.jobs import reset_when_due
from seatrobot.organizations.models import Membership
from seatrobot.organizations.permissions import Role
from seatrobot.organizations.services import add_member, change_member

WORK = Work("accounts.mail-reset-warning", None, None)


@pytest.fixture
def ada(alice):
    return colleague("Ada", Role.ADMINISTRATOR, alice)


@pytest.fixture
def adam(alice):
    return colleague("Adam", Role.ADMINISTRATOR, alice)


def grow_old(*administrators, days: int = 4) -> None:
    """Make people administrators since some days."""
    for administrator in administrators:
        with as_(administrator):
            Membership.objects.filter(account_id=administrator.account_id).update(
                administrator_since=now() - timedelta(days=days)
            )


def protect(member) -> Account:
    account = Account.objects.get(pk=member.account_id)
    with acting(Actor.member(account.pk)):
        Authenticator.objects.create(
            account=account,
            sealed=AuthenticatorRecord("App", b"secret"),
            last_step=0,
            created_at=now(),
        )
        codes.make_recovery_codes(account)
    return account


def url(admin, member) -> str:
    with as_(admin):
        row = Membership.objects.get(
            organization_id=admin.organization_id, account_id=member.account_id
        )
    return f"/o/{admin.organization_id}/members/{row.pk}/reset-factors/"


def is_protected(member) -> bool:
    return services.enrolled(member.account_id).any


def run_job(admin, *, early: bool = False) -> None:
    pending = PendingReset.objects.get()
    if not early:
        PendingReset.objects.update(due_at=now() - timedelta(seconds=1))
    work = Work("organizations.reset-factors", admin.organization_id, admin.account_id)
    reset_when_due(work, reset_id=str(pending.pk))


def jobs(name: str) -> list[dict]:
    return [job.args for job in ProcrastinateJob.objects.filter(task_name=name)]


def actions(member) -> list[str]:
    with as_(member):
        rows = Entry.objects.filter(organization_id=member.organization_id)
        return [row.action for row in rows.filter(action__contains="reset").order_by("id")]


class TestMember:
    def test_at_once_journalled_and_mailed(self, client_of, alice, ada, bob):
        protect(bob)
        bobs = client_of(bob)
        client_of(ada).post(url(ada, bob))
        assert not is_protected(bob)
        assert services.enrolled(bob.account_id).recovery_codes == 0
        assert bobs.get("/account/").status_code == 302
        assert actions(ada) == [Action.ACCOUNT_FACTOR_RESET]
        assert jobs("accounts.mail-factor-notice")[-1]["notice"] == "reset"

    def test_whoever_has_none_is_left_alone(self, client_of, ada, bob):
        page = client_of(ada).get(url(ada, bob)).content.decode()
        assert "has no second factor" in page
        client_of(ada).post(url(ada, bob))
        assert actions(ada) == []

    def test_not_ones_own(self, client_of, ada):
        protect(ada)
        assert client_of(ada).post(url(ada, ada)).status_code == 409
        assert is_protected(ada)

    def test_not_by_a_team_member(self, client_of, alice, bob, ada):
        protect(ada)
        assert client_of(bob).post(url(alice, ada)).status_code == 403

    def test_not_by_another_organization(self, client_of, alice, charlie, bob):
        protect(bob)
        assert client_of(charlie).post(url(alice, bob)).status_code == 404
        assert is_protected(bob)

    def test_somebody_of_two_organizations_can_object_first(
        self, client_of, ada, adam, bob, charlie
    ):
        protect(bob)
        with as_(charlie):
            add_member(charlie.organization_id, Account.objects.get(pk=bob.account_id), Role.TEAM)
        client_of(ada).post(url(ada, bob))
        client_of(adam).post(url(adam, bob))
        assert is_protected(bob)
        assert PendingReset.objects.count() == 1


class TestOwner:
    def test_it_waits(self, client_of, alice, ada):
        protect(alice)
        client_of(ada).post(url(ada, alice))
        run_job(ada, early=True)
        assert is_protected(alice)
        assert actions(ada) == [Action.ACCOUNT_FACTOR_RESET_ASK]
        run_job(ada)
        assert not is_protected(alice)
        assert not PendingReset.objects.exists()
        assert actions(ada)[-1] == Action.ACCOUNT_FACTOR_RESET

    def test_the_job_comes_after_three_days(self, client_of, alice, ada):
        protect(alice)
        client_of(ada).post(url(ada, alice))
        [job] = ProcrastinateJob.objects.filter(task_name="organizations.reset-factors")
        assert job.scheduled_at - now() > timedelta(hours=71, minutes=59)

    def test_the_same_administrator_does_not_agree_with_themselves(self, client_of, alice, ada):
        protect(alice)
        client = client_of(ada)
        client.post(url(ada, alice))
        client.post(url(ada, alice))
        assert is_protected(alice)
        assert "A reset waits until" in client.get(url(ada, alice)).content.decode()

    def test_a_second_administrator_agrees(self, client_of, alice, ada, adam):
        grow_old(ada, adam)
        protect(alice)
        client_of(ada).post(url(ada, alice))
        client = client_of(adam)
        assert "Another administrator has asked" in client.get(url(adam, alice)).content.decode()
        client.post(url(adam, alice))
        assert not is_protected(alice)
        assert not PendingReset.objects.exists()

    @pytest.mark.parametrize("young", ["who asks", "who agrees"])
    def test_an_administrator_of_yesterday_is_no_second_one(
        self, client_of, alice, ada, adam, young
    ):
        grow_old(ada, adam)
        grow_old(ada if young == "who asks" else adam, days=2)
        protect(alice)
        client_of(ada).post(url(ada, alice))
        client_of(adam).post(url(adam, alice))
        assert is_protected(alice)

    @pytest.mark.parametrize("made", ["who asks", "who agrees"])
    def test_neither_may_have_made_the_other(self, client_of, alice, ada, adam, made):
        grow_old(ada, adam)
        one, other = (ada, adam) if made == "who asks" else (adam, ada)
        with as_(alice):
            rows = Membership.objects.filter(account_id=one.account_id)
            rows.update(administrator_by=other.account_id)
        protect(alice)
        client_of(ada).post(url(ada, alice))
        client_of(adam).post(url(adam, alice))
        assert is_protected(alice)

    def test_it_is_known_who_made_an_administrator_and_when(self, client_of, alice, ada, bob):
        with as_(ada):
            row = Membership.objects.get(account_id=bob.account_id)
            assert row.administrator_since is None
            change = partial(change_member, actor=ada, membership_id=row.pk)
            change(role=Role.ADMINISTRATOR)
            row.refresh_from_db()
            assert (row.administrator_by, row.administrator_since is None) == (
                ada.account_id,
                False,
            )
            change(role=Role.TEAM)
            row.refresh_from_db()
            assert (row.administrator_by, row.administrator_since) == (None, None)

    def test_the_owner_cancels_by_link(self, client_of, alice, ada, settings, tmp_path):
        settings.CONFIG = replace(settings.CONFIG, data=tmp_path)
        protect(alice)
        client_of(ada).post(url(ada, alice))
        pending = PendingReset.objects.get()
        mail_reset_warning(
            Work("accounts.mail-reset-warning", None, None), reset_id=str(pending.pk)
        )
        assert "keep-ways" in kept_mail()[0]
        link = f"/account/keep-ways/{resets.token(pending)}/"
        assert Client().get(link).status_code == 200
        assert PendingReset.objects.exists()
        assert Client().post(link).status_code == 302
        assert not PendingReset.objects.exists()
        assert Client().post(link).status_code == 410
        mail_reset_warning(
            Work("accounts.mail-reset-warning", None, None), reset_id=str(pending.pk)
        )
        assert len(kept_mail()) == 1

    @pytest.mark.parametrize("change", [lambda text: text + "x", lambda text: text[1:]])
    def test_a_changed_link_cancels_nothing(self, client_of, alice, ada, change):
        protect(alice)
        client_of(ada).post(url(ada, alice))
        token = change(resets.token(PendingReset.objects.get()))
        assert Client().post(f"/account/keep-ways/{token}/").status_code == 410
        assert PendingReset.objects.exists()

    @pytest.mark.parametrize(
        ("methods", "waits"),
        [
            ([Method.PASSWORD, Method.TOTP], False),
            ([Method.PASSKEY], False),
            ([Method.PASSWORD], True),
        ],
    )
    def test_signing_in_with_a_factor_cancels(self, client_of, alice, ada, rf, methods, waits):
        account = protect(alice)
        client_of(ada).post(url(ada, alice))
        request = rf.post("/")
        request.session = Client().session
        begin_session(request, account, methods)
        assert PendingReset.objects.exists() == waits

    def test_one_asked_by_somebody_who_may_no_more_does_not_happen(self, client_of, alice, ada):
        protect(alice)
        client_of(ada).post(url(ada, alice))
        with as_(alice):
            Membership.objects.filter(account_id=ada.account_id).update(role=Role.TEAM)
        run_job(ada)
        assert is_protected(alice)
        assert not PendingReset.objects.exists()
        assert Session.objects.exists()
