# ruff: noqa: INP001, S603, S607 - a script for maintainers, with the tools of their machine
"""Take the README's pictures of the demonstration; run as `python -m tools.screenshots`.

Needs ImageMagick, which makes them small.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright
from tests.e2e.browsing import Watch, launch, phone, window
from tests.e2e.instance import Instance
from tests.e2e.steps import Account, sign_in

PICTURES = Path(__file__).parents[1] / "docs/screenshots"
LARGEST_BYTES = 300_000


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="seatrobot-pictures-") as place:
        instance = Instance(Path(place), demo=True)
        instance.start()
        try:
            take_all(instance)
        finally:
            instance.stop()


def take_all(instance: Instance) -> None:
    alice = demonstration_account(instance, "alice")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = window(browser, instance.url, Watch())
        sign_in(page, alice)
        state = page.context.storage_state()
        page.get_by_role("link", name="Congress Dinner").first.click()
        home = page.url
        dark = window(browser, instance.url, Watch(), color_scheme="dark", storage_state=state)
        small = window(browser, instance.url, Watch(), storage_state=state, **phone())
        guest_list(page, home)
        floor_plan(page, home)
        overview(dark, home)
        door(small, home)
        practices(window(browser, instance.url, Watch()), instance)
        browser.close()


def guest_list(page: Page, home: str) -> None:
    page.goto(f"{home}guests/")
    expect(page.locator("#guests tbody tr").first).to_be_visible()
    take(page, "guest-list")


def floor_plan(page: Page, home: str) -> None:
    page.goto(f"{home}seating/")
    page.get_by_label("Colour by").select_option(label="party")
    page.get_by_role("tab", name="Robot").click()
    expect(page.locator("#side-result .result")).to_be_visible()
    take(page, "floor-plan")


def overview(page: Page, home: str) -> None:
    page.goto(home)
    take(page, "overview-dark")


def door(page: Page, home: str) -> None:
    page.goto(f"{home}door/")
    page.get_by_role("searchbox").fill("san")
    first = page.locator("li.door-guest").first
    first.get_by_role("button", name="Check in").tap()
    expect(first).to_contain_text("In since")
    take(page, "door")


def practices(page: Page, instance: Instance) -> None:
    """Examine everything first, as the scheduler would within the next minute."""
    command = [sys.executable, "-m", "seatrobot", "promises", "examine"]
    subprocess.run(command, env=instance.env, check=True, stdout=subprocess.DEVNULL)
    page.goto("/practices/")
    take(page, "practices")


def take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    file = PICTURES / f"{name}.png"
    page.screenshot(path=file)
    subprocess.run(["convert", file, "+dither", "-colors", "200", f"PNG8:{file}"], check=True)
    assert file.stat().st_size < LARGEST_BYTES, f"{file} has {file.stat().st_size} bytes"


def demonstration_account(instance: Instance, name: str) -> Account:
    found = re.search(rf"({name}@\S+)\s+(\S+)", instance.said())
    assert found, instance.said()
    return Account(name, found.group(1), password=found.group(2))


if __name__ == "__main__":
    main()
