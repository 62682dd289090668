"""Dana and Erik of the staff, whose conditions are those of accounts alone."""

from __future__ import annotations

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from seatrobot.accounts import assurance
from seatrobot.accounts.factors.tests.device import ORIGIN
from seatrobot.accounts.models import Passkey, PasskeyRecord
from seatrobot.accounts.staff import conditions as of_accounts
from seatrobot.accounts.staff.sessions import StaffSessionStore
from seatrobot.accounts.staff.tests.people import COOKIE, account_of, make_staff
from seatrobot.kernel import features
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.staff import conditions
from seatrobot.kernel.tenancy.tests.test_scopes import gala, guests  # noqa: F401  fixtures

OPERATOR = Actor.operator("tests")


def ask_accounts_alone(monkeypatch) -> None:
    """What other packages demand of staff is tried beside them."""
    checks = (of_accounts.enabled, of_accounts.not_ended, of_accounts.passkey_fresh)
    monkeypatch.setattr(features, "staff_conditions", lambda: checks)
    conditions.forget()


@pytest.fixture(autouse=True)
def conditions_of_accounts(monkeypatch, settings):
    settings.BASE_URL = ORIGIN
    ask_accounts_alone(monkeypatch)
    yield
    conditions.forget()


def staff_member(name: str):
    """Make somebody staff who has just used a passkey; return their account."""
    email = f"{name.lower()}@staff.seatrobot.test"
    make_staff(email, name)
    account = account_of(email)
    with acting(OPERATOR):
        Passkey.objects.create(
            account=account,
            credential_hash=account.pk.bytes,
            sealed=PasskeyRecord("Laptop", b"", b"", [], ""),
            sign_count=0,
            is_synced=False,
            created_at=now(),
        )
    return account


@pytest.fixture
def dana(db):
    return staff_member("Dana").pk


@pytest.fixture
def erik(db):
    return staff_member("Erik").pk


@pytest.fixture
def nobody():
    return new_id()


def browser(staff_id) -> Client:
    """Return a browser that is signed in to the staff area."""
    store = StaffSessionStore()
    store[SESSION_KEY] = str(staff_id)
    store[assurance.KEY] = {"methods": ["passkey"], "at": now().isoformat()}
    store.create()
    client = Client()
    client.cookies[COOKIE] = store.session_key
    return client
