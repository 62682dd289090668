"""Where a sign-in comes from: the device of an agent, the network and the place of an address.

Agents are read by ua-parser, with its resolver in pure Python: the package also offers native ones,
and a crash in native code would take a web worker with it. Its patterns compile at the first agent
(about 0.1 s), which the web server triggers in the background at its start; later agents take below
1 ms.

Network and place come from MaxMind databases that the operator supplies; Seatrobot ships none,
because their licences require operators to fetch their own (GeoLite2 or GeoIP2, City and ASN; the
DB-IP and IPinfo files of the same format work too).
"""

from __future__ import annotations

import logging
import re
import threading
from dataclasses import dataclass
from functools import cache, lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

import maxminddb
from django.conf import settings
from django.utils.translation import gettext as _

from seatrobot.accounts.sign_in_log.kinds import DeviceType

if TYPE_CHECKING:
    from ua_parser import BasicResolver

log = logging.getLogger(__name__)

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


IPV4_PROVIDER = 16
IPV6_PROVIDER = 32


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


def network_of(ip: str) -> str:
    """Return the network and its operator, such as `AS3320 Deutsche Telekom AG`, or ""."""
    found = _look_up(settings.CONFIG.geoip_asn, ip)
    number = found.get("autonomous_system_number")
    parts = (f"AS{number}" if number else "", found.get("autonomous_system_organization", ""))
    return " ".join(filter(None, parts))


def place_of(ip: str) -> str:
    """Return the place in English, such as `Berlin, Germany`, or ""."""
    found = _look_up(settings.CONFIG.geoip_city, ip)
    names = (found.get(part, {}).get("names", {}).get("en", "") for part in ("city", "country"))
    return ", ".join(filter(None, names))


def provider_of(ip: str) -> str:
    """Return what makes an address a known one: its network, else a prefix of a provider's size."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ""
    prefix = IPV4_PROVIDER if address.version == 4 else IPV6_PROVIDER  # noqa: PLR2004  the version's name
    return network_of(ip).partition(" ")[0] or str(ip_network((address, prefix), strict=False))


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


def _look_up(path: str, ip: str) -> dict[str, Any]:
    reader = _reader(path) if path and ip else None
    try:
        found = reader.get(ip) if reader else None
    except (ValueError, maxminddb.InvalidDatabaseError):
        return {}
    return found if isinstance(found, dict) else {}


@cache
def _reader(path: str) -> maxminddb.Reader | None:
    """Open a database once; log a warning and return None where it cannot be read."""
    try:
        return maxminddb.open_database(path)
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        log.warning("The MaxMind database %s cannot be read: %s", path, error)
        return None
