"""An entry as a sentence, and how it looks: an icon by area, a tone by what was done."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from seatrobot.kernel import features
from seatrobot.kernel.journal.actions import Kind, area_of
from seatrobot.kernel.principals import Principal
from seatrobot.organizations.feature import Permission

TONES = {
    Kind.READING: "grey",
    Kind.EXPORTING: "violet",
    Kind.ENDING: "red",
    Kind.BEGINNING: "green",
    Kind.SIGNING_IN: "sky",
    Kind.REFUSING: "red",
    Kind.OTHER: "sky",
}
"""Tones of components.css: reading is quiet, taking data out and ending things are not."""
_CHANGING_NOTHING = {Kind.READING, Kind.SIGNING_IN, Kind.REFUSING}


def phrase(action: str, who: str, name: str, event: str) -> str:
    """Return one sentence without a full stop; `name` and `event` may be empty."""
    words = {
        "who": who,
        "name": name or _("a person"),
        "event": event or _("an event"),
        "what": features.sentence_of(action),
    }
    known = features.actions().get(action)
    text = str(known.phrase) if known else _("%(who)s: %(what)s")
    act = text % words
    if not event or "%(event)s" in text:
        return act
    return _("%(act)s in %(event)s") % {"act": act, "event": event}


def tabs(principal: Principal, active: str) -> list[dict[str, Any]]:
    """Return the tabs of the access log that somebody may open; `active` is the key of one."""
    known = [
        ("changes", _("Changes and exports"), "history", "organizations:log", ""),
        ("everything", _("Everything"), "list-details", "organizations:log", "?show=everything"),
    ]
    if principal.may(Permission.SIGN_INS_VIEW):
        known.append(("sign-ins", _("Sign-ins"), "login", "organizations:log-sign-ins", ""))
    if principal.may(Permission.JOURNAL_EXPORT):
        known.append(("proof", _("Proof"), "shield-check", "organizations:log-proof", ""))
    place = {"organization": principal.organization_id}
    return [
        {
            "label": label,
            "icon": icon,
            "url": reverse(url, kwargs=place) + query,
            "active": key == active,
        }
        for key, label, icon, url, query in known
    ]


def actions_of(area: str, *, only_changes: bool = False) -> list[str]:
    """Return the actions of an area, "" for all; only_changes: those that change or take data."""
    return [
        action
        for action in features.actions()
        if (not area or area_of(action) == area)
        and not (only_changes and _kind(action) in _CHANGING_NOTHING)
    ]


def read_data(who: str, event: str) -> str:
    """Say that somebody read several things in a row."""
    words = {"who": who, "event": event}
    return (_("%(who)s read data of %(event)s") if event else _("%(who)s read data")) % words


def areas() -> dict[str, str]:
    """Return every area that some action belongs to, with its name."""
    known = features.areas()
    used = sorted({area_of(action) for action in features.actions()})
    return {area: str(known[area].label) if area in known else area.title() for area in used}


def icon_of(action: str) -> str:
    area = features.areas().get(area_of(action))
    return area.icon if area else "activity"


def is_reading(action: str) -> bool:
    return _kind(action) == Kind.READING


def tone_of(action: str) -> str:
    return TONES[_kind(action)]


def _kind(action: str) -> Kind:
    known = features.actions().get(action)
    return known.kind if known else Kind.OTHER
