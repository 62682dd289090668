"""Counted tries: in the database, so for every process and after every restart."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg
import pytest
from django.db import connection
from django.test import Client

from seatrobot.accounts import limits
from seatrobot.accounts.forms import SignInForm
from seatrobot.accounts.limits import FIRST_WAIT, LONGEST_WAIT
from seatrobot.accounts.models import Attempt
from seatrobot.conftest import PASSWORD

ADDRESS = "alice@seatrobot.test"
ANOTHER_PROCESS = """
import django
django.setup()
from seatrobot.accounts import limits
alice = limits.per_address("sign-in", "alice@seatrobot.test")
print([limits.count_attempt(alice) for _ in range(3)])
"""


def counter() -> limits.Limit:
    return limits.per_address("sign-in", ADDRESS)


def another_process() -> str:
    command = [sys.executable, "-c", ANOTHER_PROCESS]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.django_db(transaction=True)
def test_processes_count_together_and_a_restart_forgets_nothing():
    assert another_process() == "[0, 0, 0]"
    assert [limits.count_attempt(counter()) for _ in range(2)] == [0, 0]
    assert 0 < limits.count_attempt(counter()) <= FIRST_WAIT
    waits = json.loads(another_process())
    assert all(0 < wait <= FIRST_WAIT for wait in waits)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_gain_no_try():
    def guess(_: int) -> int:
        try:
            return limits.count_attempt(counter())
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as guessers:
        waits = list(guessers.map(guess, range(24)))
    assert waits.count(0) == counter().free


def test_waits_double_up_to_an_hour(db):
    delays = [limits._delay(count, free=5) for count in range(5, 15)]
    assert delays[:4] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT, 8 * FIRST_WAIT]
    assert delays[-1] == LONGEST_WAIT
    assert limits._delay(10_000, free=5) == LONGEST_WAIT
    assert limits._delay(4, free=5) == 0


def test_trying_while_one_has_to_wait_does_not_prolong_the_wait(db):
    for _ in range(5):
        limits.count_attempt(counter())
    before = Attempt.objects.get(key=counter().key)
    for _ in range(50):
        assert limits.count_attempt(counter()) > 0
    after = Attempt.objects.get(key=counter().key)
    assert (after.count, after.last_at) == (before.count, before.last_at)


def test_a_forged_forwarded_address_gives_no_new_tries(alice):
    for number in range(20):
        form = {"username": f"eve{number}@x.test", "password": "wrong horse battery staple"}
        Client().post("/sign-in/", form, headers={"X-Forwarded-For": f"198.51.100.{number}"})
    form = {"username": "another@x.test", "password": "wrong horse battery staple"}
    answer = Client().post("/sign-in/", form, headers={"X-Forwarded-For": "198.51.100.99"})
    assert answer.status_code == 429


def test_behind_a_trusted_proxy_each_client_has_its_own_tries(alice, settings):
    settings.TRUSTED_PROXIES = 1
    form = {"password": "wrong horse battery staple"}
    for number in range(20):
        headers = {"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.1"}
        Client().post("/sign-in/", form | {"username": f"eve{number}@x.test"}, headers=headers)
    slowed = Client().post(
        "/sign-in/", form | {"username": "a@x.test"}, headers={"X-Forwarded-For": "198.51.100.1"}
    )
    elsewhere = Client().post(
        "/sign-in/",
        {"username": ADDRESS, "password": PASSWORD},
        headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.1"},
    )
    assert (slowed.status_code, elsewhere.status_code) == (429, 302)


UNSEEN = ["\u200b", "\ufe0f", "\u034f", "\u180e", "\u2060", "\u00ad", "\U000e0001", "\0", "\x07"]
SPELLINGS = [
    *(f"{sign * 2}ali{sign}ce@{sign}seatrobot.test{sign}" for sign in UNSEEN),
    "".join(f"{sign}{letter}" for sign, letter in zip(UNSEEN, "alice@sea", strict=True))
    + "trobot.test",
    f"\u00a0 {ADDRESS} \u3000",
    "alice@SEATROBOT.test",
]


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_an_address_is_counted_as_it_is_looked_up(spelled):
    cleaned = SignInForm.base_fields["username"].clean(spelled)
    assert cleaned == ADDRESS
    assert limits.per_address("sign-in", spelled) == counter()


def test_what_is_no_address_is_counted_without_signs_that_nobody_sees():
    spelled = limits.per_address("sign-in", "\u200bali\u2060ce ")
    assert spelled == limits.per_address("sign-in", "alice")


def test_another_spelling_of_an_address_is_no_further_try(alice):
    for spelled in SPELLINGS[:5]:
        said = {"username": spelled, "password": "wrong"}
        assert Client().post("/sign-in/", said).status_code == 422
    for spelled in (ADDRESS, *SPELLINGS[5:]):
        said = {"username": spelled, "password": PASSWORD}
        assert Client().post("/sign-in/", said).status_code == 429
    assert Attempt.objects.filter(count=5).count() == 2  # the address and the network


def test_a_refused_try_counts_under_no_key(db):
    person = limits.per_address("sign-in", "alice@seatrobot.test")
    network = limits.Limit(b"network", free=20)
    for _ in range(5):
        limits.count_attempt(person)
    assert limits.count_attempt(person, network) > 0
    for _ in range(20):
        assert limits.count_attempt(network) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("tries_before", [0, 1])
def test_a_counter_cannot_be_deleted_while_it_is_counted(tries_before, superuser_connection):
    """As a right password of somebody else, or the nightly purge, would do at that moment."""
    superuser_connection.execute("SET lock_timeout = '200ms'")
    for _ in range(tries_before):
        limits.count_attempt(counter())
    deleted = []

    def delete_in_between(execute, sql, parameters, many, context):
        result = execute(sql, parameters, many, context)
        if sql.lstrip().startswith("INSERT INTO accounts_attempt"):
            with suppress(psycopg.errors.LockNotAvailable):
                deleted.append(
                    superuser_connection.execute("DELETE FROM accounts_attempt").rowcount
                )
        return result

    with connection.execute_wrapper(delete_in_between):
        assert limits.count_attempt(counter()) == 0
    assert Attempt.objects.get(key=counter().key).count == tries_before + 1
    assert sum(deleted) == 0


@pytest.mark.django_db
def test_a_line_with_many_networks_of_ipv6_is_counted_together(rf):
    """Each /64 has its tries; those of one /56 and of one /48 have more together, not endlessly."""

    def tries(addresses) -> int:
        requests = [rf.post("/", REMOTE_ADDR=address) for address in addresses]
        return sum(not limits.count_attempt(limits.per_ip("sign-in", each)) for each in requests)

    assert tries([f"2001:db8:7:12{number:02x}::1" for number in range(100)]) == 80
    assert tries([f"2001:db8:7:{number:x}00::1" for number in range(1, 101)] * 3) == 240
    assert tries(["2001:db8:8::1"] * 30) == 20
    assert tries(["198.51.100.7", "198.51.100.8"] * 15) == 30
    own = limits.per_ip("sign-in", rf.post("/", REMOTE_ADDR="2001:db8:9::1"))
    assert not limits.count_attempt(own)
    limits.refund(own)
    assert not Attempt.objects.filter(key__in=[each.key for each in own.all], count__gt=0)
