"""Passkeys: enrolled and used; whatever is forged or replayed changes nothing and is logged."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from seatrobot.accounts.factors import webauthn
from seatrobot.accounts.models import Account, Passkey, RecoveryCode, Session
from seatrobot.accounts.signing_in.sessions import MOST_OF_NOBODY
from seatrobot.kernel.clock import now

from .conftest import challenge, codes_on, enrol, give_password, signed_in
from .device import PRESENT, VERIFIED, Device

OPTIONS = "/sign-in/passkey/options/"


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def sign_in_with(device: Device, client: Client | None = None):
    client = client or Client()
    answer = device.get(challenge(client, OPTIONS))
    return client, client.post("/sign-in/passkey/", {"answer": answer})


@pytest.fixture
def enrolled(alice, device):
    enrol(signed_in(), device)
    return device


def test_the_first_passkey_comes_with_ten_recovery_codes(alice, device):
    client = signed_in()
    page = enrol(client, device)
    assert len(set(codes_on(page))) == 10
    assert page["Cache-Control"] == "no-store"
    assert "Phone" in client.get("/account/ways/").content.decode()
    assert not codes_on(client.get("/account/ways/"))


def test_a_second_passkey_leaves_the_codes_as_they_are(alice, enrolled):
    before = set(RecoveryCode.objects.values_list("pk", flat=True))
    client, _page = sign_in_with(enrolled)
    assert enrol(client, Device(), "Key").url == "/account/ways/"
    assert set(RecoveryCode.objects.values_list("pk", flat=True)) == before


def test_enrolling_gives_the_session_a_new_key(alice, device):
    client = signed_in()
    before = client.cookies["session"].value
    enrol(client, device)
    assert client.cookies["session"].value != before
    assert Session.objects.count() == 1
    assert is_in(client)


def test_it_signs_in_alone(enrolled):
    client, answer = sign_in_with(enrolled)
    assert answer.url == "/organizations/"
    assert is_in(client)
    assert client.session["assurance"]["methods"] == ["passkey"]


def test_it_is_the_second_step_after_the_password(enrolled):
    client = Client()
    assert give_password(client, next="/account/").url == "/sign-in/second-step/?next=%2Faccount%2F"
    assert not is_in(client)
    answer = enrolled.get(challenge(client, OPTIONS))
    done = client.post("/sign-in/second-step/", {"answer": answer, "next": "/account/"})
    assert done.url == "/account/"
    assert is_in(client)
    assert client.session["assurance"]["methods"] == ["passkey", "password"]


def test_the_password_alone_does_not_sign_in(enrolled):
    client = Client()
    give_password(client)
    assert client.get("/organizations/").url.startswith("/sign-in/")
    assert client.get("/sign-in/second-step/").status_code == 200


def test_nothing_secret_or_named_is_in_clear(enrolled, superuser_connection, transactional_db):
    rows = superuser_connection.execute("SELECT row_to_json(p)::text FROM accounts_passkey p")
    assert "Phone" not in str(rows.fetchall())


FORGERIES = {
    "challenge": lambda device, asked: device.get("AAAA"),
    "origin": lambda device, asked: _with(device, origin="https://evil.test").get(asked),
    "rp id": lambda device, asked: _with(device, host="evil.test").get(asked),
    "counter": lambda device, asked: _with(device, counter=0).get(asked),
    "user not verified": lambda device, asked: _with(device, flags=PRESENT).get(asked),
    "user not present": lambda device, asked: _with(device, flags=0).get(asked),
    "signature": lambda device, asked: _with(device, key=Device().key).get(asked),
    "user handle": lambda device, asked: _with(device, handle=b"somebody else").get(asked),
    "kind": lambda device, asked: device.create(asked),
    "unknown": lambda device, asked: Device().get(asked),
    "no json": lambda device, asked: "passkey",
    "no object": lambda device, asked: "[1]",
    "empty": lambda device, asked: "",
    "bad base64": lambda device, asked: json.dumps({"id": "é", "rawId": "é"}),
    "truncated": lambda device, asked: _cut(device.get(asked)),
    "huge": lambda device, asked: "x" * 100_000,
}


def _with(device: Device, **claims) -> Device:
    for name, value in claims.items():
        setattr(device, name, value)
    return device


def _cut(answer: str) -> str:
    parts = json.loads(answer)
    parts["response"]["authenticatorData"] = parts["response"]["authenticatorData"][:10]
    return json.dumps(parts)


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_answer_does_not_sign_in_and_is_logged(forgery, enrolled, refusals):
    before = Passkey.objects.values("sign_count", "used_at").get()
    client = Client()
    asked = challenge(client, OPTIONS)
    page = client.post("/sign-in/passkey/", {"answer": FORGERIES[forgery](enrolled, asked)})
    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()
    assert not is_in(client)
    assert Passkey.objects.values("sign_count", "used_at").get() == before
    assert refusals() == ["wrong-passkey"]


def test_the_session_outlives_the_wait_for_the_passkey(enrolled):
    client = Client()
    asked = challenge(client, OPTIONS)
    assert Session.objects.get(account=None).expire_date < now() + timedelta(minutes=11)
    client.post("/sign-in/passkey/", {"answer": enrolled.get(asked)})
    session = Session.objects.order_by("-created_at")[0]
    assert session.expire_date > now() + timedelta(days=1)


def test_an_answer_is_good_once(enrolled):
    client = Client()
    answer = enrolled.get(challenge(client, OPTIONS))
    assert client.post("/sign-in/passkey/", {"answer": answer}).status_code == 302
    client.post("/sign-out/")
    again = client.post("/sign-in/passkey/", {"answer": answer})
    assert again.status_code == 422
    assert "too old" in again.content.decode()


def test_an_answer_from_another_browser_does_not_fit(enrolled):
    answer = enrolled.get(challenge(Client(), OPTIONS))
    thief = Client()
    challenge(thief, OPTIONS)
    assert thief.post("/sign-in/passkey/", {"answer": answer}).status_code == 422


@pytest.mark.parametrize("forgery", ["challenge", "origin", "rp id", "user not verified"])
def test_a_forged_enrolment_keeps_nothing(alice, device, forgery):
    claims = {
        "origin": {"origin": "https://evil.test"},
        "rp id": {"host": "evil.test"},
        "user not verified": {"flags": PRESENT},
    }
    client = signed_in()
    asked = challenge(client, "/account/ways/passkey/options/")
    answer = _with(device, **claims.get(forgery, {})).create(
        "AAAA" if forgery == "challenge" else asked
    )
    page = client.post("/account/ways/passkey/", {"name": "Phone", "answer": answer})
    assert page.status_code == 422
    assert "nothing changed" in page.content.decode()
    assert not Passkey.objects.exists()


def test_two_tabs_enrolling_at_once_are_told_to_try_again(alice, device):
    client = signed_in()
    first = challenge(client, "/account/ways/passkey/options/")
    second = challenge(client, "/account/ways/passkey/options/")
    late = client.post("/account/ways/passkey/", {"name": "A", "answer": device.create(first)})
    assert late.status_code == 422
    assert "nothing changed" in late.content.decode()
    again = client.post("/account/ways/passkey/", {"name": "B", "answer": device.create(second)})
    assert again.status_code == 422
    assert not Passkey.objects.exists()
    assert enrol(client, device).status_code == 200


def test_the_same_passkey_is_not_kept_twice(enrolled):
    client, _page = sign_in_with(enrolled)
    page = enrol(client, enrolled)
    assert page.status_code == 422
    assert "enrolled already" in page.content.decode()
    assert Passkey.objects.count() == 1


def test_a_passkey_of_somebody_else_is_no_second_step(enrolled, charlie):
    other = Device()
    enrol(signed_in("charlie@seatrobot.test"), other)
    client = Client()
    give_password(client)
    answer = other.get(challenge(client, OPTIONS))
    page = client.post("/sign-in/second-step/", {"answer": answer})
    assert page.status_code == 422
    assert not is_in(client)


def test_the_second_step_waits_ten_minutes(enrolled, monkeypatch):
    client = Client()
    give_password(client)
    session = client.session
    session["waiting"] = session["waiting"] | {"at": session["waiting"]["at"] - 601}
    session.save()
    assert client.get("/sign-in/second-step/").url == "/sign-in/"


def test_an_account_that_was_switched_off_stays_out(enrolled):
    Account.objects.update(is_active=False)
    client, page = sign_in_with(enrolled)
    assert page.status_code == 422
    assert not is_in(client)


@pytest.mark.parametrize(
    ("base", "origin"),
    [
        ("http://127.0.0.1:8080", "http://localhost:8080"),
        ("https://seats.example", "https://seats.example"),
        ("http://seats.example", ""),
        ("https://192.0.2.7", ""),
    ],
)
def test_where_passkeys_work(settings, base, origin):
    settings.BASE_URL = base
    assert webauthn.origin() == origin


def test_a_challenge_is_answered_once_even_when_the_answer_was_wrong(enrolled):
    client = Client()
    asked = challenge(client, OPTIONS)
    enrolled.flags = PRESENT
    client.post("/sign-in/passkey/", {"answer": enrolled.get(asked)})
    enrolled.flags = PRESENT | VERIFIED
    again = client.post("/sign-in/passkey/", {"answer": enrolled.get(asked)})
    assert again.status_code == 422
    assert "too old" in again.content.decode()


def test_whoever_asks_for_options_again_and_again_has_few_sessions(db):
    for _ in range(MOST_OF_NOBODY + 5):
        Client().post(OPTIONS)
    assert Session.objects.count() == MOST_OF_NOBODY
    Client(REMOTE_ADDR="203.0.113.9").post(OPTIONS)
    assert Session.objects.count() == MOST_OF_NOBODY + 1


def test_strangers_of_the_network_do_not_keep_a_known_device_from_its_passkey(enrolled):
    own, _answer = sign_in_with(enrolled)
    own.post("/sign-out/")
    for _ in range(21):
        stranger = Client().post("/sign-in/passkey/", {"answer": "{}"})
    assert stranger.status_code == 429
    assert sign_in_with(enrolled, own)[1].status_code == 302
