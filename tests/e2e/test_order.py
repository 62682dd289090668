"""What comes in another order than people expect: scripts after typing, answers after a change."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from .steps import Account, Dinner, csv, import_list, new_event
from .walking import find_guest

LIST = "first_name,last_name\nAlma,Adams\nBen,Brown\n"


def hold(page: Page, address: re.Pattern[str]) -> Callable[[], None]:
    """Keep answers back that the server has given; return what hands them out."""
    kept: list[tuple[Route, APIResponse]] = []
    page.route(address, lambda route: kept.append((route, route.fetch())))

    def release() -> None:
        for route, answer in kept:
            route.fulfill(response=answer)
        page.unroute(address)

    return release


@pytest.fixture
def lunch(visit, alice: Account, made) -> Dinner:
    if not made:
        page = visit(alice)
        made["event"] = new_event(page, alice.home, "Lunch", places=50)
        import_list(page, made["event"], csv(LIST))
    return made["event"]


@pytest.mark.parametrize(
    ("place", "script", "found"),
    [("door", "door", "#door-results li"), ("guests", "htmx", "#guests tbody tr")],
)
def test_what_is_typed_before_the_scripts_run_is_looked_for(
    visit, alice, lunch, place, script, found
):
    page = visit(alice)
    release = hold(page, re.compile(rf"/{script}[^/]*\.js"))
    page.goto(lunch.at(place), wait_until="commit")
    page.locator("[data-search]").fill("ben")
    release()
    expect(page.locator(found)).to_have_count(1)
    expect(page.locator(found)).to_contain_text("Brown")


def test_an_answer_from_before_a_change_replaces_nothing(visit, alice, lunch):
    page = visit(alice)
    page.goto(find_guest(page, lunch, "Alma"))
    release = hold(page, re.compile(r"\?before$"))
    source = {"source": "#guest-status", "target": "#guest-side", "swap": "outerHTML"}
    page.evaluate(
        "more => { htmx.ajax('get', '?before', { ...more, select: '#guest-side' }) }",
        source | {"selectOOB": "#guest-status"},
    )
    page.get_by_role("button", name="Check in", exact=True).click()
    expect(page.locator("#guest-status")).to_contain_text("Attended")
    release()
    expect(page.get_by_role("button", name="Undo check-in")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("button", name="Undo check-in")).to_be_visible()
    expect(page.locator("#guest-status")).to_contain_text("Attended")


def test_a_change_under_way_keeps_its_place(visit, alice, lunch):
    page = visit(alice)
    page.goto(find_guest(page, lunch, "Ben"))
    release = hold(page, re.compile(r"/check-in/$"))
    page.get_by_role("button", name="Check in", exact=True).click()
    source = {"source": "#guest-status", "target": "#guest-side", "swap": "outerHTML"}
    page.evaluate("more => htmx.ajax('get', '', { ...more, select: '#guest-side' })", source)
    release()
    expect(page.locator("#guest-status")).to_contain_text("Attended")
    expect(page.get_by_role("button", name="Undo check-in")).to_be_visible()
