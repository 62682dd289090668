"""Chromium, and what must never happen in it: errors of scripts, of the policy, of the server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Response

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 15_000
SERVER_ERROR = 500
NOT_FOUND = 404


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)


@dataclass
class Watch:
    """What went wrong in the pages of a test; `pages` are kept for a picture of a failure."""

    problems: list[str] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        context.on("page", self._follow_page)
        context.on("response", self._look_at_answer)

    def _follow_page(self, page: Page) -> None:
        self.pages.append(page)
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("console", self._look_at_console)

    def _look_at_console(self, message: ConsoleMessage) -> None:
        # Answers such as 422 and 409 also land here; those of the server are judged below.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"{message.location.get('url')}: {message.text}")

    def _look_at_answer(self, response: Response) -> None:
        broken = response.status >= SERVER_ERROR
        lost = response.status == NOT_FOUND and "/static/" in response.url
        if broken or lost:
            self.problems.append(f"{response.status} {response.request.method} {response.url}")


def window(browser: Browser, base_url: str, watch: Watch, **options: Any) -> Page:
    """Open a browser window of its own, with its own cookies; a desktop unless told."""
    options = {"viewport": DESKTOP, "base_url": base_url, **options}
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE_MS)
    watch.follow(context)
    return context.new_page()


def phone(**options: Any) -> dict[str, Any]:
    """Return the options of a window that is a phone."""
    return {"viewport": PHONE, "is_mobile": True, "has_touch": True, **options}
