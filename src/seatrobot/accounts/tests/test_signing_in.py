"""Signing in: works, says the same to everybody, counts tries, tells the journal."""

from datetime import timedelta

import pytest
from django.test import Client

from seatrobot.accounts import limits, services
from seatrobot.accounts.feature import Action
from seatrobot.accounts.forms import LONGEST_TYPED
from seatrobot.accounts.models import Account, Attempt, Session
from seatrobot.conftest import PASSWORD, as_
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.journal.models import Entry
from seatrobot.normalizing import clean_line

ALICE = "alice@seatrobot.test"
WRONG = "wrong horse battery staple"


def sign_in(client: Client, email: str = ALICE, password: str = PASSWORD, **more: str):
    return client.post("/sign-in/", {"username": email, "password": password} | more)


def test_the_right_password_signs_in(alice):
    client = Client()
    answer = sign_in(client)
    assert answer.status_code == 302
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize("email", ["ALICE@Seatrobot.test", " alice@seatrobot.test "])
def test_the_address_may_be_written_in_other_ways(alice, email):
    assert sign_in(Client(), email).status_code == 302


def test_a_password_typed_in_decomposed_characters_is_the_same(alice):
    account = Account.objects.get(pk=alice.account_id)
    account.set_password("caf\u00e9 caf\u00e9 caf\u00e9 caf\u00e9")
    account.save()
    assert (
        sign_in(Client(), password="cafe\u0301 cafe\u0301 cafe\u0301 cafe\u0301").status_code == 302
    )


def test_known_and_unknown_addresses_get_the_same_page(alice):
    pages = [sign_in(Client(), email, WRONG) for email in (ALICE, "eve@seatrobot.test")]
    texts = [
        page.content.decode().replace(page.context["csrf_token"].__str__(), "").replace(email, "")
        for page, email in zip(pages, (ALICE, "eve@seatrobot.test"), strict=True)
    ]
    assert "do not belong together" in texts[0]
    assert _without_tokens(texts[0]) == _without_tokens(texts[1])


def _without_tokens(text: str) -> list[str]:
    return [line for line in text.splitlines() if "csrf" not in line]


def test_an_account_that_was_switched_off_stays_out(alice):
    Account.objects.filter(pk=alice.account_id).update(is_active=False)
    assert sign_in(Client()).status_code == 422


def test_the_session_key_rotates(alice):
    client = Client()
    session = client.session
    session["before"] = "1"
    session.save()
    before = session.session_key
    client.cookies["session"] = before
    sign_in(client)
    assert client.cookies["session"].value != before
    assert Session.objects.count() == 1


def test_it_leads_where_the_person_wanted_but_never_to_another_site(alice):
    assert sign_in(Client(), next="/account/").url == "/account/"
    assert sign_in(Client(), next="https://evil.test/").url == "/organizations/"


def test_signing_out_needs_post(client_of, alice):
    client = client_of(alice)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").url == "/sign-in/"
    assert client.get("/account/").status_code == 302


def test_success_and_sign_out_are_in_the_platform_and_organization_streams(alice):
    client = Client()
    sign_in(client)
    client.post("/sign-out/")
    expected = [Action.ACCOUNT_SIGN_IN, Action.ACCOUNT_SIGN_OUT]
    with as_(alice):
        mine = Entry.objects.filter(action__startswith="account:sign").order_by("id")
        assert [e.action for e in mine.filter(organization_id=None)] == expected
        in_organization = mine.filter(organization_id=alice.organization_id)
        assert [e.action for e in in_organization] == expected


def test_a_failure_is_journalled_without_the_address(alice, superuser_connection, transactional_db):
    sign_in(Client(), "eve@seatrobot.test", WRONG)
    rows = superuser_connection.execute(
        "SELECT action, subject_id, actor_id, sealed FROM journal_entry WHERE action LIKE '%:fail'"
    ).fetchall()
    [(_action, subject, actor, sealed)] = rows
    assert actor is None
    assert subject.version == 8, "a hash of the row in the sign-in log, and nobody"
    assert b"eve" not in sealed


class TestLimits:
    def test_after_five_failures_comes_429_with_a_time_to_wait(self, alice):
        client = Client()
        for _ in range(5):
            assert sign_in(client, password=WRONG).status_code == 422
        answer = sign_in(client)
        assert answer.status_code == 429
        assert 0 < int(answer["Retry-After"]) <= 30
        assert "too many tries" in answer.content.decode()

    def test_unknown_addresses_are_counted_alike(self, db):
        client = Client()
        for _ in range(5):
            sign_in(client, "eve@seatrobot.test", WRONG)
        assert sign_in(client, "eve@seatrobot.test", WRONG).status_code == 429

    def test_the_wait_grows_and_ends(self, alice):
        client = Client()
        for _ in range(5):
            sign_in(client, password=WRONG)
        _wind_back(31)
        assert sign_in(client, password=WRONG).status_code == 422
        assert 30 < int(sign_in(client)["Retry-After"]) <= 60
        _wind_back(61)
        assert sign_in(client).status_code == 302

    def test_success_resets_the_count(self, alice):
        client = Client()
        for _ in range(4):
            sign_in(client, password=WRONG)
        assert sign_in(client).status_code == 302
        Client().post("/sign-out/")
        other = Client()
        for _ in range(5):
            assert sign_in(other, password=WRONG).status_code == 422

    def test_a_stranger_cannot_keep_out_a_browser_that_was_in_before(self, alice):
        own = Client()
        sign_in(own)
        own.post("/sign-out/")
        for _ in range(6):
            sign_in(Client(REMOTE_ADDR="203.0.113.9"), password=WRONG)
        assert sign_in(Client(REMOTE_ADDR="203.0.113.9")).status_code == 429
        assert sign_in(own).status_code == 302

    @pytest.mark.parametrize(
        "spelled",
        [
            "alice@seat\ufe0frobot.test",
            "alice@seatrobot\u3002test",
            "\u00a0ALICE@seat\u034frobot.TEST",
        ],
    )
    def test_other_spellings_of_an_address_are_not_counted_apart(self, alice, spelled):
        assert services.find(spelled) is not None
        for _ in range(5):
            sign_in(Client(), password=WRONG)
        assert sign_in(Client(REMOTE_ADDR="203.0.113.9"), spelled).status_code == 429

    def test_strangers_of_the_same_network_do_not_keep_out_a_known_device(self, alice):
        own = Client()
        sign_in(own)
        own.post("/sign-out/")
        for number in range(21):
            stranger = sign_in(Client(), f"eve{number}@seatrobot.test", WRONG)
        assert stranger.status_code == 429
        assert sign_in(own).status_code == 302

    def test_the_device_of_one_account_does_not_help_against_another(self, alice, charlie):
        own = Client()
        sign_in(own, "charlie@seatrobot.test")
        own.post("/sign-out/")
        for _ in range(5):
            sign_in(Client(), password=WRONG)
        assert sign_in(own, password=WRONG).status_code == 429

    def test_one_network_is_slowed_over_many_addresses(self, db):
        client = Client(REMOTE_ADDR="2001:db8::1")
        for number in range(20):
            sign_in(client, f"eve{number}@seatrobot.test", WRONG)
        neighbour = Client(REMOTE_ADDR="2001:db8::2")
        assert sign_in(neighbour, "eve@seatrobot.test", WRONG).status_code == 429
        elsewhere = Client(REMOTE_ADDR="2001:db8:1::1")
        assert sign_in(elsewhere, "eve@seatrobot.test", WRONG).status_code == 422

    def test_the_table_names_nobody(self, alice):
        sign_in(Client(), password=WRONG)
        keys = b"".join(bytes(key) for key in Attempt.objects.values_list("key", flat=True))
        assert b"alice" not in keys
        assert b"127.0.0.1" not in keys

    def test_tries_are_forgotten_after_a_day(self, alice):
        client = Client()
        for _ in range(5):
            sign_in(client, password=WRONG)
        _wind_back(24 * 60 * 60 + 1)
        for _ in range(5):
            assert sign_in(client, password=WRONG).status_code == 422


def _wind_back(seconds: int) -> None:
    for row in Attempt.objects.all():
        row.last_at -= timedelta(seconds=seconds)
        row.save()


def test_own_failures_do_not_spoil_the_address_of_the_network(alice, rf):
    sign_in(Client())
    request = rf.get("/")
    counter = Attempt.objects.get(key=limits.per_ip("sign-in", request).key)
    assert counter.count == 0


def test_a_password_must_be_long_and_not_common(db):
    with acting(Actor.system("tests")):
        for password in ("fourteen chars", "qwertyuiopasdfghjkl"[:14]):
            with pytest.raises(services.BadPassword):
                services.create_account(email="eve@seatrobot.test", name="Eve", password=password)


def test_an_address_that_is_far_too_long_is_read_no_further(alice, client, monkeypatch):
    """Anybody may send megabytes here; looking through them would keep a worker busy."""
    read = []

    def noted(text):
        read.append(len(text))
        return clean_line(text)

    monkeypatch.setattr("seatrobot.accounts.signing_in.views.clean_line", noted)
    monkeypatch.setattr("seatrobot.kernel.textfields.clean_line", noted)
    monkeypatch.setattr("seatrobot.accounts.services.clean_line", noted, raising=False)
    sent = {"username": "1 " * 50_000, "password": PASSWORD}
    assert client.post("/sign-in/", sent).status_code == 422
    assert read
    assert max(read) <= LONGEST_TYPED
