"""Passkeys in a real browser: enrol, sign in with nothing else, second step, confirm, remove."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import Key, add, give_password


@pytest.fixture
def key(page: Page, credential: dict[str, object]) -> Key:
    key = Key(page)
    key.holds(credential)
    return key


def carry_on(credential: dict[str, object], key: Key) -> None:
    """Keep the counter of the device for the next window."""
    credential["signCount"] = key.credentials()[0]["signCount"]


def test_sign_in_with_a_passkey_and_nothing_else(page, credential, key):
    page.add_init_script("delete PublicKeyCredential.isConditionalMediationAvailable")
    key.is_touched(True)
    page.goto("/sign-in/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Events", exact=True)).to_be_visible()
    carry_on(credential, key)


def test_the_browser_offers_the_passkey_beside_the_address(page, credential, key):
    key.is_touched(True)
    page.goto("/sign-in/")
    expect(page.get_by_role("heading", name="Events", exact=True)).to_be_visible()
    carry_on(credential, key)


def test_the_second_step_after_the_password(page, credential, key):
    give_password(page)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    key.verifies(False)
    key.is_touched(True)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("No passkey was chosen")
    key.verifies(True)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Events", exact=True)).to_be_visible()
    carry_on(credential, key)


def test_a_device_without_the_passkey_is_told_so(page, credential):
    key = Key(page)
    give_password(page)
    key.is_touched(True)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("No passkey was chosen")


def test_a_member_opens_nothing_in_the_staff_area(page, credential, key):
    give_password(page)
    key.is_touched(True)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Events", exact=True)).to_be_visible()
    for place in ("/staff/", "/staff/sign-ins/", "/staff/passkeys/"):
        page.goto(place)
        expect(page.get_by_role("heading", name="Staff sign-in")).to_be_visible()
    page.get_by_role("button", name="Sign in with your passkey").click()
    expect(page.get_by_text("This passkey is not known here.")).to_be_visible()
    carry_on(credential, key)


def test_the_same_device_is_not_enrolled_twice_and_a_removed_passkey_is_dead(page, credential, key):
    give_password(page)
    key.is_touched(True)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Events", exact=True)).to_be_visible()
    add(page, "Again")
    expect(page.get_by_role("alert")).to_contain_text("has a passkey of yours already")
    page.goto("/account/ways/")
    page.get_by_role("row", name=re.compile("Laptop")).locator("summary").click()
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#toasts")).to_contain_text("is removed")
    page.context.clear_cookies()
    key.is_touched(False)
    give_password(page)
    expect(page.get_by_role("heading", name="Events", exact=True)).to_be_visible()
    page.context.clear_cookies()
    key.is_touched(True)
    page.goto("/sign-in/")  # the browser offers the passkey by itself, and this key takes it
    expect(page.get_by_text("This passkey is not known here.")).to_be_visible()
    expect(page.locator("form[data-passkey]:not([data-autofill])")).to_be_visible()
