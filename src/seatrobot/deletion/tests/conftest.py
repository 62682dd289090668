"""An organization with something in every table, which its owner deletes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from seatrobot.conftest import as_, colleague, founder
from seatrobot.contacts import services as contacts
from seatrobot.contacts.models import ContactRecord
from seatrobot.deletion import ledger, services, steps
from seatrobot.deletion.models import Deletion
from seatrobot.events import services as events
from seatrobot.events.facts import EventFacts
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import bulk, editing, fields
from seatrobot.guests.services.fields import FieldFacts
from seatrobot.kernel import jobs, lists
from seatrobot.kernel.acting import acting
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.tokens import token_hash
from seatrobot.organizations import mail
from seatrobot.organizations.permissions import Role

NAME = "Foundation"


@pytest.fixture(autouse=True)
def ledger_of_its_own(tmp_path, monkeypatch):
    file = tmp_path / "erasures" / "ledger.jsonl"
    monkeypatch.setattr(ledger, "path", lambda: file)
    lists.clear()
    yield file
    lists.clear()


def fill(owner, title="Gala", guests=3):
    """Put an event with guests, arrivals, columns, a contact, a mail and a job into it."""
    start = datetime(2027, 5, 1, 18, tzinfo=UTC)
    facts = EventFacts(title, start, start.replace(hour=22), capacity=100)
    with as_(owner):
        event = events.create(actor=owner, facts=facts)
        fields.add(actor=owner, event=event, facts=FieldFacts("Diet", special=True))
        people = [
            editing.add(
                actor=owner,
                event=event,
                record=GuestRecord(
                    first_name="Alma", last_name=f"N{n}", email=f"alma{n}@seatrobot.test"
                ),
            )
            for n in range(guests)
        ]
        bulk.check_in(actor=owner, event=event, ids=[people[0].pk])
        contacts.create(
            actor=owner, record=ContactRecord(last_name="Adams", emails=["adams@seatrobot.test"])
        )
        mail.send(owner.organization_id, "adams@seatrobot.test", "Hello", "there\n")
        jobs.defer("guests.import-purge", import_id=str(new_id()))
    return event


def ask(owner, *, at_once=True, name=NAME):
    """Have the owner ask for the deletion; return it."""
    with as_(owner):
        deletion, token = services.request(
            actor=owner, typed_name=name, at_once=at_once, deletion_id=new_id()
        )
    deletion.token = token
    assert bytes(deletion.token_hash) == token_hash(token)
    return deletion


def reload(deletion):
    with acting(steps.ACTOR):
        return Deletion.objects.get(pk=deletion.pk)


@pytest.fixture
def filled(transactional_db):
    """Alice's organization with Bob, who belongs to Charlie's too; and Charlie's, which stays."""
    alice, charlie = founder("Alice", NAME), founder("Charlie", "Competitor")
    bob = colleague("Bob", Role.TEAM, alice)
    with as_(charlie):
        from seatrobot.accounts.models import Account
        from seatrobot.organizations import services as organizations

        person = Account.objects.get(pk=bob.account_id)
        organizations.add_member(charlie.organization_id, person, Role.TEAM)
    fill(alice)
    fill(charlie, "Feast")
    return alice, bob, charlie
