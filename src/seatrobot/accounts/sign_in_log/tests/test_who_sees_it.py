"""A person sees their own sign-ins, administrators those of their members, nobody any other."""

import pytest

from seatrobot.accounts.models import Account, SignIn
from seatrobot.accounts.sign_in_log.tests.people import (
    as_anybody,
    browser,
    copies,
    own_rows,
    sign_in,
)
from seatrobot.conftest import as_
from seatrobot.organizations import services as organizations
from seatrobot.organizations.permissions import Role


@pytest.fixture
def everybody(alice, bob, charlie):
    for name in ("alice", "bob", "charlie"):
        sign_in(browser(), name)


def test_a_person_sees_their_own(everybody, alice, bob, charlie):
    for member in (alice, bob, charlie):
        assert [row.account_id for row in own_rows(member)] == [member.account_id]


def test_an_organization_has_those_of_its_members(everybody, alice, bob, charlie):
    assert {row.account_id for row in copies(alice)} == {alice.account_id, bob.account_id}
    assert {row.account_id for row in copies(charlie)} == {charlie.account_id}


def test_the_database_shows_no_other_row_whatever_is_asked(everybody, alice, charlie):
    with as_(charlie):
        seen = SignIn.objects.all()
        assert {row.account_id for row in seen} == {charlie.account_id}
    assert as_anybody("SELECT * FROM accounts_sign_in") == []
    assert as_anybody("SELECT * FROM accounts_sign_in_count") == []
    assert as_anybody("SELECT * FROM accounts_known_origin") == []


def test_a_member_of_two_organizations_is_in_both_logs(alice, bob, charlie):
    with as_(charlie):
        person = Account.objects.get(pk=bob.account_id)
        organizations.add_member(charlie.organization_id, person, Role.TEAM)
    sign_in(browser(), "bob")
    for member in (alice, charlie):
        assert bob.account_id in {row.account_id for row in copies(member)}
    assert len(own_rows(bob)) == 1
