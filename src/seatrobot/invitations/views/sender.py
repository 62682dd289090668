"""The page of an organization's mail to guests: sender, server, pace, and who gets none."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages as toasts
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from seatrobot.accounts.assurance import fresh_sign_in_required
from seatrobot.invitations import sending
from seatrobot.invitations.feature import Action, Permission
from seatrobot.invitations.forms import SenderForm
from seatrobot.invitations.services import senders, suppressing
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.pages import MemberRequest, member_page

PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.SENDER_CHANGE)
@fresh_sign_in_required
def show(request: MemberRequest) -> HttpResponse:
    record, pace, seen = senders.load(request.member)
    form = SenderForm(request.POST or None, record=record, pace=pace, seen=seen)

    def act() -> None:
        senders.change(
            actor=request.member,
            record=form.record,
            pace=(form.cleaned_data["per_minute"] or 0, form.cleaned_data["per_domain"] or 0),
            seen=form.cleaned_data["seen"],
        )

    def done(_result: None) -> HttpResponse:
        toasts.success(request, _("The sender is saved."))
        return redirect("guest-mail:sender", request.member.organization_id)

    def current() -> SenderForm:
        again, their_pace, now = senders.load(request.member)
        return SenderForm(record=again, pace=their_pace, seen=now)

    def context() -> dict[str, Any]:
        page = Paginator(senders.suppressions(request.member), PAGE)
        shown = page.get_page(request.GET.get("page"))
        row = sending.sender_row(request.member.organization_id)
        return {
            "organization": request.member.organization_id,
            "page": shown,
            "rows": [(each, senders.address_of(each)) for each in shown],
            "has_server": sending.has_server(request.member.organization_id),
            "failing": row if row and row.failing_since else None,
            "has_password": bool(record.password),
            "reads_bounces": bool(settings.CONFIG.bounce_domain),
            "from_address": record.address or settings.CONFIG.mail_from,
        }

    journal.record(Action.SENDER_VIEW)
    return form_page(
        request,
        form,
        act=act,
        done=done,
        current=current,
        template="invitations/sender.html",
        context=context,
    )


@require_POST
@member_page(Permission.SENDER_CHANGE)
@fresh_sign_in_required
def lift(request: MemberRequest, suppression: UUID) -> HttpResponse:
    suppressing.lift(actor=request.member, suppression_id=suppression)
    toasts.success(request, _("The address gets mail again."))
    return redirect("guest-mail:sender", request.member.organization_id)
