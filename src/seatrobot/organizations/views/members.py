"""The members of an organization and their invitations."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts import limits
from seatrobot.accounts import mail as transport
from seatrobot.accounts import services as accounts
from seatrobot.accounts.assurance import fresh_sign_in_required
from seatrobot.accounts.pages import account_of, too_many_tries
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations import loaders, services
from seatrobot.organizations.errors import Refused
from seatrobot.organizations.event_titles import all_titles
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.forms import InviteForm, RoleForm, TransferForm
from seatrobot.organizations.pages import MemberRequest, member_page


@require_safe
@member_page(Permission.MEMBER_VIEW)
def member_list(request: MemberRequest) -> HttpResponse:
    member = request.member
    context = {
        "members": loaders.load_members(member, all_titles()),
        "invitations": loaders.load_invitations(member),
        "may_change": member.may(Permission.MEMBER_CHANGE),
        "may_transfer": member.may(Permission.ORGANIZATION_TRANSFER),
    }
    journal.record(Action.MEMBER_LIST)
    return render(request, "organizations/members.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.MEMBER_CHANGE)
def invite(request: MemberRequest) -> HttpResponse:
    form = InviteForm(request.POST or None, events=all_titles())
    if form.is_valid() and _accepted(
        form, lambda: services.invite(actor=request.member, **form.cleaned_data)
    ):
        _say_sent(request)
        return _to_list(request)
    journal.record(Action.MEMBER_LIST)
    return render(request, "organizations/invite.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.MEMBER_CHANGE)
def change(request: MemberRequest, membership: UUID) -> HttpResponse:
    titles = all_titles()
    person = loaders.load_member(request.member, membership, titles)
    before = {"role": person.role, "events": person.event_ids}
    form = RoleForm(request.POST or None, events=titles, initial=before)
    if form.is_valid() and _accepted(
        form,
        lambda: services.change_member(
            actor=request.member, membership_id=membership, **form.cleaned_data
        ),
    ):
        messages.success(request, _("The member's role is changed."))
        return _to_list(request)
    journal.record(Action.MEMBER_LIST, subject=person.account_id)
    context = {"form": form, "person": person}
    return render(request, "organizations/member.html", context)


@require_POST
@member_page(Permission.MEMBER_CHANGE)
def remove(request: MemberRequest, membership: UUID) -> HttpResponse:
    loaders.load_member(request.member, membership, {})
    try:
        services.remove_member(actor=request.member, membership_id=membership)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The member is removed and has no access any more."))
    return _to_list(request)


@require_POST
@member_page(Permission.MEMBER_CHANGE)
def resend(request: MemberRequest, invitation: UUID) -> HttpResponse:
    try:
        services.resend(actor=request.member, invitation_id=invitation)
    except Refused as error:
        messages.error(request, str(error))
    else:
        _say_sent(request)
    return _to_list(request)


@require_POST
@member_page(Permission.MEMBER_CHANGE)
def withdraw(request: MemberRequest, invitation: UUID) -> HttpResponse:
    services.withdraw(actor=request.member, invitation_id=invitation)
    messages.success(request, _("The invitation is withdrawn; its link does not work any more."))
    return _to_list(request)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.ORGANIZATION_TRANSFER)
@fresh_sign_in_required
def transfer(request: MemberRequest) -> HttpResponse:
    others = [line for line in loaders.load_members(request.member, {}) if not line.mine]
    names = {line.id: f"{line.name} ({line.email})" for line in others}
    form = TransferForm(request.POST or None, members=names)
    journal.record(Action.MEMBER_LIST)
    if form.is_valid():
        counter = limits.per_address("confirm", account_of(request).sealed.email)
        if wait := limits.count_attempt(counter):
            return too_many_tries(request, wait)
        if _accepted(form, lambda: _hand_over(request, form)):
            limits.reset(counter)
            messages.success(request, _("The organization is handed over."))
            return _to_list(request)
    return render(request, "organizations/transfer.html", {"form": form, "others": others})


def _say_sent(request: MemberRequest) -> None:
    if transport.has_server():
        messages.success(request, _("The invitation is on its way."))
    else:
        messages.warning(request, _("No mail server is configured: its link is in Sent mail."))


def _hand_over(request: MemberRequest, form: TransferForm) -> None:
    services.transfer_ownership(
        actor=request.member,
        membership_id=form.cleaned_data["member"],
        password=form.cleaned_data["password"],
    )


def _accepted(form: Form, act: Callable[[], object]) -> bool:
    """Do something; when it is refused, say so on the form."""
    try:
        act()
    except accounts.WrongPassword:
        form.add_error("password", _("This is not your password."))
    except Refused as error:
        form.add_error(None, str(error))
    except ValidationError as error:
        form.add_error(None, error)
    return not form.errors


def _to_list(request: MemberRequest) -> HttpResponse:
    return redirect("organizations:members", organization=request.member.organization_id)
