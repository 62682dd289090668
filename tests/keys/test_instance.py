"""An instance whose root key is in OpenBao: used, restarted, sealed anew, refused, and lost."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest
from playwright.sync_api import expect, sync_playwright
from tests.e2e.browsing import Watch, launch, window
from tests.e2e.instance import Instance
from tests.e2e.steps import LONG_MS, Account, csv, import_list, new_event, set_up

GUESTS = "Name,E-mail\nAda Quill,ada@example.test\nBen Rook,ben@example.test\n"
ALICE = Account("Alice", "alice@example.test")
UNAVAILABLE = "The keys of this service cannot be used at the moment"


@pytest.fixture
def instance(tmp_path, bao):
    bao.ask("POST", "transit/keys/service", {"type": "aes256-gcm96"})
    bao.ask("POST", "transit/keys/another", {"type": "aes256-gcm96"})
    token = tmp_path / "token"
    token.write_text(bao.limited_token("service"))
    made = Instance(tmp_path)
    made.env["SEATROBOT_ROOT_KEY"] = address(bao, "service", token)
    yield made
    made.stop()


@pytest.fixture
def page(instance):
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield window(browser, instance.url, Watch())
        browser.close()


def address(bao, key, token):
    return f"openbao+http://{bao.place}/transit/keys/{key}?token-file={token}"


def command(instance, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "seatrobot", *arguments],
        env=instance.env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def until_list(instance, count, seconds=120):
    """Wait until so many keys of records and special categories are closed."""
    deadline = time.monotonic() + seconds
    while command(instance, "keys", "list").stdout.count("closed") < count:
        assert time.monotonic() < deadline, command(instance, "keys", "list").stdout
        time.sleep(1)


def test_it_is_used_restarted_and_sealed_anew_and_says_what_is_wrong(instance, page, bao, tmp_path):
    instance.start()
    assert not (instance.data / "keys" / "root.key").exists()
    set_up(page, instance.setup_link(), ALICE, "Capitol Dinner")
    dinner = new_event(page, page.url.partition("events/")[0], "Gala", places=10)
    import_list(page, dinner, csv(GUESTS))
    expect(page.get_by_text("Ada Quill").first).to_be_visible()

    instance.stop()
    instance.start()
    page.goto(dinner.at("guests"))
    expect(page.get_by_text("Ben Rook").first).to_be_visible()

    organization = re.search(r"/o/([0-9a-f-]{36})/", page.url)[1]
    rotated = command(instance, "keys", "rotate", "--organization", organization)
    assert rotated.returncode == 0, rotated.stderr
    until_list(instance, 2)
    page.reload()
    expect(page.get_by_text("Ada Quill").first).to_be_visible()
    bao.ask("POST", "transit/keys/service/rotate", {})
    moved = command(instance, "root", "rotate")
    assert moved.returncode == 0, moved.stderr
    assert "keyrings are wrapped by openbao:" in moved.stdout
    instance.stop()

    token = tmp_path / "token"
    right = token.read_text()
    token.write_text("s.wrong")
    instance.start()
    assert "answers 403: permission denied" in instance.said()
    assert page.goto("/practices/", wait_until="commit", timeout=LONG_MS).status == 200
    assert page.goto(dinner.at("guests")).status == 503
    expect(page.get_by_text(UNAVAILABLE)).to_be_visible()
    token.write_text(right)  # an agent renews it, and nobody starts anything again
    assert page.goto(dinner.at("guests")).status == 200
    expect(page.get_by_text("Ben Rook").first).to_be_visible()
    instance.stop()

    other = tmp_path / "other"
    other.write_text(bao.limited_token("another"))
    instance.env["SEATROBOT_ROOT_KEY"] = address(bao, "another", other)
    checked = command(instance, "root", "check")
    assert checked.returncode == 1
    assert "were wrapped by openbao:" in checked.stderr
    instance.env["SEATROBOT_ROOT_KEY"] = address(bao, "gone", token)
    checked = command(instance, "root", "check")
    assert checked.returncode == 1
    assert "gone" in checked.stderr
