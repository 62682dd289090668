"""What base.html shows around a page: the place, the places that may be visited, the person.

Links cost no query. Names are looked up when a template asks for them, in one query, and only
inside a unit of work; a fragment or an error page asks for none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts.models import Account
from seatrobot.grants.visit_middleware import outside
from seatrobot.kernel import acting, features
from seatrobot.kernel.features import NavItem
from seatrobot.kernel.principals import Principal
from seatrobot.organizations import members
from seatrobot.organizations.members import Member
from seatrobot.organizations.models import Membership, Organization
from seatrobot.organizations.pages import visit_of

Item = dict[str, Any]


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return the context of base.html; callables are called by the template that wants them."""
    account = getattr(request, "_cached_user", None)  # request.user would ask the database
    practices: dict[str, Any] = {
        "practices_url": outside("practices:page"),
        "help_url": outside("help:index"),
    }
    member = getattr(request, "member", None)
    if visit_of(request) is not None:
        return practices | (_of_organization(request, member) if member else {})
    if hasattr(request, "staff"):
        return practices | {"staff_navigation": _staff_items}
    if not isinstance(account, Account):
        return practices
    context: dict[str, Any] = practices | {
        "account_name": _if_somebody_acts(lambda: account.sealed.name),
        "account_email": _if_somebody_acts(lambda: account.sealed.email),
        "account_menu": _account_menu,
    }
    if isinstance(member, Member):
        return context | _of_organization(request, member)
    return context | {"navigation": _if_somebody_acts(lambda: _of_only_organization(account.pk))}


def _of_only_organization(account_id: UUID) -> list[Item]:
    """Return the places of somebody's only organization, for a page that belongs to none."""
    rows = Membership.objects.filter(account_id=account_id)
    own = list(rows.values_list("organization_id", flat=True)[:2])
    if len(own) == 1:
        with acting.acting(acting.current().actor, own[0]):
            member = members.load(account_id, own[0])
        if member is not None:
            return list(_items(features.navigation(), member, ""))
    events = {"label": _("Your events"), "url": reverse("organizations:choose")}
    return [events | {"icon": "calendar-event", "active": False}]


def _staff_items() -> list[Item]:
    return [
        {"label": item.label, "icon": item.icon, "url": reverse(item.url)}
        for item in features.staff_navigation()
    ]


def _of_organization(request: HttpRequest, member: Principal) -> dict[str, Any]:
    match = request.resolver_match
    event_id = match.kwargs.get("event_id") if match else None
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
        "navigation": list(_items(features.navigation(), member, section)),
    }
    if isinstance(event_id, UUID):
        context["event_navigation"] = list(
            _items(features.event_navigation(), member, section, event_id)
        )
        context["event_url"] = _url("events:overview", member, event_id)
    if event is not None:
        context["event_name"] = _if_somebody_acts(lambda: event.sealed.title)
        context["event_date"] = event.starts_at.astimezone(event.zone).date()
    return context


def _items(
    places: Sequence[NavItem], member: Principal, section: str, event_id: UUID | None = None
) -> Iterator[Item]:
    for place in places:
        if member.may(place.permission, event_id):
            url = _url(place.url, member, event_id)
            active = place.section == section
            yield {"label": place.label, "url": url, "icon": place.icon, "active": active}


def _url(name: str, member: Principal, event_id: UUID | None = None) -> str:
    parts = {"organization": member.organization_id} | ({"event_id": event_id} if event_id else {})
    return reverse(name, kwargs=parts)


def _section(request: HttpRequest) -> str:
    match = request.resolver_match
    given = getattr(request, "section", "")
    if given or match is None:
        return str(given)
    sections = _sections()
    return sections.get(match.view_name) or sections.get(match.app_name, "")


@cache
def _sections() -> dict[str, str]:
    """Return the section of each URL name and of each URL application that a place covers."""
    items = (*features.event_navigation(), *features.navigation())
    covered = {name: item.section for item in items for name in item.covers}
    return covered | {item.url: item.section for item in items}


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
