"""A download that asks who it is says what it releases, and goes on afterwards."""

from __future__ import annotations

import html
import re

import pytest

from seatrobot.accounts import assurance
from seatrobot.conftest import PASSWORD


def grow_stale(browser):
    session = browser.session
    session[assurance.KEY] = {"methods": ["password"], "at": "2020-01-01T00:00:00+00:00"}
    session.save()


@pytest.fixture
def places(alice, dinner):
    home = f"/o/{alice.organization_id}/"
    return {
        "the guest list": (f"{home}events/{dinner.pk}/guests/", "export.csv?q=adams"),
        "the access log": (f"{home}log/", "access-log.csv"),
        "the sign-ins of all members": (f"{home}log/sign-ins/", "sign-ins.csv"),
    }


@pytest.mark.parametrize(
    "what", ["the guest list", "the access log", "the sign-ins of all members"]
)
def test_a_download_goes_on_after_the_question(client_of, alice, places, what):
    browser = client_of(alice)
    page, name = places[what]
    grow_stale(browser)
    asked = browser.get(page + name, HTTP_REFERER=f"http://testserver{page}", follow=True)
    assert asked.status_code == 403
    text = asked.content.decode()
    assert f"You are about to download {what}." in text
    action = html.unescape(re.search(r'<form method="post" action="([^"]+)"', text)[1])
    wrong = browser.post(action, {"password": "wrong", "next": page})
    assert wrong.status_code == 422
    assert what in wrong.content.decode()
    given = browser.post(action, {"password": PASSWORD, "next": page}).content.decode()
    address = html.unescape(re.search(r'content="0;url=([^"]+)"', given)[1])
    assert address == page + name
    assert f'href="{page}"' in given
    file = browser.get(address)
    assert file.status_code == 200
    assert "attachment" in file["Content-Disposition"]


@pytest.mark.parametrize("address", ["//evil.example/x", "https://evil.example", "/nowhere/", "x"])
def test_another_site_s_file_is_none(client_of, alice, address):
    browser = client_of(alice)
    answer = browser.post(f"/account/confirm/?download={address}", {"password": PASSWORD})
    assert answer.status_code == 302
