"""How a page of an organization begins: signed in, a member, allowed; in one unit of work.

A view under `member_page` gets `request.member`. An account that is no member, or does not see the
event, gets 404. A request that does not meet the organization's security settings (a second
factor, a network, a fresh session) gets a page that says so. A member without the permission gets
403.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

from seatrobot.accounts.pages import ask_to_sign_in
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.features import Permission
from seatrobot.kernel.principals import NotAllowed
from seatrobot.kernel.routes import Audience, open_to
from seatrobot.kernel.tenancy.scopes import Scope
from seatrobot.organizations import members
from seatrobot.organizations.members import Member
from seatrobot.organizations.security import answers
from seatrobot.organizations.security.demands import demand


class MemberRequest(HttpRequest):
    member: Member


View = Callable[..., HttpResponseBase]


def member_page(permission: Permission, *, in_event: bool = False) -> Callable[[View], View]:
    """Guard a view whose URL carries `organization` (UUID), and `event_id` where there is one.

    in_event: show the view that event alone, by a scope in the database.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, organization: UUID, **parts: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            actor = Actor.member(request.user.pk)
            scope = Scope(parts["event_id"]) if in_event else None
            with acting(actor, organization, scope=scope):
                member = members.load(request.user.pk, organization, actor)
                if member is None or not member.sees(parts.get("event_id")):
                    raise Http404
                if lacking := demand(member, request):
                    return answers.unmet(request, member, lacking)
                if not member.may(permission, parts.get("event_id")):
                    raise PermissionDenied
                member.hold_keys(parts.get("event_id"))
                request.member = member  # type: ignore[attr-defined]  # see MemberRequest
                try:
                    return view(request, **parts)
                except NotAllowed as error:
                    raise PermissionDenied from error

        guarded.permission = permission  # type: ignore[attr-defined]  # read by `routes`
        return open_to(Audience.MEMBERS)(guarded)

    return guard
