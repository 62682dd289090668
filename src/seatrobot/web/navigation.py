"""What the frame around every page shows: where one is, where one may go, and who one is.

Links cost no query. Names are looked up when a template asks for them, in one query, and only
inside a unit of work; a fragment or an error page asks for none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts.models import Account
from seatrobot.kernel import acting
from seatrobot.organizations.members import Member
from seatrobot.organizations.models import Organization
from seatrobot.organizations.permissions import Permission as May

Item = dict[str, Any]


class Place(NamedTuple):
    """section: what a view calls itself (`request.section`); else the URL's name decides."""

    section: str
    label: Promise
    icon: str
    url: str
    permission: May


PLACES = (
    Place("events", _("Events"), "calendar-event", "events:list", May.ORGANIZATION_ENTER),
    Place("members", _("Members"), "users-group", "organizations:members", May.MEMBER_VIEW),
    Place("log", _("Access log"), "history", "organizations:log", May.JOURNAL_VIEW),
    Place(
        "practices",
        _("Practices"),
        "shield-check",
        "organization-practices:overview",
        May.JOURNAL_VIEW,
    ),
    Place("sent-mail", _("Sent mail"), "mail", "organizations:sent-mail", May.MAIL_SENT_VIEW),
    Place("settings", _("Settings"), "settings", "organizations:settings", May.ORGANIZATION_CHANGE),
)
EVENT_PLACES = (
    Place("overview", _("Overview"), "layout-dashboard", "events:overview", May.EVENT_VIEW),
    Place("guests", _("Guests"), "users", "guests:list", May.GUEST_VIEW),
    Place("setup", _("Tables & rules"), "armchair", "seating:setup", May.SEATING_VIEW),
    Place("plan", _("Floor plan"), "layout-grid", "seating:plan", May.SEATING_VIEW),
    Place("documents", _("Documents"), "printer", "seating:documents", May.SEATING_EXPORT),
    Place("door", _("Door"), "door-enter", "checkin:door", May.CHECKIN_USE),
    Place("event-settings", _("Event settings"), "settings", "events:settings", May.EVENT_CHANGE),
)
SECTIONS = {
    "organizations:invite": "members",
    "organizations:member": "members",
    "organizations:log-sign-ins": "log",
    "organizations:transfer": "members",
    "organizations:security": "settings",
    "organization-practices": "practices",
    "guests": "guests",
    "checkin": "door",
    "events": "events",
}
"""Which section a URL belongs to that is no place itself: by its name, or by its application."""


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return the context of base.html; callables are called by the template that wants them."""
    account = getattr(request, "_cached_user", None)  # request.user would ask the database
    practices = {"practices_url": reverse("practices:page")}
    if not isinstance(account, Account):
        return practices
    context: dict[str, Any] = practices | {
        "account_name": _if_somebody_acts(lambda: account.sealed.name),
        "account_email": _if_somebody_acts(lambda: account.sealed.email),
        "account_menu": _account_menu,
    }
    member = getattr(request, "member", None)
    if isinstance(member, Member):
        return context | _of_organization(request, member)
    events = {"label": _("Your events"), "url": reverse("organizations:choose")}
    return context | {"navigation": [events | {"icon": "calendar-event", "active": False}]}


def _of_organization(request: HttpRequest, member: Member) -> dict[str, Any]:
    match = request.resolver_match
    event_id = match.kwargs.get("event") if match else None
    event = getattr(request, "event", None)
    section = _section(request)

    @cache
    def organizations() -> list[Organization]:
        return list(Organization.objects.all())

    def name() -> str:
        own = (row for row in organizations() if row.pk == member.organization_id)
        return next((row.sealed.name for row in own), "")

    def switcher() -> list[Item]:
        here = {"label": name(), "url": _url("organizations:enter", member), "active": True}
        others = {"label": _("Other organizations"), "url": reverse("organizations:choose")}
        return [here, others] if len(organizations()) > 1 else [here]

    context: dict[str, Any] = {
        "organization_name": _if_somebody_acts(name),
        "organizations": _if_somebody_acts(switcher),
        "navigation": list(_items(PLACES, member, section)),
    }
    if isinstance(event_id, UUID):
        context["event_navigation"] = list(_items(EVENT_PLACES, member, section, event_id))
        context["event_url"] = _url("events:overview", member, event_id)
    if event is not None:
        context["event_name"] = _if_somebody_acts(lambda: event.sealed.title)
        context["event_date"] = event.starts_at.astimezone(event.zone).date()
    return context


def _items(
    places: tuple[Place, ...], member: Member, section: str, event_id: UUID | None = None
) -> Iterator[Item]:
    for place in places:
        if member.may(place.permission, event_id):
            url = _url(place.url, member, event_id)
            active = place.section == section
            yield {"label": place.label, "url": url, "icon": place.icon, "active": active}


def _url(name: str, member: Member, event_id: UUID | None = None) -> str:
    parts = {"organization": member.organization_id} | ({"event": event_id} if event_id else {})
    return reverse(name, kwargs=parts)


def _section(request: HttpRequest) -> str:
    match = request.resolver_match
    given = getattr(request, "section", "")
    if given or match is None:
        return str(given)
    by_url = {place.url: place.section for place in (*PLACES, *EVENT_PLACES)}
    by_app = SECTIONS.get(match.app_name, "")
    return by_url.get(match.view_name) or SECTIONS.get(match.view_name) or by_app


def _account_menu() -> list[Item]:
    return [
        {"label": _("Your account"), "url": reverse("accounts:account"), "icon": "user-circle"},
        {
            "label": _("Sign out"),
            "url": reverse("accounts:sign-out"),
            "icon": "logout",
            "method": "post",
        },
    ]


def _if_somebody_acts(read: Callable[[], Any]) -> Callable[[], Any]:
    """Return a reader that gives nothing outside a unit of work, where nothing can be opened."""

    @cache
    def guarded() -> Any:
        try:
            acting.current()
        except acting.NobodyActs:
            return ""
        return read()

    return guarded
