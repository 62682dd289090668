"""The tabs of an organization's view of the practices."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from seatrobot.kernel.principals import Principal


def tabs_of(member: Principal, active: str) -> list[dict[str, Any]]:
    """Return the tabs; `active` is the name of one of the URLs here."""
    tabs = (
        ("overview", _("Overview"), "layout-dashboard"),
        ("exports", _("Exports"), "file-export"),
        ("deletions", _("Deletions"), "trash"),
        ("staff", _("Staff access"), "eye"),
        ("notices", _("Notices"), "bell"),
    )
    place = {"organization": member.organization_id}
    return [
        {
            "label": label,
            "icon": icon,
            "url": reverse(f"organization-practices:{name}", kwargs=place),
            "active": name == active,
        }
        for name, label, icon in tabs
    ]
