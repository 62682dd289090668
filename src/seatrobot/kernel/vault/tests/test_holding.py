"""What journals are told of keys is told once it is committed, and once."""

from __future__ import annotations

import pytest

from seatrobot.conftest import as_
from seatrobot.kernel.feature import Action
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.vault import holding

pytestmark = pytest.mark.django_db(transaction=True)


class Undone(Exception):
    """Undoes a unit of work."""


def test_a_process_is_named_by_the_next_that_commits(alice, monkeypatch, superuser_connection):
    def named():
        query = "SELECT count(*) FROM journal_entry WHERE action = %s"
        return superuser_connection.execute(query, (Action.VAULT_HOLD,)).fetchone()[0]

    monkeypatch.setattr(holding, "CLAIM_SECONDS", 0.0, raising=False)
    monkeypatch.setattr(holding.process, "has_opened", True)
    monkeypatch.setattr(holding.process, "is_named", False)
    before = named()
    with pytest.raises(Undone), as_(alice):  # the outer unit of work is undone after the inner
        with as_(alice):
            journal.record(Action.VAULT_OPEN)
        raise Undone
    assert not holding.process.is_named
    with as_(alice):
        journal.record(Action.VAULT_OPEN)
    assert (named() - before, holding.process.is_named) == (1, True)
    with as_(alice):
        journal.record(Action.VAULT_OPEN)
    assert named() - before == 1


def test_uses_of_an_own_key_are_told_by_the_next_that_commits(alice, monkeypatch):
    monkeypatch.setattr(holding, "CLAIM_SECONDS", 0.0, raising=False)
    monkeypatch.setattr(holding, "_uses", {})
    holding.count_use(alice.organization_id, refused=False)
    holding.count_use(alice.organization_id, refused=True)
    with pytest.raises(Undone), as_(alice):
        with as_(alice):
            journal.record(Action.VAULT_OPEN)
        raise Undone
    with as_(alice):
        journal.record(Action.VAULT_OPEN)
        holding.count_use(alice.organization_id, refused=False)
    with as_(alice):
        journal.record(Action.VAULT_OPEN)
    with as_(alice):
        entries = [each.sealed.facts for each in Entry.objects.filter(action=Action.VAULT_OWN)]
    assert [(each["asked"], each["refused"]) for each in entries] == [(3, 1)]


def test_of_two_at_once_one_tells(monkeypatch, alice):
    monkeypatch.setattr(holding, "_uses", {})
    holding.count_use(alice.organization_id, refused=False)
    assert holding.claim_uses(alice.organization_id) == (1, 0)
    assert holding.claim_uses(alice.organization_id) is None
    holding.count_use(alice.organization_id, refused=True)
    holding.told_uses(alice.organization_id, 1, 0)
    assert holding.claim_uses(alice.organization_id) is None
    monkeypatch.setattr(holding, "TOLD_SECONDS", 0.0)
    assert holding.claim_uses(alice.organization_id) == (1, 1)
