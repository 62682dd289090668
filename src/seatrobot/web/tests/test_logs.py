"""No line of the log holds what opens a link."""

from __future__ import annotations

import io
import logging
import uuid

import pytest
from django.conf import settings as configured
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from seatrobot.web.log_lines import Line

SECRETS = {"token", "signature"}
SECRET = "LIVE-token_in.the:log"


def secret_pages(resolver: URLResolver | None = None, space: str = "", above=frozenset()):
    """Give every page whose address holds a secret, with the names of all parts of the address."""
    for pattern in (resolver or get_resolver()).url_patterns:
        parts = above | set(pattern.pattern.converters)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from secret_pages(pattern, inner, parts)
        elif parts & SECRETS:
            yield f"{space}{pattern.name}", parts


PAGES = dict(secret_pages())


def address(name: str) -> str:
    made = {part: SECRET if part in SECRETS else uuid.uuid4() for part in PAGES[name]}
    return reverse(name, kwargs=made)


@pytest.fixture
def lines():
    """Return what the log of an instance would say."""
    assert configured.LOGGING["formatters"]["plain"]["()"].endswith(f"log_lines.{Line.__name__}")
    out, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Line())
    root.addHandler(handler)
    yield out.getvalue
    root.removeHandler(handler)


def test_there_are_such_pages():
    assert {"organizations:join", "accounts:reset", "staff:enrol"} <= PAGES.keys()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_line_that_names_the_page_is_cut(name, lines):
    url = address(name)
    logging.getLogger("some.library").error("Broken: %s and https://seat.example%s?a=b", url, url)
    logging.getLogger("some.library").error("without its end: %s", url.rstrip("/"))
    assert SECRET not in lines()
    assert lines().count("…") == 3


@pytest.mark.parametrize("name", ["organizations:join", "accounts:reset", "staff:enrol"])
def test_a_browser_without_cookies_leaves_no_link_behind(name, lines, db):
    answer = Client(enforce_csrf_checks=True).post(address(name), {"password": "x"})
    assert answer.status_code == 403
    assert "Forbidden" in lines()
    assert SECRET not in lines()


def test_a_stack_is_cut_too(lines):
    try:
        int(address("organizations:join"))
    except ValueError:
        logging.getLogger("some.library").exception("it broke")
    assert "Traceback" in lines()
    assert SECRET not in lines()


def test_other_addresses_stay(lines):
    logging.getLogger("some.library").error("Broken: /o/1/events/2/ and /sign-in/")
    assert "/o/1/events/2/ and /sign-in/" in lines()


@pytest.mark.django_db
def test_an_address_without_end_leaves_no_trace(client, lines):
    """Whoever is not signed in is sent on with it, and an address has an end."""
    for page in ("/account/", f"/o/{uuid.uuid4()}/events/", "/staff/"):
        answer = client.get(f"{page}?q={'x' * 17_000}")
        assert answer.status_code == 414
        assert "too long" in answer.content.decode()
    assert not lines()
