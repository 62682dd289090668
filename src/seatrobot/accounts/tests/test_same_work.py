"""Whoever tries an address cannot tell from the work done whether somebody has it.

Counted is the work that takes time: runs of Argon2 and statements, by table. Wall time is not
measured: it says what the machine did, and these counts say what the code does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from seatrobot.accounts.models import Account
from seatrobot.conftest import as_
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.organizations import services, setup
from seatrobot.organizations.models import Invitation, SentMail, SetupLink
from seatrobot.organizations.permissions import Role

KNOWN, UNKNOWN = "alice@seatrobot.test", "eve@seatrobot.test"
WRONG = "wrong horse battery staple"
GOOD = "zebra umbrella lantern accordion"
Act = Callable[[Client], object]
TABLE = re.compile(r'\b(?:FROM|INTO|UPDATE) "?(\w+)"?')


@pytest.fixture
def work_of(monkeypatch) -> Callable[[Act], Counter[str]]:
    """Return a function that does something in a new browser and counts what it cost."""
    runs: Counter[str] = Counter()
    for name in ("encode", "verify"):
        run = getattr(Argon2PasswordHasher, name)

        def counted(*arguments, run=run, **options):
            runs["argon2"] += 1
            return run(*arguments, **options)

        monkeypatch.setattr(Argon2PasswordHasher, name, counted)

    def work_of(act: Act) -> Counter[str]:
        runs.clear()
        with CaptureQueriesContext(connection) as captured:
            act(Client())
        said = (query["sql"] for query in captured if "SAVEPOINT" not in query["sql"])
        return runs + Counter(_kind(sql) for sql in said)

    return work_of


def _kind(sql: str) -> str:
    table = TABLE.search(sql)
    return f"{sql.split(maxsplit=1)[0]} {table[1] if table else ''}"


def sign_in(address: str) -> Act:
    return lambda client: client.post("/sign-in/", {"username": address, "password": WRONG})


def ask_for_reset(address: str) -> Act:
    return lambda client: client.post("/reset-password/", {"email": address})


def open_and_fill(link: str) -> Act:
    """Follow a link and send its form, and check that it says what every dead link says."""

    def act(client: Client) -> None:
        form = {"name": "Eve", "password": GOOD, "organization": "Eve's", "email": UNKNOWN}
        for answer in (client.get(link), client.post(link, form)):
            assert answer.status_code == 410
            assert "does not work any more" in answer.content.decode()

    return act


def test_a_failed_sign_in_costs_the_same_for_every_address(alice, work_of):
    known, unknown = work_of(sign_in(KNOWN)), work_of(sign_in(UNKNOWN))
    assert known["argon2"] == unknown["argon2"] == 1
    assert known == unknown


def test_so_it_does_when_there_were_too_many(alice, work_of):
    for address in (KNOWN, UNKNOWN):
        for _ in range(5):
            sign_in(address)(Client())
    known, unknown = work_of(sign_in(KNOWN)), work_of(sign_in(UNKNOWN))
    assert known["argon2"] == 0
    assert known == unknown


def test_an_account_that_is_switched_off_looks_like_none(alice, work_of):
    Account.objects.filter(pk=alice.account_id).update(is_active=False)
    assert work_of(sign_in(KNOWN)) == work_of(sign_in(UNKNOWN))


def test_asking_for_a_new_password_costs_the_same_for_every_address(alice, work_of):
    assert work_of(ask_for_reset(KNOWN)) == work_of(ask_for_reset(UNKNOWN))


def test_a_wrong_reset_link_tells_nothing_of_its_account(alice, work_of):
    links = [
        reverse("accounts:reset", kwargs={"account": pk, "token": "abc-123"})
        for pk in (alice.account_id, new_id())
    ]
    assert work_of(open_and_fill(links[0])) == work_of(open_and_fill(links[1]))


def test_dead_invitations_are_all_alike(alice, work_of):
    with as_(alice):
        for email in ("late@seatrobot.test", "gone@seatrobot.test"):
            services.invite(actor=alice, email=email, name="Eve", role=Role.TEAM)
        late, gone = (_link_in(mail) for mail in SentMail.objects.order_by("created_at"))
        first, second = Invitation.objects.order_by("created_at")
        Invitation.objects.filter(pk=first.pk).update(expires_at=now())
        services.withdraw(actor=alice, invitation_id=second.pk)
    wrong = reverse(
        "organizations:join", kwargs={"organization": alice.organization_id, "token": "x" * 43}
    )
    nowhere = reverse("organizations:join", kwargs={"organization": new_id(), "token": "x" * 43})
    works = [work_of(open_and_fill(link)) for link in (late, gone, wrong, nowhere)]
    assert works[0] == works[1] == works[2] == works[3]


def test_dead_set_up_links_are_all_alike(db, work_of):
    used = setup.first_run_link()
    assert used
    assert Client().get(used).status_code == 200
    SetupLink.objects.update(expires_at=now())
    wrong = reverse("organizations:set-up", kwargs={"token": "x" * 43})
    assert work_of(open_and_fill(used)) == work_of(open_and_fill(wrong))


def _link_in(mail: SentMail) -> str:
    return "/join/" + mail.sealed.body.partition("/join/")[2].split()[0]
