"""The operator's log: no token, no line that somebody else wrote, moments in UTC."""

import logging
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from seatrobot.kernel.tokens import new_token
from seatrobot.web.log_lines import Line


def line(message, *arguments, error=None):
    record = logging.LogRecord("a", logging.INFO, "", 0, message, arguments, error)
    return Line().format(record)


def test_it_is_what_the_instance_writes_with():
    assert settings.LOGGING["formatters"]["plain"] == {"()": "seatrobot.web.log_lines.Line"}


def test_no_link_that_works_is_in_it():
    token = new_token()
    for address in (
        reverse("organizations:set-up", args=[token]),
        reverse("organizations:join", args=[uuid4(), token]),
        reverse("accounts:reset", args=[uuid4(), f"cwk2yh-{'0a' * 16}"]),
        reverse("staff:enrol", args=[token]),
        reverse("staff:enrol-options", args=[token]),
        reverse("practices:confirm-subscription", args=[token]),
        reverse("practices:unsubscribe", args=[uuid4(), "0aB" * 10]),
    ):
        said = line("Forbidden (%s): %s", "CSRF cookie not set.", address)
        assert "…/" in said
        assert token not in said
        assert "0a0a" not in said
        assert "0aB0" not in said


def test_a_refused_form_of_a_link_leaves_no_token(db, caplog):
    token = new_token()
    Client(enforce_csrf_checks=True).post(f"/join/{uuid4()}/{token}/", {"password": "x"})
    (record,) = [each for each in caplog.records if each.name == "django.security.csrf"]
    assert token in record.getMessage()
    assert token not in Line().format(record)


def test_identifiers_and_words_stay():
    address = f"/o/{uuid4()}/events/{uuid4()}/guests/this-is-a-rather-long-word/"
    assert line("Internal Server Error: %s", address).endswith(address)


@pytest.mark.parametrize("sign", ["\n", "\r", "\x1b", "\x85", "\u2028"])
def test_nobody_writes_a_line_of_their_own(sign):
    said = line("Not Found: %s", f"/a{sign}2026-01-01 INFO forged")
    assert sign not in said
    assert said.splitlines() == [said]


def test_a_trace_names_files_and_no_token():
    token = new_token()
    try:
        int(f"/join/{token}/")
    except ValueError as error:
        said = line("broken", error=(ValueError, error, error.__traceback__))
    assert __file__ in said
    assert token not in said


def test_moments_are_in_utc():
    record = logging.LogRecord("a", logging.INFO, "", 0, "b", (), None)
    record.created, record.msecs = 0.25, 250
    assert Line().format(record) == "1970-01-01T00:00:00.250Z INFO a b"
