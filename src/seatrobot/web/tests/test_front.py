"""What the front asks the site: which pages take files, and who is signed in."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.urls import reverse

from seatrobot.web import front


def environ(client: Client, path: str) -> dict[str, object]:
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return RequestFactory().post(path, HTTP_COOKIE=cookies).META


def import_page(dinner) -> str:
    return reverse("guests:import", args=[dinner.organization_id, dinner.pk])


def test_two_pages_take_files_and_no_other(dinner):
    assert front.takes_files(import_page(dinner))
    assert front.takes_files("/staff/promises/compliance.dpa/attest/")
    others = [
        "/",
        "/sign-in/",
        f"{import_page(dinner)}x/",
        "/staff/promises/x/",
        "/nowhere/import/",
    ]
    assert not any(front.takes_files(path) for path in others)


def test_a_live_session_may_send_files(client_of, alice, dinner):
    client = client_of(alice)
    assert front.is_signed_in(environ(client, import_page(dinner)))


@pytest.mark.parametrize("cookie", ["", "invented"])
def test_nobody_may_not(cookie, dinner):
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert not front.is_signed_in(environ(client, import_page(dinner)))


def test_a_session_that_was_ended_is_none(client_of, alice, dinner):
    client = client_of(alice)
    before = environ(client, import_page(dinner))
    client.post(reverse("accounts:sign-out"))
    assert not front.is_signed_in(before)


def test_a_member_is_nobody_in_the_area_of_staff(client_of, alice):
    client = client_of(alice)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.cookies[settings.STAFF_COOKIE_NAME] = session
    assert not front.is_signed_in(environ(client, "/staff/promises/compliance.dpa/attest/"))
