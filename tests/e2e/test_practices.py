"""Anybody reads the practices page: on a phone, without scripts, by keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .browsing import PHONE, phone

PAGES = ["", "?state=unproven", "access.signins/", "changes/"]


@pytest.mark.parametrize("width", [320, PHONE["width"], 768])
@pytest.mark.parametrize("part", PAGES)
def test_nothing_is_wider_than_the_window(visit, part, width):
    page = visit(**phone() | {"viewport": {"width": width, "height": PHONE["height"]}})
    page.goto(f"/practices/{part}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_works_without_scripts(visit):
    page = visit(java_script_enabled=False)
    page.goto("/sign-in/")
    page.get_by_role("link", name="How we keep your data safe").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Security practices")
    page.context.clear_cookies()  # those of the form to sign in
    page.locator(".states a", has_text="Unproven").click()
    expect(page.get_by_text("Only what is unproven is shown.")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    page.get_by_role("link", name=re.compile("How it is measured.*Every sign-in is logged")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Every sign-in is logged")
    page.get_by_role("link", name="All practices").click()
    expect(page.locator("[id='access.signins']")).to_be_in_viewport()
    page.get_by_role("link", name="Changes").first.click()
    expect(page.get_by_role("heading", level=2)).to_have_count(2)
    assert page.context.cookies() == []


def test_the_first_stop_of_the_keyboard_leads_to_the_content(visit):
    page = visit()
    page.goto("/practices/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
