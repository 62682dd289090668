"""A promise breaks: page, feed, badge and a subscriber's mail say so, and that it is mended."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Page, expect

from seatrobot.runtime.postgres import ADMINISTRATOR, EmbeddedPostgres

from .instance import Instance

PROMISE = "confidentiality.separated"
READER = "reader@outside.example"
ROW = f"[id='{PROMISE}']"


@pytest.fixture
def superuser(instance: Instance) -> Iterator[psycopg.Connection]:
    server = EmbeddedPostgres(instance.data / "postgresql")
    with psycopg.connect(server.url(ADMINISTRATOR), autocommit=True) as connection:
        yield connection
        connection.execute("ALTER TABLE guests_guest ENABLE ROW LEVEL SECURITY")


def test_everybody_hears_when_a_promise_breaks_and_is_kept_again(
    visit, alice, instance, mailbox, superuser
):
    page = visit()
    subscribe(page, mailbox)
    assert examine(instance) == 0
    look(page, "Kept", broken=0)

    superuser.execute("ALTER TABLE guests_guest DISABLE ROW LEVEL SECURITY")
    assert examine(instance) == 1
    look(page, "Broken", broken=1)
    mail = mailbox.message_for(READER, "Broken")
    assert "guests_guest" not in mail.get_content()  # what exactly is for those who run it
    assert f"/practices/{PROMISE}/" in mail.get_content()

    mailbox.messages.clear()
    superuser.execute("ALTER TABLE guests_guest ENABLE ROW LEVEL SECURITY")
    assert examine(instance) == 0
    look(page, "Kept", broken=0)
    assert "/leave/" in mailbox.message_for(READER, "Kept again")["List-Unsubscribe"]


def subscribe(page: Page, mailbox) -> None:
    page.goto("/practices/")
    page.get_by_role("link", name="Hear of changes", exact=True).click()
    page.get_by_label("E-mail address").fill(READER)
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    page.goto(mailbox.link_for(READER))
    page.get_by_role("button", name="Yes, subscribe me").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are subscribed")


def examine(instance: Instance) -> int:
    """Examine as the operator does on demand; return the exit code."""
    command = [sys.executable, "-m", "seatrobot", "promises", "examine", PROMISE]
    run = subprocess.run(
        command, env=instance.env, capture_output=True, text=True, timeout=120, check=False
    )
    assert PROMISE in run.stdout, run.stderr
    return run.returncode


def look(page: Page, state: str, *, broken: int) -> None:
    """See one state of the promise on the page, in the feed, on the badge and in the JSON."""
    page.goto("/practices/")
    expect(page.locator(ROW)).to_contain_text(state)
    expect(page.locator(".summary")).to_contain_text(f"{broken} broken")
    page.goto(f"/practices/{PROMISE}/")
    expect(page.locator("header.one-head")).to_contain_text(state)
    rows = page.request.get("/practices/practices.json").json()
    assert rows["summary"]["broken"] == broken
    (row,) = (row for row in rows["promises"] if row["id"] == PROMISE)
    assert row["state"] == state.lower()
    badge = page.request.get("/practices/badge.svg").text()
    assert bool(re.search(r"\b1 broken\b", badge)) == bool(broken)
    newest = page.request.get("/practices/feed.atom").text().partition("<entry>")[2]
    about = next(each for each in newest.split("<entry>") if PROMISE in each)
    assert f'term="{state.lower()}"' in about
