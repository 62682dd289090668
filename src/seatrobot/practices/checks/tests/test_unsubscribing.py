"""Who unsubscribed gets no mail: the examination, with pages answered in this process."""

from __future__ import annotations

import pytest
from django.test import Client

from seatrobot.invitations import outbox
from seatrobot.practices.checks import unsubscribing
from seatrobot.practices.checks.probe import probe_organization

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
    assert examined()["mailed"] == 0  # and again, after what the first has left


@pytest.mark.parametrize("statement", ["_CLAIM", "_DOT"])
def test_an_outbox_that_does_not_ask_is_found(alice, monkeypatch, statement):
    wrong = outbox._DOT.replace(outbox.SUPPRESSED, "false")
    monkeypatch.setattr(outbox, "_DOT", wrong)
    if statement == "_CLAIM":
        wrong = outbox._CLAIM.replace(outbox.SUPPRESSED, "false")
        monkeypatch.setattr(outbox, "_CLAIM", wrong)
    assert examined()["mailed"] > 0
