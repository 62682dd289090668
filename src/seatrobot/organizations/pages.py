"""How a page of an organization begins: signed in, a member, allowed; in one unit of work.

A view under `member_page` gets `request.member`. An account that is no member, or does not see the
event, gets 404. A request that does not meet the organization's security settings (a second
factor, a network, a fresh session) gets a page that says so. A member without the permission gets
403.

Staff open the same pages on a visit, by a grant: the middleware of `grants` puts a `Visit` on the
request, and what staff may is asked of the grant instead of a membership.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from seatrobot.accounts.pages import ask_to_sign_in
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.answers import by_script
from seatrobot.kernel.features import Permission
from seatrobot.kernel.principals import NotAllowed, Principal
from seatrobot.kernel.routes import Audience, open_to
from seatrobot.kernel.tenancy.scopes import Scope
from seatrobot.kernel.vault.errors import KeyringLocked
from seatrobot.organizations import members
from seatrobot.organizations.members import Member
from seatrobot.organizations.security import answers
from seatrobot.organizations.security.demands import demand


class MemberRequest(HttpRequest):
    member: Member


View = Callable[..., HttpResponseBase]


class Visit(ABC):
    """What staff open of an organization with one request, by a grant of theirs."""

    @abstractmethod
    def acting(self, scope: Scope | None) -> AbstractContextManager[Principal]:
        """Open a unit of work by the grant; raise Refused where it is not live at this moment."""


def visit_of(request: HttpRequest) -> Visit | None:
    """Return the visit that a request belongs to; None for a request of a member."""
    return getattr(request, "visit", None)


def member_page(permission: Permission, *, in_event: bool = False) -> Callable[[View], View]:
    """Guard a view whose URL carries `organization` (UUID), and `event_id` where there is one.

    in_event: show the view that event alone, by a scope in the database.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, organization: UUID, **parts: Any) -> HttpResponseBase:
            if visit := visit_of(request):
                scope = Scope(parts["event_id"]) if in_event else None
                with visit.acting(scope) as staff:
                    return _let_in(request, staff, permission, view, parts)
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            actor = Actor.member(request.user.pk)
            scope = Scope(parts["event_id"]) if in_event else None
            try:
                with acting(actor, organization, scope=scope):
                    member = members.load(request.user.pk, organization, actor)
                    if member is None or not member.sees(parts.get("event_id")):
                        raise Http404
                    if lacking := demand(member, request):
                        return answers.unmet(request, member, lacking)
                    return _let_in(request, member, permission, view, parts)
            except KeyringLocked:
                if by_script(request) or request.method not in {"GET", "HEAD"}:
                    raise
                return redirect("organizations:locked", organization=organization)

        guarded.permission = permission  # type: ignore[attr-defined]  # read by `routes`
        return open_to(Audience.MEMBERS)(guarded)

    return guard


def _let_in(
    request: HttpRequest,
    principal: Principal,
    permission: Permission,
    view: View,
    parts: dict[str, Any],
) -> HttpResponseBase:
    """Call the view for somebody who may; raise Http404 or PermissionDenied for anybody else."""
    event_id = parts.get("event_id")
    if not principal.sees(event_id):
        raise Http404
    if not principal.may(permission, event_id):
        raise PermissionDenied
    principal.hold_keys(event_id)
    request.member = principal  # type: ignore[attr-defined]  # see MemberRequest
    try:
        return view(request, **parts)
    except NotAllowed as error:
        raise PermissionDenied from error
