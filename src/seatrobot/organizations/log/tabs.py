"""The two sides of the Access log."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from seatrobot.kernel.principals import Principal


def tabs_of(member: Principal, active: str) -> list[dict[str, Any]]:
    """Return the tabs; `active` is `sign-ins` or `everything`."""
    tabs = (
        ("sign-ins", _("Sign-ins"), "login", "organizations:log-sign-ins"),
        ("everything", _("Everything"), "list-details", "organizations:log"),
    )
    place = {"organization": member.organization_id}
    return [
        {"label": label, "icon": icon, "url": reverse(url, kwargs=place), "active": key == active}
        for key, label, icon, url in tabs
    ]
