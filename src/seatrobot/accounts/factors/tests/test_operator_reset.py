"""The operator helps a Primary Owner who has lost every factor and has nobody else to ask."""

from __future__ import annotations

import argparse

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from seatrobot.accounts import services as accounts
from seatrobot.accounts.commands import run_reset_factors
from seatrobot.accounts.factors.services import enrolled
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account, Authenticator, AuthenticatorRecord, Session
from seatrobot.accounts.staff import services as staff
from seatrobot.conftest import as_
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal.models import Entry

pytestmark = pytest.mark.django_db


def reset(email: str) -> int:
    return run_reset_factors(argparse.Namespace(email=email))


def test_every_factor_and_session_goes_and_the_person_and_the_journals_know(alice, client_of):
    account = Account.objects.get(pk=alice.account_id)
    with as_(alice):
        Authenticator.objects.create(
            account=account,
            sealed=AuthenticatorRecord("App", b"x" * 20),
            last_step=0,
            created_at=now(),
        )
    client_of(alice)
    assert reset("alice@seatrobot.test") == 0
    assert not enrolled(account.pk).any
    assert not Session.objects.filter(account=account).exists()
    with as_(alice):
        rows = Entry.objects.filter(organization_id=alice.organization_id)
        entry = rows.get(action=Action.ACCOUNT_FACTOR_RESET)
    assert (entry.actor_kind, entry.actor_name) == ("operator", "reset-factors")
    assert ProcrastinateJob.objects.filter(task_name="accounts.mail-factor-notice").exists()


def test_nobody_and_staff_are_refused_with_a_sentence(db, capsys):
    with acting(Actor.system("staff")):
        staff.add(email="dana@operator.test", name="Dana")
    assert reset("nobody@seatrobot.test") == 1
    assert "Nobody signs in" in capsys.readouterr().err
    assert reset("dana@operator.test") == 1
    assert "seatrobot staff link" in capsys.readouterr().err
    assert accounts.find("dana@operator.test") is not None
