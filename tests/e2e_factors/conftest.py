"""One running product and one Chromium whose virtual authenticator answers for a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect, sync_playwright

from seatrobot.runtime.tests.instance import Instance, command

PASSWORD = "correct horse battery staple"
ALICE = "alice.archer@foundation.example"
HERE = Path(__file__).parent
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": False,
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="package")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A product that runs, and the environment of its operator's commands."""
    running = Instance(tmp_path_factory.mktemp("factors") / "var")
    yield running
    running.end()


@pytest.fixture(scope="package")
def product(instance: Instance) -> tuple[str, str]:
    """Return the address and the one-time set-up link of the product."""
    found = re.search(r"http://\S+?(/set-up/\S+)", "".join(instance.lines))
    assert found
    return f"http://localhost:{instance.port}", found[1]


@pytest.fixture
def operator(instance: Instance) -> Callable[..., str]:
    """Run a command beside the product as its operator does; return what it printed."""

    def run(*words: str) -> str:
        done = command(*words, env=instance.env)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, product: tuple[str, str]) -> Iterator[Page]:
    """A window; an error of a script or of the content security policy fails the test."""
    context = browser.new_context(base_url=product[0])
    context.set_default_timeout(10_000)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda said: (
            problems.append(said.text)
            if said.type == "error" and not said.text.startswith("Failed to load resource")
            else None
        ),
    )
    yield page
    context.close()
    assert not problems


class Key:
    """A virtual authenticator (Chrome DevTools Protocol, domain WebAuthn) in one window.

    Nobody touches it until a test says so: a page that offers passkeys beside the names it fills
    in would otherwise be answered at once.
    """

    def __init__(self, page: Page, transport: str = "internal") -> None:
        self.devtools: CDPSession = page.context.new_cdp_session(page)
        self.devtools.send("WebAuthn.enable")
        options = AUTHENTICATOR | {"transport": transport}
        added = self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.id = added["authenticatorId"]

    def credentials(self) -> list[dict[str, object]]:
        found = self.devtools.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(found["credentials"])

    def holds(self, credential: dict[str, object]) -> None:
        """Put a credential of another window's authenticator into this one."""
        self.devtools.send(
            "WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential}
        )

    def is_touched(self, touched: bool) -> None:
        self.devtools.send(
            "WebAuthn.setAutomaticPresenceSimulation",
            {"authenticatorId": self.id, "enabled": touched},
        )

    def verifies(self, verified: bool) -> None:
        """Whether whoever holds it passes its fingerprint check."""
        self.devtools.send(
            "WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": verified}
        )


@pytest.fixture(scope="package")
def credential(browser, product) -> dict[str, object]:
    """Alice sets the organization up and makes a passkey; return it as her device keeps it."""
    context = browser.new_context(base_url=product[0])
    page = context.new_page()
    page.goto(product[1])
    page.get_by_label("Name of the organization").fill("Foundation of Friends")
    page.get_by_label("Your name").fill("Alice Archer")
    page.get_by_label("Your e-mail address").fill(ALICE)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main form button.btn-primary").click()
    expect(page.get_by_role("heading", name="Events", exact=True)).to_be_visible()
    key = Key(page)
    key.is_touched(True)
    add(page, "Laptop")
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    [made] = key.credentials()
    context.close()
    return made


def add(page: Page, name: str) -> None:
    page.goto("/account/ways/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Make the passkey").click()


def give_password(page: Page) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail address").fill(ALICE)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
