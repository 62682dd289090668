"""Visits: staff see the customer's own pages by a grant, under `/staff/visit/<grant>/o/…`.

The middleware takes the beginning of the address off and puts a `Visit` on the request. What stands
behind it is the page of the members, with the same view and the same guard
(`organizations.pages.member_page`), which asks the visit for its principal instead of a membership.
Every address that the page makes begins with the visit again, because Django's script prefix says
so. A visit has the session and the cookie of the staff area; it never has those of a member.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import get_script_prefix, reverse, set_script_prefix

from seatrobot.accounts.models import Account
from seatrobot.accounts.pages import STAFF, ask_to_sign_in, signed_in
from seatrobot.grants import reading, unmasking
from seatrobot.grants.reading import GrantLine
from seatrobot.grants.visitor import Visitor, load_visitor
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.answers import by_script, problem
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.staff.standing import GrantRefused
from seatrobot.kernel.tenancy.scopes import Scope
from seatrobot.kernel.unit_of_work import current_or_none
from seatrobot.organizations import pages
from seatrobot.organizations.models import Organization

Handler = Callable[[HttpRequest], HttpResponseBase]

PREFIX = "/staff/visit/"
_PATH = re.compile(rf"{PREFIX}([0-9a-f-]{{36}})(/o/([0-9a-f-]{{36}})/.*)")


class Visit(pages.Visit):
    """One request of a visit. staff: who is signed in. visitor: None before it acts.

    Names and the reason are opened when a page shows them: a script that asks again and again
    whether something has changed opens nothing, and leaves no entry.
    """

    visitor: Visitor | None = None

    def __init__(self, staff: Account, grant_id: UUID, organization_id: UUID) -> None:
        self.staff = staff
        self.grant_id = grant_id
        self.organization_id = organization_id

    @contextmanager
    def acting(self, scope: Scope | None) -> Iterator[Principal]:
        with acting(Actor.staff(self.staff.pk)):
            self._row = reading.row_of(self.grant_id)
            visitor = load_visitor(self.staff.pk, self.grant_id)
            if visitor.organization_id != self.organization_id:
                raise Http404
            with visitor.acting(scope):
                self.visitor = visitor
                yield visitor

    @property
    def staff_name(self) -> str:
        name: str = self.staff.sealed.name
        return name

    @property
    def organization_name(self) -> str:
        return Organization.objects.get(pk=self.organization_id).sealed.name

    @property
    def reason(self) -> str:
        return self._row.text.sealed.reason

    @property
    def until(self) -> datetime | None:
        return self.visitor.expires_at if self.visitor else None

    @property
    def may_change(self) -> bool:
        return self.visitor is not None and self.visitor.may_change

    @property
    def home(self) -> str:
        """The page of the grant in the staff area."""
        return outside("staff-grants:grant", grant=self.grant_id)

    @property
    def end(self) -> str:
        return outside("staff-grants:end", grant=self.grant_id)

    @property
    def pulse(self) -> str:
        """What an open page asks again and again, to close once the grant is over."""
        return outside("staff-grants:pulse", grant=self.grant_id)

    @property
    def unmask(self) -> str:
        """The page that shows one masked field."""
        return reverse("visits:unmask", kwargs={"organization": self.organization_id})


def context(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the banner, and of the masked fields of whom a page is about."""
    visit = pages.visit_of(request)
    if not isinstance(visit, Visit):
        return {}
    if visit.visitor is None or not hasattr(request, "member") or current_or_none() is None:
        return {"home_url": visit.home}  # an error page, which shows nothing of the organization
    parts = request.resolver_match.kwargs if request.resolver_match else {}
    about = [
        (source.kind, parts[source.kind]) for source in unmasking.sources() if source.kind in parts
    ]
    found: dict[str, Any] = {"visit": visit, "home_url": visit.home}
    for kind, pk in about[:1]:
        found |= {"masked_kind": kind, "masked_person": pk}
        found["masked_fields"] = partial(unmasking.fields, actor=request.member, kind=kind, pk=pk)
    return found


def outside(name: str, **parts: object) -> str:
    """Return an address of the site itself, in a request of a visit too."""
    prefix = get_script_prefix()
    set_script_prefix("/")
    try:
        return reverse(name, kwargs=parts)
    finally:
        set_script_prefix(prefix)


def home_of(grant: GrantLine) -> str:
    """Return where a visit begins."""
    prefix = get_script_prefix()
    set_script_prefix(f"{PREFIX}{grant.id}/")
    try:
        return reverse("organizations:enter", kwargs={"organization": grant.organization_id})
    finally:
        set_script_prefix(prefix)


def visits(get_response: Handler) -> Handler:
    """Django middleware: open the customer's pages to staff; answer for a grant that is over."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        found = _PATH.fullmatch(request.path_info)
        ids = _ids(found[1], found[3]) if found else None
        if found is None or ids is None:
            return get_response(request)
        staff = signed_in(request, STAFF)
        if staff is None:
            return ask_to_sign_in(request, STAFF)
        request.visit = Visit(staff, *ids)  # type: ignore[attr-defined]  # read by visit_of
        whole, prefix = request.path_info, get_script_prefix()
        request.path_info = found[2]
        set_script_prefix(f"{PREFIX}{ids[0]}/")
        try:
            return get_response(request)
        finally:
            set_script_prefix(prefix)
            request.path_info = whole

    middleware.process_exception = _over  # type: ignore[attr-defined]  # Django's own way
    return middleware


def _ids(grant: str, organization: str) -> tuple[UUID, UUID] | None:
    try:
        return UUID(grant), UUID(organization)
    except ValueError:
        return None


def _over(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """Answer a request of a visit whose grant opens nothing: say why, and what to do."""
    visit = pages.visit_of(request)
    if not isinstance(error, GrantRefused) or not isinstance(visit, Visit):
        return None
    if by_script(request):
        answer: HttpResponse = problem(error.status, error.sentence)
        answer["HX-Redirect"] = visit.home
        return answer
    with acting(Actor.staff(visit.staff.pk)):
        context = {"sentence": error.sentence, "home": visit.home}
        return render(request, "grants/visit_over.html", context, status=error.status)
