"""One running product, one mail server and one Chromium for all tests of this directory.

Nothing here touches Django's database in this process. The fixtures live as long as the
directory, because Playwright's event loop must be gone before other tests use the database.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from .browsing import Watch, launch, window
from .instance import Instance, free_port
from .mailbox import Mailbox, listen
from .steps import Account, Dinner, set_up
from .walking import Walk

HERE = Path(__file__).parent
FIRST = ("test_the_main_job.py", "test_the_main_job_seated.py")
ORGANIZATION = "Foundation of Friends"

Visit = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The main job comes first: the canaries then also look for what it wrote."""
    places = [place for place, item in enumerate(items) if HERE in item.path.parents]
    ours = sorted((items[place] for place in places), key=lambda item: item.path.name not in FIRST)
    for place, item in zip(places, ours, strict=True):
        item.add_marker(pytest.mark.e2e)
        items[place] = item


@pytest.fixture(scope="package")
def mailbox_and_port() -> Iterator[tuple[Mailbox, int]]:
    mailbox, port = Mailbox(), free_port()
    controller = listen(mailbox, port)
    yield mailbox, port
    controller.stop()


@pytest.fixture(scope="package")
def mailbox(mailbox_and_port) -> Mailbox:
    return mailbox_and_port[0]


@pytest.fixture(scope="package")
def instance(mailbox_and_port) -> Iterator[Instance]:
    place = Path(tempfile.mkdtemp(prefix="seatrobot-e2e-"))
    running = Instance(place, smtp_url=f"smtp://127.0.0.1:{mailbox_and_port[1]}")
    running.start()
    yield running
    running.stop()
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def watch(request: pytest.FixtureRequest) -> Iterator[Watch]:
    """What the pages of this test say; any error in it fails the test."""
    watch = Watch()
    request.node.watch = watch
    yield watch
    for page in watch.pages:
        if not page.is_closed():
            page.context.close()
    assert not watch.problems


@pytest.fixture
def visit(browser: Browser, instance: Instance, watch: Watch) -> Visit:
    """Open a window; with `account` somebody is signed in there."""

    def open_window(account: Account | None = None, **options: Any) -> Page:
        state = account.state if account else None
        return window(browser, instance.url, watch, storage_state=state, **options)

    return open_window


@pytest.fixture(scope="package")
def alice(browser: Browser, instance: Instance) -> Account:
    """The Primary Owner, who has set the organization up by the printed link."""
    watch = Watch()
    page = window(browser, instance.url, watch)
    account = Account("Alice Archer", "alice.archer@foundation.example")
    set_up(page, instance.setup_link(), account, ORGANIZATION)
    account.state = page.context.storage_state()
    account.home = page.url.removesuffix("events/")
    page.context.close()
    assert not watch.problems
    return account


@pytest.fixture(scope="package")
def walk() -> Walk:
    return Walk()


@pytest.fixture(scope="package")
def failed_before(request: pytest.FixtureRequest) -> int:
    return request.session.testsfailed


@pytest.fixture
def in_order(request: pytest.FixtureRequest, failed_before: int) -> None:
    """Skip a step of the main job when one before it failed."""
    if request.session.testsfailed > failed_before:
        pytest.skip("an earlier step failed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    """Keep a picture of every window and the server's log when a test fails."""
    report = yield
    if report.when == "call" and report.failed:
        watch = getattr(item, "watch", Watch())
        running = item.funcargs.get("instance")  # type: ignore[attr-defined]
        place = Path(tempfile.mkdtemp(prefix="seatrobot-e2e-failed-"))
        for number, page in enumerate(watch.pages):
            if not page.is_closed():
                page.screenshot(path=place / f"window-{number}.png", full_page=True)
                (place / f"window-{number}.html").write_text(page.content())
        if running:
            shutil.copy(running.log, place)
        report.sections.append(("pictures and log", str(place)))
        report.sections.append(("problems in the windows", "\n".join(watch.problems) or "none"))
    return report


@pytest.fixture(scope="module")
def made() -> dict[str, Dinner]:
    """Events that the first test of a file has made for those after it."""
    return {}
