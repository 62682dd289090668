"""Who is sent to set a factor up goes on from there to where they wanted to be."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from django.urls import reverse

from .conftest import challenge, code_of, codes_on, enrol, secret_on, signed_in
from .device import Device

HOME = "/o/somewhere/events/?tag=a&b"
ON = f"?next={quote(HOME, safe='')}"
ELSEWHERE = ["", "?next=https%3A%2F%2Fevil.test%2F", "?next=%2F%2Fevil.test", "?next=javascript:x"]


def kept(page) -> str:
    """Return where "I have kept them" leads."""
    text = page.content.decode()
    return re.search(r'href="([^"]+)">I have kept them', text)[1].replace("&amp;", "&")


def add_passkey(client, query: str):
    asked = challenge(client, reverse("accounts:add-passkey-options"))
    form = {"name": "Key", "answer": Device().create(asked)}
    return client.post(reverse("accounts:add-passkey") + query, form)


def add_app(client, query: str):
    address = reverse("accounts:add-app") + query
    secret, sealed = secret_on(client.get(address))
    return client.post(address, {"name": "App", "sealed": sealed, "code": code_of(secret)})


def test_the_list_hands_it_on(alice):
    text = signed_in().get(reverse("accounts:factors") + ON).content.decode()
    for name in ("accounts:add-passkey", "accounts:add-app"):
        assert f'href="{reverse(name)}{ON}"' in text


@pytest.mark.parametrize("add", [add_passkey, add_app])
def test_the_first_one_leads_on_from_its_recovery_codes(alice, add):
    page = add(signed_in(), ON)
    assert len(codes_on(page)) == 10
    assert kept(page) == HOME


@pytest.mark.parametrize("add", [add_passkey, add_app])
def test_a_further_one_leads_on_at_once(alice, device, add):
    client = signed_in()
    enrol(client, device)
    assert add(client, ON).url == HOME


@pytest.mark.parametrize("add", [add_passkey, add_app])
def test_cancelling_does_not_lose_it(alice, add):
    name = "accounts:add-passkey" if add is add_passkey else "accounts:add-app"
    text = signed_in().get(reverse(name) + ON).content.decode()
    assert f'href="{reverse("accounts:factors")}{ON}">Cancel' in text


def test_new_codes_lead_on_too(alice, device):
    client = signed_in()
    enrol(client, device)
    assert kept(client.post(reverse("accounts:recovery-codes") + ON)) == HOME


@pytest.mark.parametrize("query", ELSEWHERE)
def test_without_a_place_of_ours_it_ends_at_the_list(alice, query):
    client = signed_in()
    assert "evil" not in client.get(reverse("accounts:factors") + query).content.decode()
    assert kept(add_passkey(client, query)) == reverse("accounts:factors")
    assert add_app(client, query).url == reverse("accounts:factors")
