"""Pages behind a one-time link: joining by an invitation, and setting up an organization."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from seatrobot.accounts.models import Account
from seatrobot.accounts.pages import counts_dead_links
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.accounts.signing_in.flow import begin_session_by_link
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.routes import Audience, open_to
from seatrobot.organizations import services, setup
from seatrobot.organizations.feature import Action
from seatrobot.organizations.forms import JoinForm, SettingsForm, SetUpForm
from seatrobot.organizations.models import Invitation, Organization
from seatrobot.organizations.permissions import Role

BY_LINK = Actor.link("invitation")


@open_to(Audience.LINK)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@counts_dead_links(Method.INVITATION_LINK)
def join(request: HttpRequest, organization: UUID, token: str) -> HttpResponse:
    if isinstance(request.user, Account):
        return _join_signed_in(request, request.user, organization, token)
    return _join_as_new(request, organization, token)


def _join_signed_in(
    request: HttpRequest, account: Account, organization: UUID, token: str
) -> HttpResponse:
    with acting(Actor.member(account.pk), organization):
        if request.method == "POST":
            services.accept(organization_id=organization, token=token, account=account)
            return redirect("organizations:enter", organization=organization)
        invitation = services.find_invitation(organization, token)
        context = _context(invitation) | {"account": account.sealed}
        return render(request, "organizations/join.html", context)


def _join_as_new(request: HttpRequest, organization: UUID, token: str) -> HttpResponse:
    with acting(BY_LINK, organization):
        invitation = services.find_invitation(organization, token)
        form = JoinForm(request.POST or None, initial={"name": invitation.sealed.name})
        return form_page(
            request,
            form,
            act=lambda: services.join_as_new_person(
                organization_id=organization, token=token, **form.cleaned_data
            ),
            done=lambda account: _begin(request, account, organization),
            template="organizations/join.html",
            context=lambda: _context(invitation),
        )


def _begin(request: HttpRequest, account: Account, organization: UUID) -> HttpResponse:
    begin_session_by_link(request, account, Method.INVITATION_LINK)
    messages.success(request, _("Welcome."))
    return redirect("organizations:enter", organization=organization)


def _context(invitation: Invitation) -> dict[str, Any]:
    journal.record(Action.MEMBER_INVITE_VIEW, subject_id=invitation.pk)
    return {
        "organization": Organization.objects.get(pk=invitation.organization_id).sealed.name,
        "role": Role(invitation.role).label,
        "email": invitation.sealed.email,
    }


@open_to(Audience.LINK)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@counts_dead_links(Method.SET_UP_LINK)
def set_up(request: HttpRequest, token: str) -> HttpResponse:
    setup.check(token)
    if isinstance(request.user, Account):
        return _set_up_signed_in(request, request.user, token)
    form = SetUpForm(request.POST or None)
    return form_page(
        request,
        form,
        act=lambda: setup.set_up(token, **form.cleaned_data),
        done=lambda owner: _begin_as_owner(request, owner),
        template="organizations/set_up.html",
        context=lambda: {"has_members": setup.has_members()},
    )


def _set_up_signed_in(request: HttpRequest, owner: Account, token: str) -> HttpResponse:
    """Set up one more organization for somebody who has an account."""
    form = SettingsForm(request.POST or None)
    with acting(Actor.member(owner.pk)):
        return form_page(
            request,
            form,
            act=lambda: setup.set_up_as(token, organization=form.cleaned_data["name"], owner=owner),
            done=lambda member: redirect("organizations:enter", member.organization_id),
            template="organizations/set_up.html",
            context=lambda: {"account": owner.sealed},
        )


def _begin_as_owner(request: HttpRequest, owner: Account) -> HttpResponse:
    begin_session_by_link(request, owner, Method.SET_UP_LINK)
    messages.success(request, _("Everything is ready. Create your first event."))
    return redirect("organizations:choose")
