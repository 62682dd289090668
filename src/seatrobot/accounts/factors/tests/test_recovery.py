"""Recovery codes: shown once, good once, kept as slow hashes under a key."""

import random

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from seatrobot.accounts.factors import codes as codes_module
from seatrobot.accounts.factors.codes import (
    RECOVERY_COST,
    Type,
    make_recovery_codes,
    new_enrolment,
)
from seatrobot.accounts.models import Account, RecoveryCode
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor

from .conftest import challenge, codes_on, enrol, give_password, signed_in
from .test_app import SECOND

MAKE = "/account/ways/recovery-codes/"
NONE_LEFT = "You have no recovery codes"


@pytest.fixture
def codes(alice, device) -> list[str]:
    return codes_on(enrol(signed_in(), device))


def use(code: str):
    client = Client()
    give_password(client)
    return client, client.post(SECOND, {"code": code})


@pytest.mark.parametrize("written", [str, str.upper, lambda code: code.replace("-", " ")])
def test_a_code_signs_in_however_it_is_typed(codes, written):
    client, answer = use(written(codes[0]))
    assert answer.status_code == 302
    assert client.session["assurance"]["methods"] == ["password", "recovery-code"]


def test_a_code_is_good_once(codes, refusals):
    assert use(codes[0])[1].status_code == 302
    client, again = use(codes[0])
    assert again.status_code == 422
    assert "used already" in again.content.decode()
    assert client.get("/account/").status_code == 302
    assert refusals() == ["wrong-code"]
    assert RecoveryCode.objects.count() == 9


def test_using_one_is_mailed(codes):
    use(codes[0])
    jobs = ProcrastinateJob.objects.filter(task_name="accounts.mail-factor-notice")
    assert jobs.order_by("-id")[0].args["notice"] == "code-used"


def test_whoever_has_none_left_is_told_at_each_sign_in(codes, device):
    """Used up, or void since they are hashed slowly."""
    assert NONE_LEFT not in use(codes[0])[0].get("/account/").content.decode()
    RecoveryCode.objects.all().delete()
    browser = Client()
    answer = device.get(challenge(browser, "/sign-in/passkey/options/"))
    browser.post("/sign-in/passkey/", {"answer": answer})
    assert NONE_LEFT in browser.get("/account/").content.decode()


def test_new_codes_void_the_old_ones(codes):
    client, _answer = use(codes[0])
    assert len(codes_on(client.post(MAKE))) == 10
    assert use(codes[1])[1].status_code == 422


def test_there_are_none_without_a_factor(alice):
    assert signed_in().post(MAKE).url == "/account/ways/"
    assert not RecoveryCode.objects.exists()


def test_codes_of_somebody_else_do_not_fit(codes, charlie, device):
    theirs = codes_on(enrol(signed_in("charlie@seatrobot.test"), type(device)()))
    assert use(theirs[0])[1].status_code == 422
    assert RecoveryCode.objects.count() == 20


def test_no_code_is_stored(codes):
    stored = b"".join(
        bytes(row) for row in RecoveryCode.objects.values_list("code_hash", flat=True)
    )
    assert not any(code.encode() in stored for code in codes)


def test_they_are_hashed_as_passwords_are(alice, monkeypatch):
    """Argon2id at OWASP's least cost, with a salt that is another one for every set."""
    assert RECOVERY_COST == {
        "time_cost": 2,
        "memory_cost": 19 * 1024,
        "parallelism": 1,
        "hash_len": 32,
    }
    asked = []
    slow = codes_module.hash_secret_raw
    monkeypatch.setattr(
        codes_module,
        "hash_secret_raw",
        lambda *words, **how: asked.append(how) or slow(*words, **how),
    )
    monkeypatch.setattr(codes_module, "RECOVERY_CODES", 1)
    monkeypatch.setattr(codes_module, "_group", lambda: "abcde")
    account = Account.objects.get()
    with acting(Actor.member(account.pk)):
        rows = [make_recovery_codes(account) and RecoveryCode.objects.get() for _set in range(2)]
    assert all(len(row.salt) == 16 for row in rows)
    assert len({bytes(row.salt) for row in rows}) == 2
    assert len({bytes(row.code_hash) for row in rows}) == 2
    assert [how["type"] for how in asked] == [Type.ID] * 2


def test_codes_salts_and_seeds_come_from_the_systems_generator(alice, monkeypatch):
    """They are a function of its bytes and of nothing else: no clock, no state of their own."""
    account = Account.objects.get()

    def made(start: int) -> tuple[list[str], bytes, str]:
        stream = random.Random(start)
        monkeypatch.setattr(random, "_urandom", stream.randbytes)
        with acting(Actor.member(account.pk)):
            made_codes = make_recovery_codes(account)
            seed = new_enrolment(account).typed
        return made_codes, bytes(RecoveryCode.objects.first().salt), seed

    first = made(1)
    assert made(1) == first
    assert all(one != other for one, other in zip(made(2), first, strict=True))
