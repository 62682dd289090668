"""What runs for every organization at night goes on where one of them cannot be worked on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from seatrobot.conftest import as_, founder
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.vault import own
from seatrobot.kernel.vault import services as vault
from seatrobot.organizations import jobs, retention
from seatrobot.organizations.models import MailRecord, SentMail

pytestmark = pytest.mark.django_db(transaction=True)


def old_mail(member) -> None:
    with as_(member):
        SentMail.objects.create(
            organization_id=member.organization_id,
            created_at=now() - timedelta(days=100),
            sealed=MailRecord("a@x.example", "Hello", "Text"),
        )


def test_a_night_goes_on_after_one_that_is_locked_lost_or_broken(alice, charlie, monkeypatch):
    lost, broken = founder("Lola", "Lost"), founder("Bea", "Broken")
    everybody = [charlie, lost, broken, alice]
    for member in everybody:
        old_mail(member)
    made = own.adopt(charlie.organization_id)
    own.prove(charlie.organization_id, made.words)
    own.lock(charlie.organization_id)
    vault.destroy_keyring(lost.organization_id)
    purge, done = retention.purge, []

    def purged():
        done.append(len(done))
        if len(done) == everybody.index(broken) + 1:
            raise ZeroDivisionError
        purge()

    monkeypatch.setattr(retention, "purge", purged)
    monkeypatch.setattr(vault, "organizations", lambda: [m.organization_id for m in everybody])
    jobs.purge(Work("organizations.purge", None, None))
    with as_(alice):
        assert not SentMail.objects.exists()
