"""The page "Your account": sessions end, the password changes, only one's own is seen."""

from datetime import timedelta

import pytest
from django.test import Client

from seatrobot.accounts.models import Account, Session
from seatrobot.accounts.sign_in_log.origins import describe
from seatrobot.conftest import PASSWORD

NEW = "another long enough password"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


def sign_in(agent: str = FIREFOX) -> Client:
    client = Client(HTTP_USER_AGENT=agent)
    client.post("/sign-in/", {"username": "alice@seatrobot.test", "password": PASSWORD})
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_shows_sessions_and_recent_sign_ins(alice):
    sign_in(IPHONE)
    page = sign_in().get("/account/")
    text = page.content.decode()
    for words in ("alice@seatrobot.test", "Firefox on Windows", "Safari on iPhone", "127.0.0.1"):
        assert words in text
    assert text.count("This one") == 1
    assert [line.device for line in page.context["sign_ins"]] == [
        "Firefox on Windows",
        "Safari on iPhone",
    ]


def test_needs_a_person(db):
    assert Client().get("/account/").url == "/sign-in/?next=/account/"


def test_shows_nobody_elses_sessions(client_of, alice, charlie):
    sign_in(IPHONE)
    assert "iPhone" not in client_of(charlie).get("/account/").content.decode()


def test_one_session_ends(alice):
    other, mine = sign_in(IPHONE), sign_in()
    session = Session.objects.order_by("created_at").first()
    assert mine.post(f"/account/sessions/{session.pk}/end/").status_code == 302
    assert not is_in(other)
    assert is_in(mine)


def test_a_session_of_somebody_else_does_not_end(client_of, alice, charlie):
    mine = sign_in()
    path = f"/account/sessions/{Session.objects.get().pk}/end/"
    assert client_of(charlie).post(path).status_code == 404
    assert is_in(mine)


def test_all_others_end(alice):
    others, mine = [sign_in(), sign_in(IPHONE)], sign_in()
    mine.post("/account/sessions/end-others/")
    assert not any(is_in(other) for other in others)
    assert is_in(mine)


def test_ending_sessions_asks_once_more_who_it_is(alice):
    """A stolen session must not end its owner's; "This wasn't me" asks nothing and ends all."""
    other, mine = sign_in(IPHONE), sign_in()
    session = mine.session
    session["assurance"] = session["assurance"] | {"at": "2026-01-01T00:00:00+00:00"}
    session.save()
    for path in (f"{Session.objects.order_by('created_at')[0].pk}/end/", "end-others/"):
        answer = mine.post(
            f"/account/sessions/{path}", headers={"Referer": "http://testserver/account/"}
        )
        assert answer.url == "/account/confirm/?next=%2Faccount%2F"
    assert is_in(other)
    assert mine.post("/account/confirm/", {"password": PASSWORD}).status_code == 302
    mine.post("/account/sessions/end-others/")
    assert not is_in(other)


@pytest.mark.parametrize("path", ["sessions/end-others/", "password/", "name/"])
def test_changes_need_post(alice, path):
    assert sign_in().get(f"/account/{path}").status_code == 405


def test_changing_the_password_ends_the_other_sessions(alice):
    other, mine = sign_in(IPHONE), sign_in()
    assert mine.post("/account/password/", {"old": PASSWORD, "new": NEW}).status_code == 302
    assert Session.objects.count() == 1
    assert is_in(mine)
    assert not is_in(other)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("not my password at all", NEW, "not your password"),
        (PASSWORD, "short", "at least 15"),
        (PASSWORD, "x" * 1001, "at most 1000"),
    ],
)
def test_a_password_that_does_not_do_is_said(alice, old, new, sentence):
    answer = sign_in().post("/account/password/", {"old": old, "new": new})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Account.objects.get().check_password(PASSWORD)


def test_guessing_the_present_password_is_slowed(alice):
    client = sign_in()
    for _ in range(5):
        client.post("/account/password/", {"old": "wrong", "new": NEW})
    answer = client.post("/account/password/", {"old": PASSWORD, "new": NEW})
    assert answer.status_code == 429


def test_the_name_changes_and_stays_on_one_line(alice):
    client = sign_in()
    client.post("/account/name/", {"name": "Alice\n  of the Foundation"})
    assert "Alice of the Foundation" in client.get("/account/").content.decode()
    assert client.post("/account/name/", {"name": " "}).status_code == 422


def test_use_is_noted_when_it_is_stale_and_costs_nothing_else(alice):
    client = sign_in()
    row = Session.objects.get()
    client.get("/account/")
    assert Session.objects.get().used_at == row.used_at
    row.used_at -= timedelta(minutes=6)
    row.save()
    client.get("/account/")
    assert Session.objects.get().used_at > row.used_at


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (IPHONE, "Safari on iPhone"),
        ("curl/8", "curl"),
        ("?", "Unknown device"),
    ],
)
def test_devices_in_simple_words(agent, words):
    assert describe(agent) == words
