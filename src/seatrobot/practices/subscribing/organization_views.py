"""How an organization is told of changes: mail to its administrators, webhooks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from seatrobot.accounts.assurance import fresh_sign_in_required
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.feature import Permission
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.practices.feature import Action
from seatrobot.practices.organization_view.views import tabs_of
from seatrobot.practices.subscribing import webhooks
from seatrobot.practices.subscribing.forms import HookForm


@require_safe
@member_page(Permission.PRACTICES_VIEW)
def show(request: MemberRequest) -> HttpResponse:
    context = _context(request) | {"form": HookForm()}
    return render(request, "subscribing/notices.html", context)


@require_POST
@member_page(Permission.PRACTICES_VIEW)
def mail_me(request: MemberRequest) -> HttpResponse:
    wanted = request.POST.get("wanted") == "yes"
    webhooks.mail_me(actor=request.member, wanted=wanted)
    text = _("You will get mail.") if wanted else _("You will get no more mail.")
    messages.success(request, text)
    return _back(request)


@require_POST
@member_page(Permission.ORGANIZATION_CHANGE)
@fresh_sign_in_required
def add(request: MemberRequest) -> HttpResponse:
    form = HookForm(request.POST)

    def added(_hook: object) -> HttpResponse:
        messages.success(request, _("The webhook is added. Send a test to see that it works."))
        return _back(request)

    return form_page(
        request,
        form,
        act=lambda: webhooks.add_hook(actor=request.member, url=form.cleaned_data["url"]),
        done=added,
        template="subscribing/notices.html",
        context=lambda: _context(request),
    )


@require_POST
@member_page(Permission.ORGANIZATION_CHANGE)
def test(request: MemberRequest, hook: UUID) -> HttpResponse:
    if webhooks.try_hook(actor=request.member, hook_id=hook):
        messages.success(request, _("A test is on its way: look here again in a moment."))
    return _back(request)


@require_POST
@member_page(Permission.ORGANIZATION_CHANGE)
@fresh_sign_in_required
def remove(request: MemberRequest, hook: UUID) -> HttpResponse:
    webhooks.remove_hook(actor=request.member, hook_id=hook)
    messages.success(request, _("The webhook is removed."))
    return _back(request)


def _context(request: MemberRequest) -> dict[str, Any]:
    journal.record(Action.PRACTICES_VIEW)
    hooks = webhooks.load_hooks(request.member)
    return {
        "tabs": tabs_of(request.member, "notices"),
        "hooks": hooks,
        "may_add": len(hooks) < webhooks.MOST_HOOKS,
        "most": webhooks.MOST_HOOKS,
        "days": webhooks.GIVEN_UP_AFTER.days,
        "wants_mail": webhooks.wants_mail(request.member),
    }


def _back(request: MemberRequest) -> HttpResponse:
    return redirect("organization-practices:notices", organization=request.member.organization_id)
