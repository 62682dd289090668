"""Several who come at the same time from one network do not stand in each other's way."""

from datetime import timedelta

from django.test import RequestFactory

from seatrobot.accounts import limits
from seatrobot.kernel.clock import now


def test_whoever_waited_for_anothers_try_is_not_refused(db, monkeypatch):
    network = limits.per_ip("sign-in", RequestFactory().get("/"))
    assert limits.count_attempt(network) == 0
    monkeypatch.setattr(limits, "now", lambda: now() - timedelta(seconds=2))
    assert limits.count_attempt(network) == 0
