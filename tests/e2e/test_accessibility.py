"""Nobody is kept out: axe finds nothing serious on any page, and the keyboard alone is enough."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .browsing import DESKTOP, phone
from .steps import (
    Account,
    Dinner,
    add_rule,
    add_tables,
    csv,
    import_list,
    invite,
    new_event,
    seat_everyone,
    seats,
    upload,
)

EVERY_RULE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = ["color-contrast", "link-in-text-block"]  # in the dark nothing else differs
GRAVE = {"serious", "critical"}
LOOKS = {
    f"{scheme}-{name}": {**options, "color_scheme": scheme}
    for scheme, (name, options) in product(
        ("light", "dark"), {"desktop": {"viewport": DESKTOP}, "phone": phone()}.items()
    )
}
LIST = """first_name,last_name,email,company,party,tags
Alma,Adams,alma@guests.example,Senate,Blue,VIP
Ben,Brown,ben@guests.example,Senate,Red,VIP; Press
Cara,Clay,cara@guests.example,House,Blue,
Dan,Dorn,dan@guests.example,House,Red,Press
"""
OUTSIDE = ["/sign-in/", "/reset-password/", "/set-up/wrong/", "/nothing-is-here/"]
OUTSIDE += [f"/practices/{part}" for part in ("", "?state=unproven", "access.signins/", "changes/")]
OUTSIDE += ["/practices/subscribe/", "/practices/subscribe/wrong/"]
OF_ORGANIZATION = [
    *("events/", "events/new/", "members/", "members/invite/", "members/transfer/", "log/"),
    "log/proof/",
    *("mail/", "settings/", "practices/", "practices/exports/", "practices/staff/"),
    "practices/notices/",
]
OF_EVENT = [
    *("", "settings/", "delete/", "guests/", "guests/?q=nobody-is-called-that", "guests/add/"),
    *("guests/import/", "seating/", "seating/list/", "seating/setup/", "seating/documents/"),
    *(
        f"seating/setup/rules/new/{kind}/"
        for kind in ("together", "apart", "mix", "at_table", "not_at_table", "near")
    ),
    *("door/", "door/?q=ada"),
]


@pytest.fixture(scope="module")
def shared() -> dict[str, Any]:
    return {}


@pytest.fixture
def supper(visit, alice, shared) -> Dinner:
    """A small event in which everything is there once, made by the first test that asks."""
    if "supper" not in shared:
        page = visit(alice)
        invite(page, alice.home, Account("Vera Vale", "vera@foundation.example"), "Administrator")
        event = new_event(page, alice.home, "Supper", places=4)
        import_list(page, event, csv(LIST))
        add_tables(page, event, 2, 3)
        add_rule(page, event, "apart", guests=["Adams", "Brown"])
        add_rule(page, event, "together", guests=["Adams", "Brown"], strength="A wish")
        seat_everyone(page, event)
        new_event(page, alice.home, "Empty evening")
        shared["supper"] = event
    return shared["supper"]


def every_address(page: Page, alice: Account, supper: Dinner) -> list[str]:
    """Return the pages of an instance; those with identifiers are found by their links."""
    found = [f"{alice.home}{part}" for part in OF_ORGANIZATION]
    found += [f"{supper.home}{part}" for part in OF_EVENT]
    for start, link in {
        f"{alice.home}events/": "a:has-text('Empty evening')",
        supper.at("guests"): "#guests td.wide a",
        supper.at("seating", "setup"): "#tables tbody a",
        f"{supper.at('seating', 'setup')}#": "#rules .rule-list a",
    }.items():
        page.goto(start)
        found.append(page.locator(link).first.get_attribute("href") or "")
    return [*found, f"{found[-4]}guests/", f"{found[-4]}seating/", "/account/"]


def grave_violations(page: Page, rules: list[str] = EVERY_RULE) -> list[str]:
    found = Axe().run(page, options={"runOnly": rules}).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"][:3]
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_grave(look, visit, alice, supper):
    problems = {}
    rules = COLOURS if "dark" in look else EVERY_RULE
    stranger = visit(**LOOKS[look])
    for url in OUTSIDE:
        stranger.goto(url)
        problems[url] = grave_violations(stranger, rules)
    page = visit(alice, **LOOKS[look])
    for url in every_address(page, alice, supper):
        page.goto(url)
        problems[url.split("/events/")[-1]] = grave_violations(page, rules)
    upload(page, supper, csv(LIST.replace("Cara,Clay", "Cara,Carter").replace("Dan,Dorn", ",")))
    problems["columns"] = grave_violations(page, rules)
    page.get_by_role("button", name="Check the rows").click()
    expect(page.get_by_role("heading", name="This will happen")).to_be_visible()
    problems["check"] = grave_violations(page, rules)
    assert {url: found for url, found in problems.items() if found} == {}


def test_axe_would_find_something(visit):
    page = visit()
    page.goto("/sign-in/")
    assert grave_violations(page) == []
    page.evaluate("document.querySelector('main').append(new Image())")
    assert grave_violations(page)[0].startswith("image-alt")
    page.evaluate("document.querySelector('main h1').style.color = '#bbb'")
    assert grave_violations(page, COLOURS)[0].startswith("color-contrast")


def test_signing_in_with_the_keyboard(visit, alice):
    page = visit()
    page.goto("/")
    tab_to(page, "E-mail address")
    page.keyboard.type(alice.email)
    tab_to(page, "Password")
    page.keyboard.type(alice.password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Events", exact=True)).to_be_visible()


def test_searching_and_opening_a_guest_with_the_keyboard(visit, alice, supper):
    page = visit(alice)
    page.goto(supper.at("guests"))
    page.keyboard.press("/")
    page.keyboard.type("clay")
    expect(page.locator("#guests tbody tr")).to_have_count(1)
    tab_to(page, "Cara Clay")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cara Clay")


def test_moving_a_guest_with_the_keyboard(visit, alice, supper):
    page = visit(alice)
    page.goto(supper.at("seating"))
    before = seats(page)
    table, seat = before["Alma Adams"]
    tab_to(page, "Table 1:")
    if table == "Table 2":
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    for _ in range(seat - 1):
        page.keyboard.press("ArrowRight")
    assert focused(page) == f"Seat {seat}, {table}: Alma Adams"
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#plan-live")).to_contain_text(re.compile("now sits at|changed places"))
    page.keyboard.press("Control+z")
    expect(page.locator("#plan-live")).to_contain_text("Undone")
    page.reload()
    assert seats(page) == before


def test_checking_in_with_the_keyboard(visit, alice, supper):
    page = visit(alice)
    page.goto(supper.at("door"))
    page.keyboard.press("/")
    page.keyboard.type("dorn")
    expect(page.locator("li.door-guest")).to_have_count(1)
    tab_to(page, "Check in")
    page.keyboard.press("Enter")
    expect(page.locator("#door-flash")).to_contain_text("Dan Dorn")
    expect(page.locator("[data-count=arrived]")).to_have_text("1")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focus is on what is called so."""
    for _ in range(60):
        if re.match(rf"^\s*{name}", focused(page)):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {name}; the last stop was {focused(page)}")


def focused(page: Page) -> str:
    """Return what a screen reader calls the focused element, roughly."""
    name: str = page.evaluate(
        """() => {
            const it = document.activeElement;
            return it.getAttribute("aria-label") || it.labels?.[0]?.textContent || it.textContent;
        }"""
    )
    return name.strip()
