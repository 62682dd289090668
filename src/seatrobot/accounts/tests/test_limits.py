"""Counted tries hold for many processes at once."""

import threading

import pytest
from django.db import connection

from seatrobot.accounts import limits


@pytest.mark.django_db(transaction=True)
def test_many_tries_at_the_same_moment_gain_nothing():
    counter = limits.per_address("sign-in", "alice@seatrobot.test")
    allowed, start = [], threading.Barrier(12)

    def attempt() -> None:
        start.wait()
        try:
            allowed.append(limits.take(counter) == 0)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert allowed.count(True) == counter.free


def test_a_refused_try_counts_under_no_key(db):
    person = limits.per_address("sign-in", "alice@seatrobot.test")
    network = limits.Try(b"network", free=20)
    for _ in range(5):
        limits.take(person)
    assert limits.take(person, network) > 0
    for _ in range(20):
        assert limits.take(network) == 0
