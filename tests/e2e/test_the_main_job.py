"""The whole job of an event team on 537 real people, step by step, in one browser.

The tests run in order and share one event; each walks on where the one before stopped.
"""

from __future__ import annotations

import csv as csvs
import json
import re
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from itertools import pairwise

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from .browsing import phone
from .steps import (
    DINNER,
    LONG_MS,
    Account,
    Dinner,
    add_rule,
    add_tables,
    download,
    invite,
    join,
    new_event,
    said,
    seat_everyone,
    seats,
    upload,
)

PEOPLE = list(csvs.DictReader(StringIO(DINNER.read_text())))
DEMOCRATS, REPUBLICANS = 260, 274


@dataclass
class Walk:
    """What later steps need to know of earlier ones."""

    dinner: Dinner = field(default_factory=lambda: Dinner("", ""))
    bob: Account = field(default_factory=lambda: Account("Bob Baker", "bob@foundation.example"))
    doris: Account = field(default_factory=lambda: Account("Doris Day", "doris@foundation.example"))


@pytest.fixture(scope="module")
def walk() -> Walk:
    return Walk()


@pytest.fixture(scope="module")
def failed_before(request) -> int:
    return request.session.testsfailed


@pytest.fixture(autouse=True)
def in_order(request, failed_before):
    if request.session.testsfailed > failed_before:
        pytest.skip("an earlier step failed")


def test_1_an_organization_is_set_up_by_link_and_the_link_works_once(visit, alice, instance):
    page = visit(alice)
    page.goto(f"{alice.home}members/")
    expect(page.get_by_role("row", name=re.compile(alice.name))).to_contain_text("Primary Owner")
    again = visit().goto(instance.setup_link())
    assert again is not None
    assert again.status == 410


def test_2_a_colleague_joins_by_the_mailed_link(visit, alice, mailbox, walk):
    invite(visit(alice), alice.home, walk.bob, "Team member")
    page = visit()
    join(page, mailbox, walk.bob)
    page.locator("details.account summary").click()
    expect(page.locator("details.account")).to_contain_text(walk.bob.email)
    members = page.goto(f"{alice.home}members/")
    assert members is not None
    assert members.status == 403


def test_3_an_event_is_created(visit, alice, walk):
    page = visit(walk.bob)
    walk.dinner = new_event(
        page, alice.home, "Congress Dinner", venue="Library of Congress", description="Black tie"
    )
    expect(page.locator("main")).to_contain_text("Library of Congress")
    expect(page.locator("main")).to_contain_text("EST")


def test_4_the_list_is_imported_after_a_dry_run(visit, walk):
    page = visit(walk.bob)
    upload(page, walk.dinner, DINNER)
    for column, becomes in {
        "last_name": "Last name",
        "party": "a column of its own",
        "tags": "Tags",
        "organization": "Company",
    }.items():
        expect(page.get_by_label(column, exact=True).locator("option:checked")).to_have_text(
            re.compile(becomes)
        )
    page.get_by_role("button", name="Check the rows").click()
    expect(page.locator("dl.stats")).to_contain_text(re.compile(r"New guests\s+537"))
    assert count_of_guests(page, walk.dinner) == 0
    page.go_back()
    page.get_by_role("button", name="Import 537 rows").click()
    page.get_by_role("link", name="See the guest list").click(timeout=LONG_MS)
    expect(page.locator("#guests caption")).to_have_text("537 guests")
    page.goto(find_guest(page, walk.dinner, "Alma Adams"))
    for label in ("party", "state", "committees"):
        person = next(row for row in PEOPLE if row["last_name"] == "Adams")
        expect(page.get_by_label(re.compile(f"^{label}"))).to_have_value(person[label])
    expect(page.get_by_label(re.compile("^Title"))).to_have_value("Representative")
    expect(page.locator(".tag-keep")).to_contain_text("Democrat")


def test_5_guests_are_searched_filtered_tagged_and_edited(visit, walk):
    page = visit(walk.bob)
    page.goto(walk.dinner.at("guests"))
    table = page.locator("#guests")
    search = page.get_by_role("searchbox", name="Search guests")
    search.press_sequentially("sanchez")
    expect(table.get_by_role("link", name=re.compile("Sánchez"))).to_be_visible()
    expect(table.locator("tbody tr")).to_have_count(1)
    search.fill("")
    expect(table.locator("caption")).to_have_text("537 guests")

    page.locator(".tag-filter summary").click()
    page.get_by_label("with Democrat", exact=True).check()
    expect(table.locator("caption")).to_have_text(f"{DEMOCRATS} guests")
    page.get_by_label("with Republican", exact=True).check()
    expect(table.get_by_role("heading", name="Nobody found")).to_be_visible()
    page.locator("select[name=match]").select_option("any")
    expect(table.locator("caption")).to_have_text(f"{DEMOCRATS + REPUBLICANS} guests")
    page.get_by_label("without Democrat", exact=True).check()
    expect(table.locator("caption")).to_have_text(f"{REPUBLICANS} guests")

    page.goto(f"{walk.dinner.at('guests')}?q=state:VT")
    page.get_by_label("Select all on this page").check()
    page.locator(".selection-bar").get_by_label("Tag").fill("Green Mountains")
    page.locator(".selection-bar").get_by_role("button", name="Add").click()
    expect(said(page, "3 guests got the tag")).to_be_visible()

    page.goto(find_guest(page, walk.dinner, "Bernard Sanders"))
    page.get_by_label("Phone").fill("202-555-0100")
    page.get_by_label("Notes").fill("Sits close to the exit")
    page.get_by_role("button", name="Save").click()
    expect(said(page, "is saved")).to_be_visible()
    expect(page.get_by_label("Notes")).to_have_value("Sits close to the exit")


def test_5_a_plus_one_shares_the_party_of_the_host(visit, walk):
    page = visit(walk.bob)
    page.goto(find_guest(page, walk.dinner, "Peter Welch"))
    form = page.locator("form.plus-one")
    form.get_by_label("First name").fill("Zoë")
    form.get_by_label("Last name").fill("Ñandú")
    form.get_by_role("button", name="Add a plus-one").click()
    expect(said(page, "comes with")).to_be_visible()
    expect(page.locator("ul.party")).to_contain_text("Zoë Ñandú")
    page.goto(find_guest(page, walk.dinner, "zoe nandu"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Zoë Ñandú")
    expect(page.locator("main")).to_contain_text(re.compile("comes with.*Welch"))


def test_5_a_status_decides_who_takes_a_place(visit, walk):
    page = visit(walk.bob)
    page.goto(f"{walk.dinner.at('guests')}?q=state:WY")
    page.get_by_label("Select all on this page").check()
    page.locator(".selection-bar select[name=status]").select_option(label="Waitlisted")
    page.locator(".selection-bar").get_by_role("button", name="Set status").click()
    expect(said(page, "3 guests are now Waitlisted")).to_be_visible()
    page.goto(walk.dinner.home)
    expect(page.locator("main")).to_contain_text(re.compile(r"535\s*(of|/)\s*540"))
    page.goto(f"{walk.dinner.at('guests')}?status=waitlisted")
    page.get_by_label("Select all on this page").check()
    page.locator(".selection-bar select[name=status]").select_option(label="Confirmed")
    page.locator(".selection-bar").get_by_role("button", name="Set status").click()
    expect(said(page, "3 guests are now Confirmed")).to_be_visible()


def test_6_tables_and_rules_of_every_kind(visit, walk):
    page = visit(walk.bob)
    add_tables(page, walk.dinner, 54, 10)
    expect(page.locator("#tables tbody tr")).to_have_count(54)
    add_rule(page, walk.dinner, "together", guests=["Young Todd", "Murkowski"])
    add_rule(page, walk.dinner, "apart", guests=["Schumer", "McConnell"])
    add_rule(page, walk.dinner, "at_table", guests=["Sanders Bernard"], tables=["Table 1"])
    add_rule(page, walk.dinner, "not_at_table", guests=["Alma"], tables=["Table 2"])
    add_rule(page, walk.dinner, "near", guests=["Hirono", "Schatz"])
    add_rule(page, walk.dinner, "mix", column="Party")
    expect(page.locator("#rules .rule-list > li")).to_have_count(6)
    expect(page.locator("#rules")).to_contain_text("Bernard Sanders at Table 1")


def test_7_the_robot_seats_everyone_and_keeps_every_must(visit, walk):
    page = visit(walk.bob)
    seat_everyone(page, walk.dinner)
    expect(page.locator("#side-result")).to_contain_text("538 guests sit at 54 tables")
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


def test_8_a_guest_is_dragged_to_a_seat_and_it_is_undone(visit, walk):
    page = visit(walk.bob)
    page.goto(walk.dinner.at("seating"))
    name, (_table, _seat) = next(iter(seats(page).items()))
    before = seats(page)
    empty = page.locator("[data-seat]:not(.is-taken)").first
    where = re.match(r"Seat (\d+), (.+): free", empty.get_attribute("aria-label") or "")
    assert where
    drag(page, seat_of(page, name), empty)
    expect(page.locator("#plan-live")).to_have_text(f"{name} now sits at {where[2]}.")
    page.reload()
    assert seats(page)[name] == (where[2], int(where[1]))
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#plan-live")).to_contain_text("Undone")
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


def count_of_guests(page: Page, event: Dinner) -> int:
    page.goto(event.at("guests"))
    caption = page.locator("#guests caption")
    return int((caption.inner_text()).split()[0]) if caption.count() else 0


def find_guest(page: Page, event: Dinner, name: str) -> str:
    """Return the address of the page of the only guest found."""
    page.goto(event.at("guests"))
    page.get_by_role("searchbox", name="Search guests").fill(name)
    expect(page.locator("#guests tbody tr")).to_have_count(1)
    return page.locator("#guests tbody td.wide a").get_attribute("href") or ""


def find_at_door(page: Page, letters: str) -> None:
    page.get_by_role("searchbox").fill(letters)
    expect(page.locator("#door-results li").first).to_be_visible()


def seat_of(page: Page, name: str):
    return page.get_by_role("button", name=re.compile(rf"^Seat .*: {re.escape(name)}(,|$)"))


def drag(page: Page, source, target) -> None:
    """Press, move in steps as a hand does, release."""
    start, end = source.locator("circle").bounding_box(), target.locator("circle").bounding_box()
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=8)
    page.mouse.up()


def pdf_text(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)


def csv_rows(data: bytes) -> list[dict[str, str]]:
    return list(csvs.DictReader(StringIO(data.decode("utf-8-sig"))))
