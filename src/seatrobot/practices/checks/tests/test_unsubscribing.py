"""Who unsubscribed gets no mail: the examination, with pages answered in this process."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from seatrobot.conftest import as_
from seatrobot.invitations import outbox
from seatrobot.invitations.addresses import address_index, domain_index
from seatrobot.invitations.models import Delivery, Suppression
from seatrobot.invitations.records import DeliveryRecord
from seatrobot.invitations.services.suppressing import suppress
from seatrobot.kernel.clock import now
from seatrobot.practices.checks import unsubscribing
from seatrobot.practices.checks.probe import probe_organization

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
Reason = Suppression.Reason
pytestmark = pytest.mark.django_db(transaction=True)


class InProcess:
    """A browser of examinations whose requests are answered by this process."""

    def send(self, path, fields=None):
        answer = Client().post(path, fields or {})
        answer.status = answer.status_code
        return answer


@pytest.fixture(autouse=True)
def pages(monkeypatch):
    monkeypatch.setattr(unsubscribing, "Browser", InProcess)


def examined():
    with probe_organization() as probe:
        return unsubscribing._try(probe)


def test_nobody_who_unsubscribed_gets_any(alice):
    assert examined() == {"tried": 6, "mailed": 0, "offered": 0, "control": 3}
    values = unsubscribing.unsubscribed().values  # and again, after what the first has left
    assert (values["mailed"], values["later"], values["lost"]) == (0, 0, 0)


def test_what_was_sent_or_went_away_by_other_ways_is_counted(alice, dinner):
    """A message handed over after its address unsubscribed, and an unsubscription that is gone."""
    whose, to, moment = alice.organization_id, "alma@guests.test", now()
    with as_(alice):
        said = {"organization_id": whose, "address": to, "reason": Reason.UNSUBSCRIBED}
        suppress(**said)
        Delivery.objects.create(
            organization_id=whose,
            event=dinner,
            state="handed",
            next_at=moment,
            created_at=moment,
            handed_at=moment + timedelta(minutes=1),
            address_index=address_index(whose, to),
            domain_index=domain_index(whose, to),
            sealed=DeliveryRecord(to),
        )
    values = unsubscribing.unsubscribed().values
    assert (values["later"], values["lost"]) == (1, 0)
    with as_(alice):
        Suppression.objects.filter(organization_id=whose).delete()
    values = unsubscribing.unsubscribed().values
    assert (values["later"], values["lost"]) == (0, 1)


def test_an_address_that_two_ask_for_in_the_same_moment_is_noted_once(alice, superuser_connection):
    """As a mail program does that posts twice: the log has one unsubscription, which is there."""
    said = {"organization_id": alice.organization_id, "address": "alma@guests.test"}
    answers = []

    def second():
        try:
            with as_(alice):
                answers.append(suppress(**said, reason=Reason.UNSUBSCRIBED))
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    with as_(alice):
        answers.append(suppress(**said, reason=Reason.UNSUBSCRIBED))
        thread.start()
        while thread.is_alive() and not superuser_connection.execute(WAITING).fetchone()[0]:
            thread.join(0.01)
    thread.join()
    assert answers == [True, False]
    assert unsubscribing.unsubscribed().values["lost"] == 0


@pytest.mark.parametrize("statement", ["_CLAIM", "_DOT"])
def test_an_outbox_that_does_not_ask_is_found(alice, monkeypatch, statement):
    wrong = outbox._DOT.replace(outbox.SUPPRESSED, "false")
    monkeypatch.setattr(outbox, "_DOT", wrong)
    if statement == "_CLAIM":
        wrong = outbox._CLAIM.replace(outbox.SUPPRESSED, "false")
        monkeypatch.setattr(outbox, "_CLAIM", wrong)
    assert examined()["mailed"] > 0
