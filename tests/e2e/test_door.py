"""The door in a browser: an answer that gets lost, a door with a name, two in a party."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from .browsing import phone
from .steps import Account, Dinner, csv, import_list, new_event
from .walking import find_at_door

LIST = "First name,Last name,E-mail,Group\n" + "".join(
    f"{name},{name}son,{name.lower()}@guests.example,{party}\n"
    for name, party in (("Gil", "1"), ("Hal", "1"), ("Ivy", "2"), ("Jon", "3"))
)


@pytest.fixture(scope="module")
def made() -> dict[str, Dinner]:
    return {}


@pytest.fixture
def reception(visit, alice: Account, made) -> Dinner:
    """An event of four guests, two of whom come together."""
    if not made:
        page = visit(alice)
        made["event"] = new_event(page, alice.home, "Reception", places=50)
        import_list(page, made["event"], csv(LIST))
    return made["event"]


@pytest.fixture
def door(visit, alice: Account, reception: Dinner) -> Page:
    return at_door(visit(alice, **phone()), reception)


def at_door(page: Page, event: Dinner) -> Page:
    page.goto(event.at("door"))
    return page


def row(page: Page, name: str):
    return page.locator("li.door-guest", has_text=name)


def test_a_tap_whose_answer_was_lost_is_one_arrival(door):
    """The server let the guest in; the device hears nothing, tries again, and hears that it did."""

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    find_at_door(door, "ivy")
    door.route(re.compile("/check-in/$"), lose, times=1)
    row(door, "Ivy").get_by_role("button", name="Check in").tap()
    flash = door.locator("#door-flash")
    expect(flash).to_contain_text("No answer from the server")
    flash.get_by_role("button", name="Try again").tap()
    expect(flash).to_contain_text("is in")
    expect(row(door, "Ivy")).to_contain_text("In since")
    expect(door.locator("[data-count=arrived]")).to_have_text("1")


def test_a_door_with_a_name_is_told_to_the_other_one(door, visit, alice, reception):
    door.locator(".door-device summary").tap()
    door.get_by_label("Name of this door").fill("North gate")
    door.reload()
    expect(door.locator(".door-device summary")).to_have_text("North gate")
    other = at_door(visit(alice, **phone()), reception)
    for page in (door, other):
        find_at_door(page, "jon")
    row(door, "Jon").get_by_role("button", name="Check in").tap()
    expect(row(door, "Jon")).to_contain_text("In since")
    row(other, "Jon").get_by_role("button", name="Check in").tap()
    expect(other.locator("#door-flash")).to_contain_text("already at North gate")
    expect(row(other, "Jon")).to_contain_text("In since")


def test_a_party_comes_in_at_once_and_one_of_it_is_taken_back(door):
    find_at_door(door, "hal")
    door.get_by_role("button", name="Check in all 2").tap()
    expect(door.locator("#door-flash")).to_contain_text("2")
    expect(row(door, "Gil")).to_contain_text("In since")
    row(door, "Gil").get_by_role("button", name="Undo").tap()
    expect(row(door, "Gil").get_by_role("button", name="Check in")).to_be_visible()
    expect(row(door, "Hal")).to_contain_text("In since")
