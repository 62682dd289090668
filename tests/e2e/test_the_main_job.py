"""The main job on 537 real people, steps 1 to 6: from the set-up link to tables and rules.

The tests run in order and share one event; each walks on where the one before stopped.
"""

from __future__ import annotations

import csv as csvs
import re
from io import StringIO

import pytest
from playwright.sync_api import expect

from .steps import DINNER, LONG_MS, add_rule, add_tables, invite, join, new_event, said, upload
from .walking import count_of_guests, find_guest

pytestmark = pytest.mark.usefixtures("in_order")

PEOPLE = list(csvs.DictReader(StringIO(DINNER.read_text())))
DEMOCRATS, REPUBLICANS = 260, 274


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
        "party": "A new column",
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
    page.get_by_role("button", name="Save", exact=True).click()
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


def test_5_a_reply_decides_who_takes_a_place(visit, walk):
    page = visit(walk.bob)
    page.goto(f"{walk.dinner.at('guests')}?q=state:WY")
    page.get_by_label("Select all on this page").check()
    page.locator(".selection-bar select[name=reply]").select_option(label="Waitlisted")
    page.locator(".selection-bar").get_by_role("button", name="Set reply").click()
    expect(said(page, "3 guests have the reply Waitlisted now")).to_be_visible()
    page.goto(walk.dinner.home)
    expect(page.locator("main")).to_contain_text(re.compile(r"535\s*(of|/)\s*540"))
    page.goto(f"{walk.dinner.at('guests')}?status=waitlisted")
    page.get_by_label("Select all on this page").check()
    page.locator(".selection-bar select[name=reply]").select_option(label="Confirmed")
    page.locator(".selection-bar").get_by_role("button", name="Set reply").click()
    expect(said(page, "3 guests have the reply Confirmed now")).to_be_visible()


def test_6_tables_and_rules_of_every_kind(visit, walk):
    page = visit(walk.bob)
    add_tables(page, walk.dinner, 54, 10)
    expect(page.locator("#tables tbody tr")).to_have_count(54)
    add_rule(page, walk.dinner, "together", guests=["Young Todd", "Murkowski"])
    add_rule(page, walk.dinner, "apart", guests=["Schumer", "McConnell"])
    add_rule(page, walk.dinner, "at_table", guests=["Sanders Bernard"], tables=["Table 1"])
    add_rule(page, walk.dinner, "not_at_table", guests=["Alma"], tables=["Table 2"])
    add_rule(page, walk.dinner, "near", guests=["Hirono", "Schatz"])
    add_rule(page, walk.dinner, "mix", column="party")
    expect(page.locator("#rules .rule-list > li")).to_have_count(6)
    expect(page.locator("#rules")).to_contain_text("Bernard Sanders at Table 1")
