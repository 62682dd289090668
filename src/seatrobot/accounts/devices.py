"""What kind of device a browser is on, from its User-Agent header.

Browser, system and bots are told by the package device-detector. Its patterns take seconds to
compile at the first agent and about 15 ms for each new one, so what was told is kept for the last
thousand agents, and the web server warms it up beside its first requests.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _

from seatrobot.accounts.sign_in_log.kinds import DeviceType

KEPT = 1000
DESKTOP_SYSTEMS = ("Windows", "Mac", "GNU/Linux", "Ubuntu", "Debian", "Fedora", "Chrome OS", "BSD")
PROGRAMS = ("library", "feed reader")
SIMPLE_NAMES = {"Mobile Safari": "Safari", "Chrome Mobile": "Chrome", "Firefox Mobile": "Firefox"}
"""What people call a browser, whatever it runs on."""


@dataclass(frozen=True, slots=True)
class Device:
    """browser, system: with version, such as `Firefox 140.0` and `Windows 10`; empty if unknown.

    name, thing: the same as people say it, such as `Firefox` and `iPhone`.
    """

    type: DeviceType
    browser: str
    system: str
    name: str
    thing: str

    @property
    def is_handheld(self) -> bool:
        return self.type in (DeviceType.PHONE, DeviceType.TABLET)

    @property
    def words(self) -> str:
        if self.name and self.thing:
            return _("%(browser)s on %(system)s") % {"browser": self.name, "system": self.thing}
        return self.name or self.thing or _("Unknown device")


@lru_cache(KEPT)
def look_at(agent: str) -> Device:
    """Tell the device of an agent, which the journal has cut to size and cleaned before."""
    from device_detector import DeviceDetector

    seen = DeviceDetector(agent, skip_device_detection=True, check_cache=False).parse()
    browser = SIMPLE_NAMES.get(seen.client_name(), seen.client_name())
    system = seen.os_name()
    is_program = seen.is_bot() or seen.client_type() in PROGRAMS
    device_type = DeviceType.BOT if is_program else _type(agent, system)
    return Device(
        type=device_type,
        browser=f"{browser} {seen.client_version()}".strip(),
        system=f"{system} {seen.os_version()}".strip(),
        name=browser,
        thing=_thing(agent, system),
    )


def describe(agent: str) -> str:
    """Return for example "Firefox on Windows"."""
    return look_at(agent).words


def is_handheld(agent: str) -> bool:
    return look_at(agent).is_handheld


def warm_up() -> None:
    """Compile the patterns in a thread of its own, so that nobody who signs in waits for it."""
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36"
    threading.Thread(target=look_at, args=(agent,), daemon=True).start()


def _type(agent: str, system: str) -> DeviceType:
    """Tell a tablet as Android does: it leaves out the word Mobile."""
    if system == "iPadOS" or "iPad" in agent or "Tablet" in agent:
        return DeviceType.TABLET
    if system == "Android":
        return DeviceType.PHONE if "Mobile" in agent else DeviceType.TABLET
    if system == "iOS" or "Mobile" in agent:
        return DeviceType.PHONE
    return DeviceType.DESKTOP if system.startswith(DESKTOP_SYSTEMS) else DeviceType.UNKNOWN


def _thing(agent: str, system: str) -> str:
    """Name the machine where its people do, else the system."""
    if system in ("iOS", "iPadOS"):
        return "iPad" if _type(agent, system) == DeviceType.TABLET else "iPhone"
    return {"GNU/Linux": "Linux"}.get(system, system)
