"""The first run: one link, one organization, also with two tabs."""

import contextlib
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from seatrobot.accounts import services as accounts
from seatrobot.accounts.models import Account
from seatrobot.conftest import PASSWORD
from seatrobot.kernel.clock import now
from seatrobot.kernel.refusal import LinkDead
from seatrobot.organizations import setup
from seatrobot.organizations.models import Membership, SetupLink

FORM = {
    "organization": "Foundation",
    "name": "Alice",
    "email": "alice@seatrobot.test",
    "password": PASSWORD,
}


def test_a_person_sets_up_and_lands_inside(db):
    client, link = Client(), setup.first_run_link()
    assert client.get(link).status_code == 200
    answer = client.post(link, FORM)
    assert answer.url == "/organizations/"
    assert client.get(answer.url).url.endswith("/events/")
    account = Account.objects.get()
    assert account.check_password(PASSWORD)


def test_there_is_no_link_once_somebody_is_there(alice):
    assert setup.first_run_link() is None


def test_a_new_start_replaces_an_unused_link(db):
    first, second = setup.first_run_link(), setup.first_run_link()
    assert Client().get(first).status_code == 410
    assert Client().get(second).status_code == 200


def test_the_link_works_once(db):
    link = setup.first_run_link()
    Client().post(link, FORM)
    answer = Client().post(link, FORM | {"email": "eve@seatrobot.test"})
    assert answer.status_code == 410
    assert Account.objects.count() == 1


def test_the_link_dies_after_a_day(db):
    link = setup.first_run_link()
    SetupLink.objects.update(expires_at=now() - timedelta(seconds=1))
    assert Client().get(link).status_code == 410


def test_the_token_is_not_stored(db):
    link = setup.first_run_link()
    assert link.split("/")[-2].encode() not in bytes(SetupLink.objects.get().token_hash)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"password": "short"}, "at least 15"),
        ({"email": "alice"}, "not an e-mail address"),
        ({"organization": " "}, "required"),
        ({"name": ""}, "required"),
    ],
)
def test_bad_input_is_said_and_keeps_the_link(db, changes, sentence):
    link = setup.first_run_link()
    assert sentence in Client().post(link, FORM | changes).content.decode()
    assert Client().get(link).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_tabs_one_wins(monkeypatch):
    token = setup.first_run_link().split("/")[-2]
    results, both_past_the_link = [], threading.Barrier(2)
    create_account = accounts.create_account

    def create_together(**details: str) -> Account:
        with contextlib.suppress(threading.BrokenBarrierError):
            both_past_the_link.wait(timeout=1)
        return create_account(**details)

    monkeypatch.setattr(accounts, "create_account", create_together)

    def tab(number: int) -> None:
        try:
            form = FORM | {"email": f"alice{number}@seatrobot.test"}
            results.append(setup.set_up(token, **form).pk)
        except LinkDead:
            results.append(None)
        finally:
            connection.close()

    tabs = [threading.Thread(target=tab, args=[number]) for number in range(2)]
    for each in tabs:
        each.start()
    for each in tabs:
        each.join()
    assert results.count(None) == 1
    assert Account.objects.count() == 1


def test_somebody_without_an_organization_is_told_what_to_do(client_of, alice):
    client = client_of(alice)
    from seatrobot.conftest import as_

    with as_(alice):
        Membership.objects.all().delete()
    assert "invite alice@seatrobot.test" in client.get("/organizations/").content.decode()
