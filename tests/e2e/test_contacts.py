"""The people an organization knows: from an address book to an event, in one walk."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .steps import LONG_MS, new_event

BOOK = (
    "First name,Last name,E-mail,Company\n"
    "Katherine,Young,kate@young.example,Acme\n"
    "Kate,Young,kate@young.example,\n"
    "Žofia,Nagy,zofia@nagy.example,Acme\n"
)


@pytest.fixture
def page(visit, alice) -> Page:
    return visit(alice)


def test_an_address_book_becomes_contacts_who_are_merged_parted_and_invited(page, alice):
    event = new_event(page, alice.home, "Contacts walk", places=50)
    contacts = f"{alice.home.rstrip('/')}/contacts/"
    page.goto(contacts)
    page.get_by_role("link", name="Import contacts").first.click()
    page.get_by_label("Or paste it here").fill(BOOK)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Import 3 rows").click()
    expect(page.get_by_text("3 contacts added")).to_be_visible(timeout=LONG_MS)

    page.goto(contacts)
    page.get_by_role("searchbox").fill("zofia")
    expect(page.get_by_role("link", name="Kate Young")).to_have_count(0)
    page.get_by_role("checkbox", name="Select Žofia Nagy").check()
    page.get_by_label("Tag", exact=True).fill("Walk")
    page.get_by_role("button", name="Add tag").click()
    expect(page.get_by_text("1 contact got the tag “Walk”.")).to_be_visible()
    page.goto(f"{contacts}?tag=walk")
    page.get_by_label("Keep this search as").fill("Walkers")
    page.get_by_role("button", name="Save the filter").click()
    expect(page.get_by_role("link", name="Walkers").first).to_be_visible()

    page.goto(f"{contacts}doubles/")
    page.get_by_role("button", name="Search for doubles").click()
    expect(page.get_by_role("link", name="Merge…")).to_be_visible(timeout=LONG_MS)
    page.get_by_role("link", name="Merge…").click()
    page.get_by_role("button", name="Merge them").click()
    expect(page.get_by_text("The contacts are one now")).to_be_visible()
    page.get_by_role("button", name="Undo the merge").click()
    expect(page.get_by_text("two contacts again")).to_be_visible()
    page.get_by_label("Name or e-mail address").fill("zofia nagy")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("The assistants are saved.")).to_be_visible()
    expect(page.locator(".relations").get_by_role("link", name="Žofia Nagy")).to_be_visible()
    page.get_by_role("button", name="Send nothing to this person").click()
    expect(page.get_by_text("Nothing is sent to them now.")).to_be_visible()

    page.goto(f"{contacts}?q=young")
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_label("Event", exact=True).select_option(label="Contacts walk")
    page.get_by_role("button", name="Add to the event").click()
    expect(page).to_have_url(re.compile(re.escape(event.at("guests"))))
    expect(page.get_by_text("2 contacts are on the list of Contacts walk now")).to_be_visible()
    expect(page.get_by_role("link", name="Katherine Young")).to_be_visible()
