"""The floor plan under mouse, keys and fingers, and beside somebody else who changes it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .browsing import phone
from .steps import (
    Account,
    Dinner,
    add_tables,
    ask_robot,
    csv,
    import_list,
    new_event,
    said,
    seat_everyone,
    seats,
)
from .walking import drag, seat_of

LIST = "First name,Last name,E-mail,State\n" + "".join(
    f"{name},{name}son,{name.lower()}@guests.example,{state}\n"
    for name, state in zip(("Ann", "Ben", "Cat", "Dan", "Eve", "Fay"), "NNNSSS", strict=True)
)


@pytest.fixture
def banquet(visit, alice: Account, made) -> Dinner:
    """An event of six guests, all seated at two tables of four."""
    if not made:
        page = visit(alice)
        made["event"] = new_event(page, alice.home, "Banquet", places=50)
        import_list(page, made["event"], csv(LIST))
        add_tables(page, made["event"], 2, 4)
        seat_everyone(page, made["event"])
    return made["event"]


@pytest.fixture
def page(visit, alice: Account, banquet: Dinner) -> Page:
    return at_plan(visit(alice), banquet)


def at_plan(page: Page, event: Dinner) -> Page:
    page.goto(event.at("seating"))
    expect(page.locator("#plan[data-ready]")).to_be_attached()
    return page


def empty(page: Page):
    return page.locator("[data-seat]:not(.is-taken)").first


def where(label: str | None) -> tuple[str, int]:
    found = re.match(r"Seat (\d+), (.+): free", label or "")
    assert found
    return found[2], int(found[1])


def undo(page: Page) -> None:
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#plan-live")).to_contain_text("Undone")


def test_names_are_written_on_the_seats(page):
    expect(seat_of(page, "Ann Annson").locator(".initials")).to_have_text("AA")


def test_what_others_move_appears_here(page, visit, alice, banquet):
    other = at_plan(visit(alice), banquet)
    before = seats(page)
    target = where(empty(other).get_attribute("aria-label"))
    drag(other, seat_of(other, "Ben Benson"), empty(other))
    expect(other.locator("#plan-live")).to_contain_text("Ben Benson now sits")
    expect(seat_of(page, "Ben Benson")).to_have_attribute(
        "aria-label", f"Seat {target[1]}, {target[0]}: Ben Benson"
    )
    undo(other)
    expect(seat_of(page, "Ben Benson")).to_have_attribute(
        "aria-label", "Seat {1}, {0}: Ben Benson".format(*before["Ben Benson"])
    )


def test_who_moves_after_somebody_else_sees_both_moves(page, visit, alice, banquet):
    """The answer to the own move may not hide what was missed before it."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    other = at_plan(visit(alice), banquet)
    free = page.locator("[data-seat]:not(.is-taken)")
    first, second = (where(free.nth(n).get_attribute("aria-label")) for n in (0, 1))
    drag(other, seat_of(other, "Cat Catson"), empty(other))
    expect(other.locator("#plan-live")).to_contain_text("Cat Catson now sits")
    drag(page, seat_of(page, "Dan Danson"), free.nth(1))
    expect(seat_of(page, "Cat Catson")).to_have_attribute(
        "aria-label", f"Seat {first[1]}, {first[0]}: Cat Catson"
    )
    expect(seat_of(page, "Dan Danson")).to_have_attribute(
        "aria-label", f"Seat {second[1]}, {second[0]}: Dan Danson"
    )
    undo(page)
    undo(page)


def test_a_finger_holds_and_carries(visit, alice, banquet):
    page = at_plan(visit(alice, **phone()), banquet)
    before = seats(page)
    target = where(empty(page).get_attribute("aria-label"))
    seat_of(page, "Eve Eveson").tap()
    card = page.locator("#card")
    expect(card).to_contain_text("Eve Eveson")
    card.get_by_role("button", name="Move").tap()
    expect(page.locator("#carry")).to_contain_text("Where does Eve Eveson sit?")
    empty(page).tap()
    expect(page.locator("#plan-live")).to_contain_text("Eve Eveson now sits")
    page.reload()
    assert seats(page)["Eve Eveson"] == target
    undo(page)
    page.reload()
    assert seats(page) == before


def test_a_table_is_moved_and_stays_where_it_was_put(page, banquet):
    first = page.locator("[data-table]").first.get_attribute("data-table")
    table = page.locator(f"[data-table='{first}']")
    before = table.get_attribute("transform")
    page.get_by_role("button", name="Move tables").click()
    box = table.locator(".top").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + 60, steps=6)
    page.mouse.up()
    expect(page.locator("#plan-live")).to_contain_text("Table 1 moved")
    moved = table.get_attribute("transform")
    assert moved != before
    at_plan(page, banquet)
    expect(table).to_have_attribute("transform", moved or "")


def test_cards_colours_and_search_know_the_columns(page):
    page.get_by_label("Colour by").select_option(label="State")
    expect(page.locator("#legend button")).to_have_count(2)
    seat_of(page, "Fay Fayson").click()
    expect(page.locator("#card dl")).to_contain_text("State")
    page.get_by_role("searchbox", name="Find a guest").fill("fays")
    expect(page.locator("#tray li")).to_have_count(1)


def test_who_sits_stays_and_nobody_moves_before_it_is_accepted(page, banquet):
    before = seats(page)
    undone = seat_of(page, "Ann Annson")
    undone.focus()
    page.keyboard.press("Delete")
    expect(page.locator("#plan-live")).to_contain_text("Ann Annson has no seat now")
    ask_robot(page, banquet, "Seat those who have no seat")
    panel = page.locator("#side-result")
    expect(panel).to_contain_text("1 guest gets a seat")
    expect(page.locator("#plan-counts")).to_have_text("5 of 6 guests seated")
    panel.get_by_role("button", name="Leave the plan as it is").click()
    expect(said(page, "stays as it is")).to_be_visible()
    seat_everyone(page, banquet, "Seat those who have no seat")
    after = seats(page)
    assert {name: after[name] for name in before if name != "Ann Annson"} == {
        name: seat for name, seat in before.items() if name != "Ann Annson"
    }
    assert "Ann Annson" in after


def test_a_guest_picked_up_with_the_keyboard_reaches_every_table(page):
    first, second = page.locator("[data-table]").nth(0), page.locator("[data-table]").nth(1)
    taken = first.locator("[data-seat].is-taken").first
    name = (taken.get_attribute("aria-label") or "").partition(": ")[2]
    taken.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#plan-live")).to_contain_text("picked up")
    page.keyboard.press("PageDown")
    expect(second).to_be_focused()
    page.keyboard.press("1")
    expect(first).to_be_focused()
    page.keyboard.press("2")
    expect(second).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#carry")).to_be_hidden()
    taken.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("PageDown")
    page.keyboard.press("Enter")
    expect(page.locator("#plan-live")).to_contain_text(f"{name} now sits at Table 2")
    undo(page)


def test_a_table_shows_who_sits_there_and_the_card_leads_to_the_guest(page, banquet):
    table = page.locator("[data-table]").first
    table.locator(".top").click()
    card = page.locator("#card")
    expect(card).to_contain_text("Table 1")
    card.get_by_role("button", name="Lock the table").click()
    expect(table.locator(".is-locked")).to_have_count(table.locator(".is-taken").count())
    card.get_by_role("button", name="Unlock the table").click()
    expect(table.locator(".is-locked")).to_have_count(0)
    who = card.locator("[data-person]").first
    name = who.inner_text()
    who.click()
    card.get_by_role("link", name="Open the guest").click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    expect(page.locator("main")).to_contain_text("Table 1, seat")
    page.get_by_role("link", name="Change", exact=True).click()
    page.get_by_label("Table", exact=True).select_option(index=2)
    page.get_by_role("button", name="Seat here").click()
    expect(said(page, "has a new place")).to_be_visible()
    page.goto(banquet.at("guests") + "?sort=table&q=table:2")
    expect(page.locator("#guests tbody")).to_contain_text(name)
