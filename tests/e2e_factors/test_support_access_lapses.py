"""Each condition of staff lapses while a page of a visit is open, and the page closes by itself.

Seven people of the staff look at one organization at the same time, each about to lack one
condition. What ends by time ends by time, seconds after the pages were opened; what somebody does,
the operator does. The customer watches beside them.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from playwright.sync_api import Page, expect

from seatrobot.runtime.postgres import ADMINISTRATOR, EmbeddedPostgres
from seatrobot.runtime.tests.instance import Instance

from .conftest import Key
from .test_staff import heading, keeps_nobody_out
from .test_support_access import FIT, let_in, plan_an_evening

CLOSED_WITHIN = 60
"""Seconds after which no page of a visit may be open any more once a condition has lapsed."""
AHEAD = 10
"""Seconds from the moment at which what ends by time is set to end, until it does."""
POLICY = "policies/customer-data.md"
CLOSED = "Your access to an organization was closed"
SIGNED_OUT = "Sign in again: if you are not let in, this page says why"


class Lapse(NamedTuple):
    """A condition that ends. sql: what makes it end by time; command: what the operator does.

    says: what the page that is left says is to be done. refused: what a new sign-in answers.
    """

    who: str
    says: str
    sql: str = ""
    command: tuple[str, ...] = ()
    refused: str = ""

    @property
    def address(self) -> str:
        return f"{self.who}@lapsing.example"

    @property
    def name(self) -> str:
        return self.who.replace(".", " ").title()


LAPSES = (
    Lapse(
        "paula.policy",
        "Read “Access to Customer Data” and sign it with your passkey.",
        "UPDATE personnel_edition SET published_at = %(ends)s::timestamptz - interval '14 days'"
        " WHERE name = 'customer-data' AND number = 2 AND %(account)s::uuid IS NOT NULL",
    ),
    Lapse(
        "trevor.training",
        "Take the course",
        "UPDATE personnel_result r SET at = %(ends)s::timestamptz - e.valid_days * interval '1 day'"
        " FROM personnel_edition e WHERE e.id = r.edition_id AND r.account_id = %(account)s",
    ),
    Lapse(
        "lara.laptop",
        "Have your laptop report",
        "UPDATE devices_device SET reported_at = %(ends)s::timestamptz - interval '24 hours'"
        " WHERE account_id = %(account)s",
    ),
    Lapse(
        "kim.key",
        "Sign in with your passkey again.",
        "UPDATE accounts_passkey SET created_at = %(ends)s::timestamptz - interval '12 hours',"
        " used_at = %(ends)s::timestamptz - interval '12 hours' WHERE account_id = %(account)s",
    ),
    Lapse(
        "carl.check",
        "Ask two colleagues to record your background check",
        command=("check", "--checked", "{today}", "--reference", "HR-21", "--not-passed"),
    ),
    Lapse(
        "cora.contract",
        SIGNED_OUT,
        command=("last-day", "{yesterday}"),
        refused="The last day of your work here has passed: ask the operator.",
    ),
    Lapse(
        "dan.disabled",
        SIGNED_OUT,
        command=("disable",),
        refused="Your staff account is disabled: ask the operator.",
    ),
)


@pytest.fixture
def beside(instance: Instance) -> Callable[..., str]:
    """Run the program that makes people fit, beside the product."""

    def run(*words: str) -> str:
        command = [sys.executable, str(FIT), *words]
        done = subprocess.run(command, env=instance.env, capture_output=True, text=True, check=True)
        return done.stdout

    return run


@pytest.fixture
def customer(browser, product, credential):
    page = browser.new_context(base_url=product[0]).new_page()
    page.set_default_timeout(20_000)
    let_in(page, credential)
    yield page
    page.context.close()


class Person(NamedTuple):
    """One of the staff, with the window in which they are signed in."""

    lapse: Lapse
    account: str
    page: Page


@pytest.fixture
def staff(browser, product, beside) -> Iterator[list[Person]]:
    """Seven people of the staff who fulfil every condition."""
    addresses = [each.address for each in LAPSES]
    made = re.findall(r"(\S+) http://\S+?(/staff/enrol/\S+/)", beside("--join", *addresses))
    people = []
    for lapse, (account, link) in zip(LAPSES, made, strict=True):
        page = browser.new_context(base_url=product[0]).new_page()
        page.set_default_timeout(20_000)
        Key(page).is_touched(True)
        page.goto(link)
        page.get_by_role("button", name="Make the passkey").click()
        expect(heading(page, "Overview")).to_be_visible()
        people.append(Person(lapse, account, page))
    beside(*addresses)
    yield people
    for person in people:
        person.page.context.close()


def ask_and_look(page: Page, organization: str) -> None:
    """Ask for access, which opens at once, and open a page of the customer with it."""
    page.goto(f"/staff/grants/ask/{organization}/")
    page.get_by_label("A fault of the service").check()
    page.get_by_label("Why do you have to see it?").fill("The plan shows an empty table")
    page.get_by_role("button", name="Ask for access").click()
    page.get_by_role("link", name="Look at the organization").click()
    expect(page.locator(".visit-banner")).to_be_visible()


def publish_another_text(instance: Instance, operator, beside) -> None:
    """Change a policy as the operator does; everybody but Paula signs the new text."""
    from seatrobot import personnel

    shipped = Path(personnel.__file__).parent / POLICY
    own = instance.data / POLICY
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(shipped.read_text() + "\nWe look at nothing on a Sunday unless it burns.\n")
    assert "edition 2" in operator("personnel", "publish")
    beside("--sign", *(each.address for each in LAPSES[1:]))


def lapse_all(staff: list[Person], instance: Instance, operator) -> float:
    """Let every condition lapse; return when the last of them has, on this process's clock."""
    today = datetime.now(UTC).date()
    days = {"today": str(today), "yesterday": str(today - timedelta(days=1))}
    for each in LAPSES:
        if each.command:
            act, *more = (word.format(**days) for word in each.command)
            operator("staff", act, each.address, *more)
    url = EmbeddedPostgres(instance.data / "postgresql").url(ADMINISTRATOR)
    with psycopg.connect(url, autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        ends = datetime.now(UTC) + timedelta(seconds=AHEAD)
        for lapse, account, _page in staff:
            if lapse.sql:
                changed = superuser.execute(lapse.sql, {"account": account, "ends": ends})
                assert changed.rowcount, lapse.who
    return time.monotonic() + AHEAD


def test_whatever_lapses_closes_the_page_and_says_what_to_do(
    customer, staff, instance, operator, beside
):
    organization = re.search(r"/o/([0-9a-f-]{36})/", plan_an_evening(customer))[1]
    settings = f"/o/{organization}/settings/support-access/"
    customer.goto(settings)
    customer.get_by_label(re.compile("Tell us")).check()
    customer.get_by_role("button", name="Save").click()
    expect(customer.get_by_text("Saved").first).to_be_visible()
    publish_another_text(instance, operator, beside)
    for person in staff:
        ask_and_look(person.page, organization)
    customer.goto(settings)
    expect(customer.get_by_role("heading", name="Open now")).to_have_count(len(staff))
    closed = customer.get_by_role("row", name=re.compile("Closed: a condition lapsed"))
    rows, mails = closed.count(), operator("mail").count(CLOSED)  # of walks before

    lapsed = lapse_all(staff, instance, operator)
    for lapse, _account, page in staff:
        left = lapsed + CLOSED_WITHIN - time.monotonic()
        expect(page.get_by_text(lapse.says).first).to_be_visible(timeout=max(left, 1) * 1000)
        expect(page.locator(".visit-banner")).to_have_count(0)
        assert keeps_nobody_out(page)
    for lapse, _account, page in staff:
        if lapse.refused:
            page.get_by_role("button", name="Sign in with your passkey").click()
            expect(page.get_by_text(lapse.refused).first).to_be_visible()
        else:
            page.go_back()  # what was open is not shown again
            expect(page.locator(".visit-banner")).to_have_count(0)

    while closed.count() < rows + len(staff) and time.monotonic() < lapsed + 2 * CLOSED_WITHIN:
        customer.reload()
    expect(closed).to_have_count(rows + len(staff))
    customer.goto(f"/o/{organization}/log/")
    for lapse, _account, _page in staff:
        sentence = f"closed access of {lapse.name}, who does not fulfil every condition any more"
        expect(customer.get_by_text(sentence)).to_be_visible()
    mail = operator("mail")
    assert mail.count(CLOSED) == mails + len(staff)
    for sentence in ("Not true any more:", "Have your laptop report", "Take the course"):
        assert sentence in mail

    kim = next(person.page for person in staff if person.lapse.who == "kim.key")
    kim.goto("/staff/")
    kim.get_by_role("button", name="Sign out").click()
    kim.get_by_role("button", name="Sign in with your passkey").click()
    expect(heading(kim, "Overview")).to_be_visible()
    ask_and_look(kim, organization)
