"""Who really asks: the n-th address from the right behind n proxies, and nothing else."""

from dataclasses import replace

import pytest
from django.http import HttpRequest, HttpResponse
from hypothesis import given
from hypothesis import strategies as st

from seatrobot.kernel.journal import services as journal
from seatrobot.runtime.config import Config
from seatrobot.runtime.errors import RefusedError
from seatrobot.web import middleware
from seatrobot.web.addresses import client_address, client_scheme

PROXY, CLIENT, FORGED = "10.0.0.1", "198.51.100.7", "203.0.113.66"


def asked(forwarded: str | None, proxies: int, peer: str = PROXY) -> str:
    meta = {"REMOTE_ADDR": peer}
    return client_address(
        meta | ({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}), proxies
    )


@pytest.mark.parametrize(
    ("forwarded", "proxies", "expected"),
    [
        (None, 0, PROXY),
        (FORGED, 0, PROXY),
        (CLIENT, 1, CLIENT),
        (f"{FORGED}, {CLIENT}", 1, CLIENT),
        (f"{FORGED},{FORGED} , {CLIENT}", 1, CLIENT),
        (f"{FORGED}, {CLIENT}, 10.0.0.2", 2, CLIENT),
        (CLIENT, 2, PROXY),
        (None, 1, PROXY),
        ("unknown", 1, PROXY),
        ("<script>, _hidden", 1, PROXY),
        (f"{CLIENT}:51234", 1, CLIENT),
        ("[2001:db8::7]:51234", 1, "2001:db8::7"),
        ("2001:DB8:0::7", 1, "2001:db8::7"),
        (f"::ffff:{CLIENT}", 1, CLIENT),
        ("fe80::1%eth0", 1, "fe80::1"),
    ],
)
def test_the_address(forwarded, proxies, expected):
    assert asked(forwarded, proxies) == expected


@given(st.text(), st.integers(0, 3))
def test_what_a_client_writes_to_the_left_changes_nothing(forged, proxies):
    chain = [CLIENT, "10.0.0.3", "10.0.0.2"][:proxies]
    header = ",".join([forged, *chain])
    assert asked(header, proxies) == (CLIENT if proxies else PROXY)


@pytest.mark.parametrize("peer", ["", "unix:"])
def test_a_socket_without_an_address_has_none(peer):
    assert asked(None, 0, peer) == "0.0.0.0"


@pytest.mark.parametrize(
    ("header", "proxies", "expected"),
    [
        ("https", 0, ""),
        ("https", 1, "https"),
        ("HTTPS", 1, "https"),
        ("https, http", 1, "http"),
        ("https, http", 2, "https"),
        ("https", 2, "https"),
        ("gopher", 1, ""),
        ("", 1, ""),
    ],
)
def test_the_scheme(header, proxies, expected):
    assert client_scheme({"HTTP_X_FORWARDED_PROTO": header}, proxies) == expected


def through(settings, proxies: int, **meta: str) -> HttpRequest:
    """Return a request as the view gets it."""
    settings.TRUSTED_PROXIES = proxies
    seen: list[tuple[HttpRequest, str]] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append((request, journal.origin()[0]))
        return HttpResponse()

    from django.test import RequestFactory

    middleware.proxied_scheme(middleware.origin(view))(RequestFactory().get("/", **meta))
    [(request, noted)] = seen
    assert noted == request.META["REMOTE_ADDR"]
    return request


def test_limits_log_and_networks_all_see_the_same_address(settings):
    headers = {"HTTP_X_FORWARDED_FOR": f"{FORGED}, {CLIENT}", "HTTP_X_FORWARDED_PROTO": "https"}
    request = through(settings, 1, REMOTE_ADDR=PROXY, **headers)
    assert (request.META["REMOTE_ADDR"], request.is_secure()) == (CLIENT, True)
    request = through(settings, 0, REMOTE_ADDR=PROXY, **headers)
    assert (request.META["REMOTE_ADDR"], request.is_secure()) == (PROXY, False)


@pytest.fixture
def behind_a_proxy(settings):
    settings.TRUSTED_PROXIES, settings.BASE_URL = 1, "https://seat.example"
    settings.CONFIG = replace(settings.CONFIG, base_url="https://seat.example")
    settings.ALLOWED_HOSTS = ["*"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/sign-in/", "/static/brand/icon.svg", "/nowhere/?a=%2F"])
def test_what_a_proxy_was_asked_in_clear_is_led_to_tls(path, behind_a_proxy, client):
    answer = client.get(path, headers={"X-Forwarded-Proto": "http"})
    assert (answer.status_code, answer["Location"]) == (301, f"https://seat.example{path}")
    assert "Strict-Transport-Security" not in answer
    sent = client.post(path, {"a": "b"}, headers={"X-Forwarded-Proto": "http"})
    assert (sent.status_code, "Location" in sent) == (403, False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("get", "/sign-in/", 200), ("get", "/nowhere/", 404), ("trace", "/sign-in/", 405)],
)
def test_every_answer_over_tls_keeps_browsers_there(method, path, status, behind_a_proxy, client):
    answer = getattr(client, method)(path, headers={"X-Forwarded-Proto": "https"})
    assert answer.status_code == status
    assert answer["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert "Content-Security-Policy" in answer


@pytest.mark.parametrize("text", ["-1", "all", "10", "1.5", ""])
def test_a_number_of_proxies_that_is_none_is_refused_at_the_start(monkeypatch, text):
    monkeypatch.setenv("SEATROBOT_TRUSTED_PROXIES", text)
    with pytest.raises(RefusedError, match="SEATROBOT_TRUSTED_PROXIES"):
        Config.from_env()


def test_a_list_of_leaked_passwords_that_is_not_there_is_refused_at_the_start(monkeypatch):
    monkeypatch.setenv("SEATROBOT_LEAKED_PASSWORDS", "/nowhere/pwned.txt")
    with pytest.raises(RefusedError, match="names no file"):
        Config.from_env()
