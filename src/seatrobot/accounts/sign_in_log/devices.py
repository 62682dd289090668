"""Browser, system and device type, read from a User-Agent header by ua-parser.

The resolver is the one in pure Python: the package also offers native ones, and a crash in native
code would take a web worker with it. Its patterns compile at the first agent (about 0.1 s), which
the web server triggers in the background at its start; later agents take below 1 ms.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from seatrobot.accounts.sign_in_log.kinds import DeviceType

if TYPE_CHECKING:
    from ua_parser import BasicResolver

CACHED_AGENTS = 1000
LONGEST_AGENT = 400
"""Signs of an agent that are examined; the journal stores no more."""
PROGRAM = re.compile(r"(?!Mozilla/|Opera/)[\w.-]+/\d")
"""Programs name themselves first; every browser begins as Mozilla or Opera."""
SPIDER = "Spider"
DESKTOP_SYSTEMS = {"Windows", "Mac OS X", "Linux", "Ubuntu", "Debian", "Fedora", "Chrome OS"}
DESKTOP_SYSTEMS |= {"FreeBSD", "OpenBSD", "NetBSD"}
COMMON_NAMES = {
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "Safari",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chrome Mobile WebView": "Chrome",
    "Edge Mobile": "Edge",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Opera Mobile": "Opera",
    "Mac OS X": "Mac",
}


@dataclass(frozen=True, slots=True)
class Device:
    """browser, system: with version, such as `Firefox 140.0` and `Windows 10`; empty if unknown.

    browser_name, platform: without version, such as `Firefox` and `iPhone`.
    """

    type: DeviceType
    browser: str
    system: str
    browser_name: str
    platform: str

    @property
    def is_handheld(self) -> bool:
        return self.type in (DeviceType.PHONE, DeviceType.TABLET)

    @property
    def label(self) -> str:
        if self.browser_name and self.platform:
            names = {"browser": self.browser_name, "system": self.platform}
            return _("%(browser)s on %(system)s") % names
        return self.browser_name or self.platform or _("Unknown device")


def parse_agent(agent: str) -> Device:
    """Return the device of an agent of any length and content."""
    return _parse(agent[:LONGEST_AGENT])


def describe(agent: str) -> str:
    """Return for example "Firefox on Windows"."""
    return parse_agent(agent).label


def warm_up() -> None:
    """Compile the patterns in a thread, so that no sign-in waits for it."""
    threading.Thread(target=_parse, args=("",), daemon=True).start()


@lru_cache(CACHED_AGENTS)
def _parse(agent: str) -> Device:
    from ua_parser import Domain

    found = _resolver()(agent, Domain.ALL)
    browser, system = found.user_agent, found.os
    family = system.family if system else ""
    is_program = PROGRAM.match(agent) or (found.device and found.device.family == SPIDER)
    browser_name = _common(browser.family if browser else "")
    return Device(
        type=DeviceType.BOT if is_program else _type(agent, family),
        browser=_with_version(browser_name, browser),
        system=_with_version(_common(family), system),
        browser_name=browser_name,
        platform=_platform(agent, family),
    )


@cache
def _resolver() -> BasicResolver:
    from ua_parser import BasicResolver, load_lazy_builtins

    return BasicResolver(load_lazy_builtins())


def _type(agent: str, system: str) -> DeviceType:
    """Return the type; Android marks a tablet by leaving out the word Mobile."""
    if "iPad" in agent or "Tablet" in agent:
        return DeviceType.TABLET
    if system == "Android":
        return DeviceType.PHONE if "Mobile" in agent else DeviceType.TABLET
    if system == "iOS" or "Mobile" in agent:
        return DeviceType.PHONE
    return DeviceType.DESKTOP if system in DESKTOP_SYSTEMS else DeviceType.UNKNOWN


def _platform(agent: str, system: str) -> str:
    if system == "iOS":
        return "iPad" if _type(agent, system) == DeviceType.TABLET else "iPhone"
    return _common(system)


def _common(family: str) -> str:
    """Return the name people use for a browser or system, whatever it runs on."""
    return COMMON_NAMES.get(family, family)


def _with_version(name: str, found: object) -> str:
    """Return a name with major and minor version, as far as they are known."""
    parts = (getattr(found, "major", None), getattr(found, "minor", None))
    version = ".".join(part for part in parts if part)
    return f"{name} {version}".strip()
