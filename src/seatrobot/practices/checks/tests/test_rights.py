"""Members, invitations and ways to sign in that the journal does not account for are found."""

from __future__ import annotations

import pytest

from seatrobot.accounts import services as accounts
from seatrobot.accounts.models import Account, Passkey, PasskeyRecord
from seatrobot.conftest import PASSWORD, as_, colleague
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.feature import Action as KernelAction
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal.models import Entry
from seatrobot.organizations.models import Membership
from seatrobot.organizations.permissions import GrantedRole, Role
from seatrobot.organizations.services import inviting, membership
from seatrobot.practices.checks import rights

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def evil(superuser_connection):
    superuser_connection.execute("SET session_replication_role = replica")
    return superuser_connection


@pytest.fixture
def team(alice, dinner):
    """An organization in which people were invited, changed, handed over and removed."""
    bob = colleague("Bob", Role.TEAM, alice)
    door = colleague("Dora", Role.DOOR, alice, [dinner.pk])
    gone = colleague("Gina", Role.TEAM, alice)
    heir = colleague("Hank", Role.TEAM, alice)
    with as_(alice):
        inviting.invite(actor=alice, email="new@seatrobot.test", name="Nora", role=Role.TEAM)
        rows = {each.account_id: each.pk for each in Membership.objects.all()}
        grants = [GrantedRole(Role.DOOR, dinner.pk)]
        membership.change_member(
            actor=alice, membership_id=rows[bob.account_id], role=Role.LIMITED, grants=grants
        )
        membership.remove_member(actor=alice, membership_id=rows[gone.account_id])
    return bob, door, heir


def measured():
    found = rights.rights()
    return {name: found.values[name] for name in ("unknown", "others")}, found


def test_what_people_did_is_what_the_journal_says(alice, charlie, team):
    wrong, found = measured()
    assert wrong == {"unknown": 0, "others": 0}, found.notes
    assert found.values["members"] == 5
    assert found.values["roles"] == 6
    with as_(alice):
        assert Entry.objects.filter(action=KernelAction.VAULT_CHECK).count() == 1


def test_an_organization_that_was_handed_over(alice, team):
    _bob, _door, heir = team
    with as_(alice):
        row = Membership.objects.get(account_id=heir.account_id)
        membership.transfer_ownership(actor=alice, membership_id=row.pk, password=PASSWORD)
    assert measured()[0] == {"unknown": 0, "others": 0}


PUT_IN = {
    "a member": "INSERT INTO organizations_membership"
    " (id, organization_id, account_id, role, created_at)"
    " SELECT gen_random_uuid(), '{alice}', account_id, 'administrator', now()"
    " FROM organizations_membership WHERE organization_id = '{charlie}'",
    "an invitation": "INSERT INTO organizations_invitation (id, organization_id, role, token_hash,"
    " is_mailed, created_at, expires_at, sealed) SELECT gen_random_uuid(), organization_id,"
    " 'administrator', 'x', false, now(), now(), sealed FROM organizations_invitation",
    "an app": "INSERT INTO accounts_authenticator (id, account_id, last_step, created_at, sealed)"
    " SELECT gen_random_uuid(), id, 0, now(), sealed FROM accounts_account LIMIT 1",
    "a session": "INSERT INTO accounts_session (id, key_hash, account_id, session_data, created_at,"
    " expire_date, used_at, longest_gap, sealed) SELECT gen_random_uuid(), 'x', id, '', now(),"
    " now(), now(), 0, sealed FROM accounts_account LIMIT 1",
    "a member who was removed": "INSERT INTO organizations_membership"
    " (id, organization_id, account_id, role, created_at)"
    " SELECT gen_random_uuid(), organization_id, subject_id, 'administrator', now()"
    " FROM journal_entry WHERE action = 'organization:member:remove'",
}
CHANGED = {
    "a role": "UPDATE organizations_membership SET role = 'administrator' WHERE role = 'limited'"
    " AND organization_id = '{alice}'",
    "a role in another event": "UPDATE organizations_grant SET event_id = NULL"
    " WHERE membership_id IS NOT NULL",
    "another role in an event": "UPDATE organizations_grant SET role = 'manager'"
    " WHERE membership_id IS NOT NULL",
    "the role of an invitation": "UPDATE organizations_invitation SET role = 'administrator'",
}


@pytest.mark.parametrize("what", PUT_IN)
def test_what_nobody_gave_is_found(what, alice, charlie, team, evil):
    names = {"alice": alice.organization_id, "charlie": charlie.organization_id}
    evil.execute(PUT_IN[what].format(**names))
    assert measured()[0] == {"unknown": 1, "others": 0}


@pytest.mark.parametrize("what", CHANGED)
def test_a_role_that_nobody_gave_is_found(what, alice, charlie, team, evil):
    evil.execute(CHANGED[what].format(alice=alice.organization_id))
    wrong, found = measured()
    assert wrong["unknown"] == 0
    assert wrong["others"] >= 1, found.notes


def test_a_second_passkey_beside_one_that_was_added_is_found(alice, evil):
    account = Account.objects.get(pk=alice.account_id)
    with acting(Actor.member(account.pk)):
        Passkey.objects.create(
            account=account,
            credential_hash=b"1",
            sealed=PasskeyRecord("a", b"", b"", [], ""),
            sign_count=0,
            is_synced=False,
            created_at=account.created_at,
        )
        accounts.record(rights.ADDING[0], account)
    assert measured()[0]["unknown"] == 0
    key = new_id()
    evil.execute(
        "INSERT INTO accounts_passkey (id, account_id, credential_hash, sealed, sign_count,"
        " is_synced, created_at) SELECT %s, account_id, '2', sealed, 0, false, now()"
        " FROM accounts_passkey",
        [key],
    )
    assert measured()[0]["unknown"] == 1
