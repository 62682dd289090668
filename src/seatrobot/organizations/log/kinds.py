"""How entries are grouped and how they look: an icon by area, a tone by what was done."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.journal.actions import Action

AREAS = {
    "account": (_("Signing in"), "login"),
    "checkin": (_("Door"), "door-enter"),
    "event": (_("Events"), "calendar-event"),
    "guest": (_("Guests"), "users"),
    "journal": (_("Access log"), "history"),
    "mail": (_("Mail"), "mail"),
    "organization": (_("Organization and members"), "building"),
    "seating": (_("Seating"), "armchair"),
    "vault": (_("Sealed data"), "lock"),
}
READING = {"view", "list", "search", "open", "import-preview", "invite-view"}
TAKING_OUT = {"export"}
ENDING = {"remove", "delete", "invite-withdraw", "fail"}
BEGINNING = {"create", "import", "invite", "join", "propose", "check-in"}


def area_of(action: str) -> str:
    return action.partition(":")[0]


def actions_of(area: str) -> list[Action]:
    return [action for action in Action if area_of(action) == area]


def areas() -> dict[str, str]:
    """Return every area that some action belongs to, with its name."""
    known = sorted({area_of(action) for action in Action})
    return {area: str(AREAS[area][0]) if area in AREAS else area.title() for area in known}


def icon_of(action: str) -> str:
    return AREAS[area_of(action)][1] if area_of(action) in AREAS else "activity"


def is_reading(action: str) -> bool:
    return action.rpartition(":")[2] in READING


def tone_of(action: str) -> str:
    """Return a tone of components.css: reading is quiet, taking data out and ending things not."""
    deed = action.rpartition(":")[2]
    if deed in READING:
        return "grey"
    if deed in TAKING_OUT:
        return "violet"
    if deed in ENDING:
        return "red"
    return "green" if deed in BEGINNING else "sky"
