"""The page of an organization's security settings."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from seatrobot.accounts import unsent
from seatrobot.accounts.assurance import assurance_of, fresh_sign_in_required
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations import loaders
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.organizations.security import services
from seatrobot.organizations.security.forms import SecurityForm


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.ORGANIZATION_CHANGE)
@fresh_sign_in_required
@unsent.read_by(SecurityForm)
def show(request: MemberRequest) -> HttpResponse:
    form = SecurityForm(request.POST or None, initial=_in_force(request))

    def saved(_result: object) -> HttpResponse:
        messages.success(request, _("The security settings are saved and in force."))
        return redirect("organizations:security", organization=request.member.organization_id)

    journal.record(Action.SECURITY_VIEW)
    return form_page(
        request,
        form,
        act=lambda: services.change(
            actor=request.member,
            wanted=form.wanted(),
            assurance=assurance_of(request),
            address=request.META["REMOTE_ADDR"],
            seen=form.cleaned_data["seen"],
        ),
        done=saved,
        current=lambda: SecurityForm(initial=_in_force(request)),
        template="organizations/security.html",
        context={
            "address": request.META["REMOTE_ADDR"],
            "refuses_leaked": bool(settings.LEAKED_PASSWORDS),
        },
    )


def _in_force(request: MemberRequest) -> dict[str, Any]:
    settings_now = services.load(request.member)
    return asdict(settings_now) | {"seen": services.version(settings_now)}


@require_POST
@member_page(Permission.ORGANIZATION_CHANGE)
@fresh_sign_in_required
def sign_out_everybody(request: MemberRequest) -> HttpResponse:
    session = getattr(request.session, "row", None)
    ended = services.sign_out_everybody(actor=request.member, keep=session and session.pk)
    text = ngettext("%d session has ended.", "%d sessions have ended.", ended) % ended
    messages.success(request, text)
    return redirect("organizations:security", organization=request.member.organization_id)


@require_POST
@member_page(Permission.MEMBER_CHANGE)
@fresh_sign_in_required
def sign_out_member(request: MemberRequest, membership: UUID) -> HttpResponse:
    person = loaders.load_member(request.member, membership, {})
    ended = services.sign_out_member(actor=request.member, membership_id=membership)
    text = ngettext(
        "%(count)d session of %(name)s has ended.",
        "%(count)d sessions of %(name)s have ended.",
        ended,
    )
    messages.success(request, text % {"count": ended, "name": person.name})
    return redirect("organizations:members", organization=request.member.organization_id)
