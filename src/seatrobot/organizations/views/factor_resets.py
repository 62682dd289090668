"""Resetting the second factors of a member who has lost them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from seatrobot.accounts.assurance import fresh_sign_in_required
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations import loaders
from seatrobot.organizations.errors import Refused
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.organizations.services import factor_resets


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.MEMBER_CHANGE)
@fresh_sign_in_required
def reset(request: MemberRequest, membership: UUID) -> HttpResponse:
    person = loaders.load_member(request.member, membership, {})
    try:
        if request.method == "POST":
            return _act(request, membership)
        state = factor_resets.state(actor=request.member, membership_id=membership)
    except Refused as error:
        messages.error(request, str(error))
        return _to_list(request)
    journal.record(Action.MEMBER_LIST, subject=person.account_id)
    context = {"person": person, "state": state}
    return render(request, "organizations/reset_factors.html", context)


def _act(request: MemberRequest, membership: UUID) -> HttpResponse:
    if factor_resets.reset_factors(actor=request.member, membership_id=membership):
        messages.success(request, _("The second factors are reset, and the person is told."))
    else:
        messages.success(request, _("The reset waits for 72 hours, and the person is told."))
    return _to_list(request)


def _to_list(request: MemberRequest) -> HttpResponse:
    return redirect("organizations:members", organization=request.member.organization_id)
