"""A Primary Owner takes an organization elsewhere, deletes it at once, and keeps the receipt."""

from __future__ import annotations

import re
import subprocess
import sys

from playwright.sync_api import expect

from .steps import LONG_MS, Account, csv, import_list, new_event, row_of, set_up

NAME = "A Short Story"
GUESTS = "First name,Last name,E-mail\nAlma,Adams,alma@short.example\nBea,Brown,\n"


def further_link(instance) -> str:
    """Return a link to set up one more organization, as the operator gets it."""
    command = [sys.executable, "-m", "seatrobot", "organization", "add"]
    said = subprocess.run(
        command, env=instance.env, capture_output=True, text=True, check=True, timeout=120
    )
    found = re.search(r"http://\S+", said.stdout)
    assert found, said.stdout + said.stderr
    return found.group(0)


def take_elsewhere(page, home, other, link, tmp_path):
    """Make and download an archive, and import it into an empty organization of somebody else."""
    page.goto(f"{home}archive/")
    page.get_by_role("button", name="Make an archive of everything").click()
    ready = page.get_by_role("link", name="Download")
    expect(ready).to_be_visible(timeout=LONG_MS)
    with page.expect_download() as download:
        ready.click()
    file = tmp_path / "archive.zip"
    download.value.save_as(file)

    set_up(other, link, Account("Nina Novak", "nina@short.example"), "Empty Shelf")
    there = other.url.removesuffix("events/")
    other.goto(f"{there}archive/")
    other.get_by_role("link", name="Import an archive").click()
    other.get_by_label("Archive", exact=True).set_input_files(file)
    other.get_by_role("button", name="Import", exact=True).click()
    expect(other.get_by_text(re.compile("rows imported"))).to_be_visible(timeout=LONG_MS)
    other.goto(f"{there}events/")
    other.get_by_role("link", name="The Last Chapter").first.click()
    other.get_by_role("link", name="Guests", exact=True).first.click()
    expect(row_of(other, "Alma Adams")).to_be_visible()
    expect(row_of(other, "Bea Brown")).to_be_visible()


def test_an_organization_goes_elsewhere_and_leaves_a_receipt(alice, instance, visit, tmp_path):
    owner = Account("Olga Orlova", "olga@short.example")
    page = visit()
    set_up(page, further_link(instance), owner, NAME)
    home = page.url.removesuffix("events/")
    import_list(page, new_event(page, home, "The Last Chapter"), csv(GUESTS))
    take_elsewhere(page, home, visit(), further_link(instance), tmp_path)
    page.goto(f"{home}settings/")
    page.get_by_role("link", name="Delete the organization").click()
    expect(page.get_by_text("What goes")).to_be_visible()
    button = page.get_by_role("button", name="Delete the organization")
    page.get_by_label("Name of the organization").fill("another name")
    button.click()
    expect(page.get_by_text("exactly as it is shown")).to_be_visible()
    page.get_by_label("Name of the organization").fill(NAME)
    button.click()
    expect(page.get_by_role("heading", name="The deletion is requested")).to_be_visible()

    page.goto(f"{home}settings/delete/")
    page.get_by_role("button", name="Cancel the deletion").click()
    expect(page.get_by_text("nothing was deleted")).to_be_visible()

    page.goto(f"{home}settings/delete/")
    page.get_by_label("Name of the organization").fill(NAME)
    page.get_by_label("Begin at once").check()
    button.click()
    expect(page).to_have_url(re.compile("/receipts/"))
    rows = page.locator("li", has_text="Rows deleted").locator("small")
    expect(rows).to_be_visible(timeout=LONG_MS)  # the page looks again by itself
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the receipt as it is now").click()
    file = tmp_path / "receipt.txt"
    download.value.save_as(file)
    key = [sys.executable, "-m", "seatrobot", "journal", "key"]
    printed = subprocess.run(
        key, env=instance.env, capture_output=True, text=True, check=True, timeout=120
    )
    verify = [sys.executable, "-m", "seatrobot", "receipt", "verify", str(file)]
    verified = subprocess.run(
        [*verify, "--key", printed.stdout.strip()],
        env=instance.env,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "Keys destroyed at" in verified.stdout

    page.goto(f"{home}settings/")
    expect(page).to_have_url(re.compile("/sign-in/"))  # the account went with its organization
    others = visit(alice)
    others.goto(f"{alice.home}events/")
    expect(others.get_by_role("heading").first).to_be_visible()
