"""Following an invitation's link."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from seatrobot.accounts import services as accounts
from seatrobot.accounts.models import Account
from seatrobot.accounts.pages import dead_link
from seatrobot.accounts.services import is_staff
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.accounts.signing_in.flow import begin_session_by_link
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations import services
from seatrobot.organizations.errors import LinkDead, Refused
from seatrobot.organizations.feature import Action
from seatrobot.organizations.forms import JoinForm
from seatrobot.organizations.models import Organization
from seatrobot.organizations.permissions import Role

BY_LINK = Actor.link("invitation")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, organization: UUID, token: str) -> HttpResponse:
    try:
        if isinstance(request.user, Account):
            return _join_signed_in(request, request.user, organization, token)
        return _join_as_new(request, organization, token)
    except LinkDead:
        return dead_link(request, Method.INVITATION_LINK, "organizations/invitation_dead.html")


def _join_signed_in(
    request: HttpRequest, account: Account, organization: UUID, token: str
) -> HttpResponse:
    actor = Actor.member(account.pk)
    if request.method != "POST":
        with acting(actor, organization):
            return _page(request, organization, token, account=account.sealed)
    try:
        with acting(actor, organization):
            services.accept(organization_id=organization, token=token, account=account)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("organizations:choose")
    return redirect("organizations:enter", organization=organization)


def _join_as_new(request: HttpRequest, organization: UUID, token: str) -> HttpResponse:
    form = JoinForm(request.POST or None)
    if not form.is_valid():
        with acting(BY_LINK, organization):
            return _page(request, organization, token, form=form)
    try:
        with acting(BY_LINK, organization):
            account = services.join_as_new_person(
                organization_id=organization, token=token, **form.cleaned_data
            )
    except accounts.AddressTaken:
        return redirect(request.path)
    except Refused as error:
        form.add_error(None, str(error))
    except accounts.BadPassword as error:
        form.add_error(error.field, error.sentence)
    else:
        return _begin(request, account, organization)
    with acting(BY_LINK, organization):
        return _page(request, organization, token, form=form)


def _begin(request: HttpRequest, account: Account, organization: UUID) -> HttpResponse:
    begin_session_by_link(request, account, Method.INVITATION_LINK)
    messages.success(request, _("Welcome."))
    return redirect("organizations:enter", organization=organization)


def _page(request: HttpRequest, organization: UUID, token: str, **context: object) -> HttpResponse:
    invitation = services.find_invitation(organization, token)
    form = context.get("form")
    if isinstance(form, JoinForm):
        form.fields["name"].initial = invitation.sealed.name
    known = accounts.find(invitation.sealed.email)
    context |= {
        "organization": Organization.objects.get(pk=organization).sealed.name,
        "role": Role(invitation.role).label,
        "email": invitation.sealed.email,
        "is_known": known is not None,
        "is_staff": is_staff(known),
    }
    journal.record(Action.MEMBER_INVITE_VIEW, subject=invitation.pk, name=invitation.sealed.name)
    return render(request, "organizations/join.html", context)
