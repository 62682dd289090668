"""Dana runs the service: made staff at the command line, in with a passkey, out at once."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import Key

DANA = "dana.drew@operator.example"


RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def keeps_nobody_out(page: Page) -> bool:
    """Whether axe finds nothing serious on the page once its messages stand still."""
    # Asked once: `wait_for_function` asks again by `eval`, which our pages refuse.
    page.evaluate("Promise.allSettled(document.getAnimations().map((each) => each.finished))")
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    grave = [rule for rule in found if rule["impact"] in {"serious", "critical"}]
    assert not grave, [node["html"] for rule in grave for node in rule["nodes"]]
    return True


def heading(page: Page, name: str):
    return page.get_by_role("heading", name=name, exact=True)


def test_staff_come_and_go(page: Page, browser, operator, product):
    checked = ("--checked", "2026-11-02", "--reference", "HR-17")
    added = operator("staff", "add", DANA, "--name", "Dana Drew", *checked)
    link = re.search(r"http://\S+(/staff/enrol/\S+/)", added)[1]
    first = Key(page)
    first.is_touched(True)
    page.goto(link)
    expect(heading(page, "Welcome, Dana Drew")).to_be_visible()
    assert keeps_nobody_out(page)
    page.get_by_role("button", name="Make the passkey").click()
    expect(heading(page, "Overview")).to_be_visible()
    assert keeps_nobody_out(page)
    expect(page.get_by_text("Staff area").first).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(heading(page, "Staff sign-in")).to_be_visible()
    assert not page.locator("input[type=password]").count()
    assert keeps_nobody_out(page)

    page.goto("/staff/passkeys/")
    page.get_by_role("button", name="Sign in with your passkey").click()
    expect(heading(page, "Your passkeys")).to_be_visible()
    assert keeps_nobody_out(page)
    second = Key(page, "usb")
    second.is_touched(True)
    first.is_touched(False)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Key in the safe")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("row", name=re.compile("Key in the safe"))).to_be_visible()
    assert len(second.credentials()) == 1

    stranger = browser.new_context(base_url=product[0]).new_page()
    stranger.goto(link)
    expect(heading(stranger, "This link does not work any more")).to_be_visible()
    stranger.context.close()
    page.goto("/staff/sign-ins/")
    expect(page.get_by_text("Link wrong, used or too old").first).to_be_visible()
    [cookie] = [each for each in page.context.cookies() if each["name"] == "staff-session"]
    assert (cookie["path"], cookie["sameSite"], cookie["httpOnly"]) == ("/staff/", "Strict", True)
    page.goto("/account/")
    expect(heading(page, "Sign in")).to_be_visible()

    operator("staff", "disable", DANA)
    page.goto("/staff/")
    expect(heading(page, "Staff sign-in")).to_be_visible()
    page.get_by_role("button", name="Sign in with your passkey").click()
    expect(page.get_by_text("Your staff account is disabled")).to_be_visible()
