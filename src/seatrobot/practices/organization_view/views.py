"""The practices as an organization's administrators see them, from their own records."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from seatrobot.accounts.pages import page_mark
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.organizations import loaders, retention
from seatrobot.organizations.feature import Permission
from seatrobot.organizations.log.entries import lines_of
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.organizations.security import services as security
from seatrobot.practices.feature import Action
from seatrobot.practices.organization_view import reading
from seatrobot.practices.profile import known_profile

NEWEST = 5


@require_safe
@member_page(Permission.PRACTICES_VIEW)
def overview(request: MemberRequest) -> HttpResponse:
    here = request.member.organization_id
    exports, _more = reading.page(here, "exports", None, NEWEST)
    journal.record(Action.PRACTICES_VIEW)
    rows = reading.concerned_promises()
    context = {
        "tabs": tabs_of(request.member, "overview"),
        "rows": rows,
        "broken": sum(row.state == "broken" for row in rows),
        "exports": lines_of(exports),
        "weeks": reading.exports_by_week(here),
        "deletions": reading.deletions_by_kind(here),
        "outside": reading.outside_access(here),
        "security": security.load(request.member),
        "since": loaders.load_organization(request.member).created_at,
        "data": known_profile(),
        "kept": retention.everything(),
    }
    return render(request, "organization_view/overview.html", context)


@require_safe
@member_page(Permission.PRACTICES_VIEW)
def records(request: MemberRequest, kind: str) -> HttpResponse:
    """Show exports, deletions or what outsiders did, page by page."""
    here, before = request.member.organization_id, page_mark(request)
    entries, older = reading.page(here, kind, before)
    journal.record(Action.PRACTICES_VIEW, page=kind)
    context = {
        "tabs": tabs_of(request.member, kind),
        "kind": kind,
        "title": {"exports": _("Exports"), "deletions": _("Deletions"), "staff": _("Staff access")}[
            kind
        ],
        "lines": lines_of(entries),
        "older": older,
        "is_first": before is None,
        "outside": reading.outside_access(here) if kind == "staff" else None,
    }
    return render(request, "organization_view/records.html", context)


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
