"""What is typed is not lost: to buttons beside the form, to leaving the page, to another's save."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .steps import Dinner, csv, import_list, new_event, said
from .walking import find_guest

LIST = "first_name,last_name,email\nAlma,Adams,alma@guests.example\nBen,Brown,ben@guests.example\n"


@pytest.fixture
def page(visit, alice) -> Page:
    return visit(alice)


def notes(page: Page):
    return page.get_by_label("Notes")


def test_typed_text_outlives_everything_beside_it(page, alice, visit):
    supper: Dinner = new_event(page, alice.home, "Supper")
    import_list(page, supper, csv(LIST))
    alma = find_guest(page, supper, "Alma")
    page.goto(alma)
    notes(page).fill("Hears badly on the left")

    page.locator(".plus-one").get_by_label("First name").fill("Kim")
    page.locator(".plus-one").get_by_label("Last name").fill("Adams")
    page.get_by_role("button", name="Add a plus-one").click()
    expect(said(page, "Kim Adams comes with Alma Adams")).to_be_visible()
    expect(page.locator("#guest-side .party a", has_text="Kim Adams")).to_be_visible()
    expect(notes(page)).to_have_value("Hears badly on the left")

    page.get_by_role("searchbox", name="Put together with").fill("Ben")
    page.locator("#party-found").get_by_role("button", name="Ben Brown").click()
    expect(said(page, "come together now")).to_be_visible()
    page.get_by_role("searchbox", name="Put together with").fill("Nobody")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Check in", exact=True).click()
    expect(page.locator("#guest-status")).to_contain_text("Attended")
    page.get_by_role("button", name="Undo check-in").click()
    page.locator("#confirm [data-confirm-yes]").click()
    expect(page.locator("#guest-status")).to_contain_text("Confirmed")
    expect(notes(page)).to_have_value("Hears badly on the left")

    asked: list[str] = []

    def stay(dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name="All guests").click()
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    expect(notes(page)).to_have_value("Hears badly on the left")

    other = visit(alice)
    other.goto(alma)
    other.get_by_label("Company").fill("Globex")
    notes(other).fill("Comes late")
    other.get_by_role("button", name="Save", exact=True).click()
    expect(said(other, "is saved")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Somebody else changed this guest meanwhile")).to_be_visible()
    expect(page.get_by_label("Company")).to_have_value("Globex")
    expect(notes(page)).to_have_value("Hears badly on the left")
    page.get_by_role("button", name="Use what is saved").click()
    expect(notes(page)).to_have_value("Comes late")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(said(page, "is saved")).to_be_visible()
    page.get_by_role("link", name="All guests").click()
    expect(page).to_have_url(re.compile("/guests/$"))
    assert asked == ["beforeunload"]
