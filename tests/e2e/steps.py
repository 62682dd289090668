"""What people do again and again, as they do it: by words on the page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from .mailbox import Mailbox

PASSWORD = "correct horse battery staple"
DINNER = Path(__file__).parents[2] / "src/seatrobot/demo/congress-dinner.csv"
LONG_MS = 60_000


@dataclass
class Account:
    """home: where the organization's pages begin. state: the cookies of a browser signed in."""

    name: str
    email: str
    password: str = PASSWORD
    home: str = ""
    state: Any = None


@dataclass
class Dinner:
    """An event as its pages are addressed: `at("guests")`, `at("seating", "setup")`."""

    title: str
    home: str

    def at(self, *parts: str) -> str:
        return "/".join([self.home.rstrip("/"), *parts, ""])


def set_up(page: Page, link: str, owner: Account, organization: str) -> None:
    page.goto(link)
    page.get_by_label("Name of the organization").fill(organization)
    page.get_by_label("Your name").fill(owner.name)
    page.get_by_label("Your e-mail address").fill(owner.email)
    page.get_by_label("Password", exact=True).fill(owner.password)
    page.locator("main form button.btn-primary").click()
    expect(page.get_by_role("heading", name="Plan your first event")).to_be_visible()


def sign_in(page: Page, who: Account) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail address").fill(who.email)
    page.get_by_label("Password", exact=True).fill(who.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page).not_to_have_url(re.compile("sign-in"))


def invite(
    page: Page, organization: str, who: Account, role: str, events: Iterable[str] = ()
) -> None:
    page.goto(f"{organization}members/invite/")
    page.get_by_label("Name", exact=True).fill(who.name)
    page.get_by_label("E-mail address").fill(who.email)
    chosen = "Member of chosen events" if events else role
    page.get_by_role("radio", name=re.compile(f"^{chosen}")).check()
    for title in events:
        options = page.get_by_label(title, exact=True)
        options.select_option(options.locator("option", has_text=f"{role}:").text_content())
    page.locator("main form button.btn-primary").click()
    expect(said(page, "invitation is on its way")).to_be_visible()


def join(page: Page, mailbox: Mailbox, who: Account) -> None:
    """Follow the mailed link and choose a password; keep the cookies with the account."""
    page.goto(mailbox.link_for(who.email))
    page.get_by_label("Password", exact=True).fill(who.password)
    page.locator("main form button.btn-primary").click()
    expect(page).to_have_url(re.compile("/events/"))
    who.state = page.context.storage_state()


def new_event(page: Page, organization: str, title: str, places: int = 540, **more: str) -> Dinner:
    page.goto(f"{organization}events/new/")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Starts").fill("2027-01-20T19:00")
    page.get_by_label("Ends").fill("2027-01-20T23:00")
    page.get_by_label("Time zone").select_option("America/New_York")
    page.get_by_label("Places").fill(str(places))
    for label, text in more.items():
        page.get_by_label(label.capitalize()).fill(text)
    page.get_by_role("button", name="Create the event").click()
    expect(page.get_by_role("heading", name=title, exact=True, level=1)).to_be_visible()
    return Dinner(title, page.url)


def upload(page: Page, event: Dinner, file: Any) -> None:
    """Choose a file (a path, or name, type and bytes) on the import page and go on."""
    page.goto(event.at("guests", "import"))
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Go on").click()


def import_list(page: Page, event: Dinner, file: Any) -> None:
    """Import a file whose columns are guessed right, up to the last step."""
    upload(page, event, file)
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_role("button", name=re.compile(r"^Import ")).click()
    page.get_by_role("link", name="See the guest list").click(timeout=LONG_MS)


def csv(text: str, name: str = "guests.csv") -> dict[str, Any]:
    """Return a file of guests for `upload`."""
    return {"name": name, "mimeType": "text/csv", "buffer": text.encode()}


def said(page: Page, sentence: str) -> Locator:
    """The message that the last action left."""
    return page.locator("#toasts .toast", has_text=re.compile(sentence)).first


def row_of(page: Page, name: str) -> Locator:
    """The row of a table that names somebody or something."""
    return page.get_by_role("row", name=re.compile(re.escape(name))).first


def add_tables(page: Page, event: Dinner, count: int, seats_each: int) -> None:
    page.goto(event.at("seating", "setup"))
    page.get_by_label("Tables", exact=True).fill(str(count))
    page.get_by_label("Seats at each").fill(str(seats_each))
    page.locator("#add").get_by_role("button", name="Add").click()
    expect(said(page, "table")).to_be_visible()


def add_rule(
    page: Page,
    event: Dinner,
    kind: str,
    *,
    guests: Iterable[str] = (),
    tables: Iterable[str] = (),
    column: str = "",
    strength: str = "",
    note: str = "",
) -> None:
    """Add a rule; guests and tables are typed until they are found."""
    page.goto(event.at("seating", "setup", "rules", "new", kind))
    for label, names in {"Guests": guests, "Tables": tables}.items():
        for name in names:
            box = page.get_by_role("combobox", name=label)
            box.fill(name)
            page.get_by_role("option").first.click()
    if column:
        page.get_by_label("Column").select_option(label=column)
    if strength:
        page.get_by_label("How strongly").select_option(label=strength)
    page.get_by_label("Note").fill(note)
    page.get_by_role("button", name="Add the rule").click()
    expect(said(page, "The rule is added")).to_be_visible()


def ask_robot(page: Page, event: Dinner, mode: str = "Start again") -> None:
    """Ask the robot and wait until it has said what it proposes."""
    page.goto(event.at("seating"))
    expect(page.locator("#plan[data-ready]")).to_be_attached()
    anybody = page.locator("[data-seat].is-taken").count()
    page.get_by_role("button", name="Seat everyone", exact=True).click()
    if anybody:
        dialog = page.get_by_role("dialog", name="What shall the robot do?")
        dialog.get_by_label(mode).check()
        dialog.get_by_role("button", name="Ask the robot").click()
    expect(page.locator("#thinking")).to_be_visible()
    expect(page.locator("#thinking")).to_be_hidden(timeout=LONG_MS)
    expect(page.locator("#side-result .result")).to_be_visible()


def seat_everyone(page: Page, event: Dinner, mode: str = "Start again") -> None:
    """Ask the robot and accept what it proposes, if it proposes anything."""
    ask_robot(page, event, mode)
    accept = page.locator("#side-result").get_by_role("button", name="Accept")
    if accept.count():
        accept.click()
        expect(said(page, "seated as proposed")).to_be_visible()
        expect(page.locator("#side-result [data-standing]")).to_be_visible()


def seats(page: Page) -> dict[str, tuple[str, int]]:
    """Return who sits where on the floor plan: table and number of the seat by name."""
    expect(page.locator("#plan[data-ready]")).to_be_attached()
    labels = page.locator("[data-seat].is-taken").evaluate_all(
        "seats => seats.map(seat => seat.getAttribute('aria-label'))"
    )
    found = (re.fullmatch(r"Seat (\d+), (.+?): (.+?)(, locked)?", label) for label in labels)
    return {match[3]: (match[2], int(match[1])) for match in found if match}


def download(page: Page, link: str) -> bytes:
    with page.expect_download() as waiting:
        page.locator(link).first.click()
    return Path(waiting.value.path()).read_bytes()
