"""The main job, steps 7 to 10: seated by robot and by hand, printed, checked in at the door.

Walks on where the tests of steps 1 to 6 stopped.
"""

from __future__ import annotations

import json
import re
from io import BytesIO
from itertools import pairwise

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from .browsing import phone
from .steps import add_rule, download, invite, join, said, seat_everyone, seats
from .walking import csv_rows, drag, find_at_door, pdf_text, seat_of

pytestmark = pytest.mark.usefixtures("in_order")


def test_7_the_robot_seats_everyone_and_keeps_every_must(visit, walk):
    page = visit(walk.bob)
    seat_everyone(page, walk.dinner)
    expect(page.locator("#side-result")).to_contain_text("538 of 538 guests sit")
    expect(page.locator("#plan-counts")).to_have_text("All 538 guests are seated")
    at = seats(page)
    assert len(at) == 538
    tables = {name: table for name, (table, _seat) in at.items()}
    assert tables["Bernard Sanders"] == "Table 1"
    assert tables["Alma Adams"] != "Table 2"
    assert tables["Charles Schumer"] != tables["Mitch McConnell"]
    assert tables["Todd Young"] == tables["Lisa Murkowski"]
    assert tables["Zoë Ñandú"] == tables["Peter Welch"]
    assert max(list(tables.values()).count(f"Table {number}") for number in range(1, 55)) <= 10


def test_7_contradictory_rules_are_named_and_nothing_changes(visit, walk):
    page = visit(walk.bob)
    page.goto(walk.dinner.at("seating"))
    before = seats(page)
    add_rule(page, walk.dinner, "apart", guests=["Young Todd", "Murkowski"])
    seat_everyone(page, walk.dinner)
    result = page.locator("#side-result")
    expect(result).to_contain_text("Nobody was moved")
    expect(result.locator(".causes li")).to_have_count(2)
    expect(result.locator(".causes")).to_contain_text("at one table")
    expect(result.locator(".causes")).to_contain_text("at different tables")
    assert seats(page) == before
    result.locator(".causes a", has_text="different tables").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(said(page, "The rule is removed")).to_be_visible()


def test_8_a_guest_is_dragged_against_a_must_which_is_asked_shown_and_undone(visit, walk):
    page = visit(walk.bob)
    page.goto(walk.dinner.at("seating"))
    name, before = "Lisa Murkowski", seats(page)
    free = page.locator("[data-seat]:not(.is-taken)")
    labels = [free.nth(index).get_attribute("aria-label") or "" for index in range(free.count())]
    found = [re.match(r"Seat (\d+), (.+): free", label) for label in labels]
    index, where = next(
        (index, match) for index, match in enumerate(found) if match and match[2] != before[name][0]
    )
    drag(page, seat_of(page, name), free.nth(index))
    question = page.locator("#must-question")
    expect(question).to_contain_text("breaks the must")
    question.get_by_role("button", name="Move anyway").click()
    expect(page.locator("#plan-live")).to_have_text(f"{name} now sits at {where[2]}.")
    expect(page.locator("#broken-count")).to_have_text("1")
    expect(seat_of(page, name)).to_have_class(re.compile("is-broken"))
    page.reload()
    assert seats(page)[name] == (where[2], int(where[1]))
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#plan-live")).to_contain_text("Undone")
    expect(page.locator("#broken-count")).to_be_hidden()
    page.reload()
    assert seats(page) == before


def test_8_the_same_with_the_keyboard_and_a_locked_guest_stays(visit, walk):
    page = visit(walk.bob)
    page.goto(walk.dinner.at("seating"))
    at = seats(page)
    (first, (table, _)), (second, _) = next(
        pair for pair in pairwise(sorted(at.items(), key=lambda item: item[1]))
        if pair[0][1][0] == pair[1][1][0] and pair[0][1][1] + 1 == pair[1][1][1]
    )  # fmt: skip
    seat_of(page, first).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#plan-live")).to_contain_text(f"{first} picked up")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#plan-live")).to_contain_text("changed places")
    page.keyboard.press("l")
    expect(page.locator("#plan-live")).to_contain_text(f"{first} is locked at {table}")
    page.reload()
    assert seats(page)[first] == at[second]
    assert seats(page)[second] == at[first]

    add_rule(page, walk.dinner, "not_at_table", guests=[first], tables=[table], strength="A wish")
    seat_everyone(page, walk.dinner)
    assert seats(page)[first] == at[second]
    expect(page.locator("#side-result .unmet")).to_contain_text(first)


def test_9_everything_can_be_downloaded(visit, walk):
    page = visit(walk.bob)
    page.goto(walk.dinner.at("seating"))
    at = seats(page)
    for name in ("table-cards", "place-cards", "list-by-table", "list-by-name"):
        page.goto(walk.dinner.at("seating", "documents"))
        text = pdf_text(download(page, f"a[href$='{name}.pdf']"))
        for person in ("Sanders", "Sánchez", "Ñandú"):
            assert person in text, f"{person} is missing in {name}"
    plan = csv_rows(download(page, "a[href$='plan.csv']"))
    assert {f"{row['First name']} {row['Last name']}": row["Table"] for row in plan}.items() >= {
        ("Bernard Sanders", "Table 1"),
        ("Linda Sánchez", at["Linda Sánchez"][0]),
    }
    assert len(plan) == 538
    data = json.loads(download(page, "a[href$='plan.json']"))
    assert sum(len(table["guests"]) for table in data["tables"]) == 538
    page.goto(walk.dinner.at("guests"))
    page.get_by_text("Export").click()
    guests = csv_rows(download(page, "a[href$='export.csv']"))
    assert len(guests) == 538
    page.get_by_text("Export").click()
    workbook = load_workbook(BytesIO(download(page, "a[href$='export.xlsx']")), read_only=True)
    assert sum(1 for _ in workbook.active.rows) == 539
    workbook.close()


def test_10_the_door_on_a_phone(visit, alice, mailbox, walk):
    invite(visit(alice), alice.home, walk.doris, "Door", (walk.dinner.title,))
    page = visit(**phone())
    join(page, mailbox, walk.doris)
    expect(page).to_have_url(re.compile("/door/$"))
    find_at_door(page, "san")
    sanders = page.locator("li.door-guest", has_text="Bernard Sanders")
    expect(sanders).to_contain_text("Table 1")
    sanders.get_by_role("button", name="Check in").tap()
    expect(page.locator("#door-flash")).to_contain_text("Bernard Sanders")
    expect(sanders).to_contain_text("In since")
    expect(page.locator("[data-count=arrived]")).to_have_text("1")
    sanders.get_by_role("button", name="Undo").tap()
    expect(page.locator("[data-count=arrived]")).to_have_text("0")
    expect(sanders.get_by_role("button", name="Check in")).to_be_visible()


def test_10_a_door_member_sees_nothing_else(visit, alice, walk):
    page = visit(walk.doris, **phone())
    dinner = walk.dinner
    for url in (
        dinner.home,
        dinner.at("guests"),
        dinner.at("seating"),
        dinner.at("seating", "documents"),
        f"{dinner.at('guests')}export.csv",
        f"{alice.home}members/",
        f"{alice.home}log/",
        f"{alice.home}mail/",
        f"{alice.home}events/new/",
    ):
        answer = page.goto(url)
        assert answer is not None
        assert answer.status == 403, url


def test_10_of_two_doors_one_wins_and_the_other_is_told_who_and_when(visit, walk):
    first, second = visit(walk.doris, **phone()), visit(walk.bob, **phone())
    for page in (first, second):
        page.goto(walk.dinner.at("door"))
        find_at_door(page, "welch")
        expect(page.locator(".door-party")).to_contain_text("Zoë Ñandú")
    welch = "li.door-guest:has-text('Peter Welch')"
    first.locator(welch).get_by_role("button", name="Check in").tap()
    expect(first.locator(welch)).to_contain_text("In since")
    second.locator(welch).get_by_role("button", name="Check in").tap()
    told = second.locator("#door-flash")
    expect(told).to_contain_text(walk.doris.name)
    expect(told).to_contain_text(re.compile(r"\d{1,2}:\d{2}"))
    expect(second.locator(welch)).to_contain_text("In since")
    expect(second.locator("[data-count=arrived]")).to_have_text("1")


def test_the_access_log_tells_all_of_it(visit, alice):
    page = visit(alice)
    page.goto(f"{alice.home}log/")
    for who in ("Doris Day", "Bob Baker"):
        expect(page.locator("main")).to_contain_text(who)
