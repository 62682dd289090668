"""Which organization: straight in with one, a choice of several, a word with none."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from seatrobot.accounts.pages import account_of, account_page
from seatrobot.kernel import acting
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.models import Membership, Organization
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.organizations.permissions import Role


@require_safe
@account_page
def choose(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    rows = list(Membership.objects.filter(account=account).values_list("organization_id", "role"))
    if len(rows) == 1:
        return redirect("events:list", organization=rows[0][0])
    if not rows:
        return render(request, "organizations/none.html", {"email": account.sealed.email})
    choices = [{"id": pk, "name": _name(pk), "role": Role(role).label} for pk, role in rows]
    choices.sort(key=lambda choice: str(choice["name"]).casefold())
    return render(request, "organizations/choose.html", {"choices": choices})


@require_safe
@member_page(Permission.ORGANIZATION_ENTER)
def enter(request: MemberRequest) -> HttpResponse:
    return redirect("events:list", organization=request.member.organization_id)


def _name(organization_id: UUID) -> str:
    with acting.acting(acting.current().actor, organization_id):
        journal.record(Action.ORGANIZATION_VIEW, subject=organization_id)
        return Organization.objects.get(pk=organization_id).sealed.name
