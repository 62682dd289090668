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


def test_what_another_device_does_is_seen_on_the_cards_within_two_seconds(
    door, visit, alice, reception
):
    """One walk of two devices: follow, undo a party, let in, add, take back, lose the network."""
    other = at_door(visit(alice, **phone()), reception)
    for page in (door, other):
        find_at_door(page, "gilson")
    quick = {"timeout": 2500}
    party = door.locator(".door-party")
    if party.get_by_role("button", name="Undo").first.is_visible():
        row(door, "Hal").get_by_role("button", name="Undo").tap()
        expect(row(other, "Hal").get_by_role("button", name="Check in")).to_be_visible(**quick)
        find_at_door(door, "gilson")

    # A whole party at one door is seen at the other, and is taken back in one tap.
    door.get_by_role("button", name="Check in all 2").tap()
    expect(door.get_by_role("searchbox")).to_be_focused()
    for name in ("Gil", "Hal"):
        expect(row(other, name)).to_contain_text("In since", **quick)
    expect(other.locator(".door-party-head h2")).to_contain_text("2 in")
    door.locator("#door-flash").get_by_role("button", name="Undo").tap()
    expect(door.locator("#door-flash")).to_contain_text("2")
    for page in (door, other):
        for name in ("Gil", "Hal"):
            expect(row(page, name).get_by_role("button", name="Check in")).to_be_visible(**quick)
    expect(other.locator(".door-party-head h2")).to_contain_text("0 in")

    # After a check-in the next name can be typed at once.
    row(door, "Gil").get_by_role("button", name="Check in").tap()
    expect(row(other, "Gil")).to_contain_text("In since", **quick)
    door.keyboard.type("new")
    expect(door.get_by_role("searchbox")).to_have_value("new")

    # Somebody who is not on the list, with a name of two letters.
    door.get_by_role("searchbox").fill("Bo Ng")
    expect(door.locator("#door-results")).to_contain_text("Nobody found")
    door.get_by_text("Add somebody who is not on the list").tap()
    expect(door.get_by_label("Last name")).to_have_value("Ng")
    door.get_by_role("button", name="Add and check in").tap()
    expect(door.locator("#door-flash")).to_contain_text("Bo Ng")
    find_at_door(other, "ng")
    expect(row(other, "Bo Ng")).to_contain_text("In since")

    # Taken back at the other door: seen here, where the card is.
    find_at_door(door, "bo")
    row(other, "Bo Ng").get_by_role("button", name="Undo").tap()
    expect(row(door, "Bo Ng").get_by_role("button", name="Check in")).to_be_visible(**quick)

    # Without a network nothing can be tapped, and with it again everything.
    check = row(door, "Bo Ng").get_by_role("button", name="Check in")
    door.context.set_offline(True)
    expect(check).to_be_disabled()
    expect(door.get_by_text("No connection")).to_be_visible()
    door.context.set_offline(False)
    expect(check).to_be_enabled()

    # While somebody types, the counts leave the room to the guests.
    low = door.locator(".door-counts").bounding_box()["height"]
    door.get_by_role("searchbox").fill("")
    assert low < door.locator(".door-counts").bounding_box()["height"] / 1.5


def test_somebody_who_declined_is_let_in_with_a_note(door, visit, alice, reception):
    page = visit(alice)
    page.goto(reception.at("guests/add"))
    page.get_by_label("First name").fill("Dee")
    page.get_by_label("Last name").fill("Cline")
    page.get_by_label("Reply").select_option(label="Declined")
    page.get_by_role("button", name="Add to the list").click()
    other = at_door(visit(alice, **phone()), reception)
    for device in (door, other):
        find_at_door(device, "cline")
    row(door, "Dee").get_by_text("Let in anyway").tap()
    expect(row(door, "Dee").get_by_label("Why")).to_be_focused()
    row(door, "Dee").get_by_role("button", name="Let in", exact=True).tap()
    expect(door.locator("#door-flash")).to_contain_text("Write why")
    row(door, "Dee").get_by_label("Why").fill("The host asked for her")
    door.keyboard.press("Enter")
    expect(door.locator("#door-flash")).to_contain_text("is in")
    expect(row(door, "Dee")).to_contain_text("In since")
    expect(row(other, "Dee")).to_contain_text("In since", timeout=2500)
    door.locator("#door-flash").get_by_role("button", name="Undo").tap()
    expect(row(door, "Dee").get_by_text("Let in anyway")).to_be_visible()

    # Somebody whose name is on the list is added only on purpose.
    door.get_by_text("Add somebody who is not on the list").tap()
    door.get_by_label("First name").fill("Dee")
    door.get_by_label("Last name").fill("Cline")
    door.get_by_role("button", name="Add and check in").tap()
    expect(door.locator("#door-flash")).to_contain_text("Somebody of this name is on the list")
    door.locator("#door-flash").get_by_role("button", name="Add another").tap()
    expect(door.locator("#door-flash")).to_contain_text("is in")
