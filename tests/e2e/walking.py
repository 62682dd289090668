"""What the steps of the main job share, and how they look at a page."""

from __future__ import annotations

import csv as csvs
import re
from dataclasses import dataclass, field
from io import BytesIO, StringIO

from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from .steps import Account, Dinner


@dataclass
class Walk:
    """What later steps need to know of earlier ones."""

    dinner: Dinner = field(default_factory=lambda: Dinner("", ""))
    bob: Account = field(default_factory=lambda: Account("Bob Baker", "bob@foundation.example"))
    doris: Account = field(default_factory=lambda: Account("Doris Day", "doris@foundation.example"))


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


def seat_of(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=re.compile(rf"^Seat .*: {re.escape(name)}(,|$)"))


def drag(page: Page, source: Locator, target: Locator) -> None:
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
