"""Every answer of the site has what guards browsers, whoever asks and whatever goes wrong."""

from __future__ import annotations

from email.message import Message

import pytest
from django.conf import settings
from django.test import Client

from seatrobot.kernel.ids import new_id
from seatrobot.kernel.routes import Audience, Route, routes
from seatrobot.practices.checks import asking

VALUES = {**asking.KNOWN_PARTS, "token": "wrong"}


def path_of(route: Route, organization: str) -> str:
    given = {**VALUES, "organization": organization}
    filling = {"int": "1", "slug": "wrong"}
    return route.filled(
        {
            part: given.get(part) or (str(new_id()) if kind == "uuid" else filling.get(kind, "x"))
            for part, kind in route.parts.items()
        }
    )


def lacking(answer, *, is_private: bool) -> list[str]:
    headers = Message()
    for name, value in answer.headers.items():
        headers[name] = value
    found = list(asking.bare(headers, is_private=is_private))
    age = answer.headers.get("Strict-Transport-Security", "")
    return found if age == "max-age=63072000; includeSubDomains" else [*found, f"HSTS is {age}"]


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["a stranger", "an owner"])
def test_every_address_has_the_headers(who, alice, client_of):
    client = client_of(alice) if who == "an owner" else Client()
    client.raise_request_exception = False
    wrong, statuses = {}, set()
    for route in routes():
        path = path_of(route, str(alice.organization_id))
        is_private = route.audience != Audience.EVERYBODY
        for method in ("get", "put") if who == "an owner" else ("get", "post"):
            answer = getattr(client, method)(path, secure=True)
            statuses.add(answer.status_code)
            if found := lacking(answer, is_private=is_private and method == "get"):
                wrong[f"{method} {route.path}: {answer.status_code}"] = found
            answer.close()
    assert wrong == {}
    assert len(routes()) > 200
    assert {200, 302, 404, 405} - statuses <= {405, 200}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere/", 404),
        ("/practices", 301),
        ("/static/nothing.css", 404),
        ("/.well-known/security.txt", 200),
        ("/robots.txt", None),
        ("/%00", None),
    ],
)
def test_so_has_what_is_no_page(path, status):
    answer = Client(raise_request_exception=False).get(path, secure=True)
    assert status in {None, answer.status_code}
    assert lacking(answer, is_private=False) == []


@pytest.mark.django_db
def test_so_has_a_page_that_breaks(monkeypatch):
    monkeypatch.setattr("django.core.handlers.base.BaseHandler.check_response", breaks)
    answer = Client(raise_request_exception=False).get("/sign-in/", secure=True)
    assert answer.status_code == 500
    assert lacking(answer, is_private=True) == []


@pytest.mark.django_db
def test_so_has_what_is_asked_of_another_host():
    answer = Client(raise_request_exception=False).get(
        "/sign-in/", secure=True, headers={"Host": "elsewhere.example"}
    )
    assert answer.status_code == 400
    assert lacking(answer, is_private=True) == []


def breaks(*_arguments, **_options):
    raise RuntimeError("seeded")


assert settings.SECURE_HSTS_SECONDS > 0
