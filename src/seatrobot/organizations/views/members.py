"""The members of an organization and their invitations."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts import limits, unsent
from seatrobot.accounts import mail as transport
from seatrobot.accounts.assurance import fresh_sign_in_required
from seatrobot.accounts.pages import account_of, too_many_tries
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations import event_titles, loaders, services
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.forms import InviteForm, MemberForm, TransferForm
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.organizations.services import factor_resets


@require_safe
@member_page(Permission.MEMBER_VIEW)
def member_list(request: MemberRequest) -> HttpResponse:
    member, titles = request.member, event_titles.titles()
    context = {
        "members": loaders.load_members(member, titles),
        "invitations": loaders.load_invitations(member, titles),
        "may_change": member.may(Permission.MEMBER_CHANGE),
        "may_transfer": member.may(Permission.ORGANIZATION_TRANSFER),
    }
    journal.record(Action.MEMBER_LIST)
    return render(request, "organizations/members.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.MEMBER_CHANGE)
@fresh_sign_in_required
@unsent.read_by(InviteForm)
def invite(request: MemberRequest) -> HttpResponse:
    form = InviteForm(request.POST or None, events=event_titles.titles())
    journal.record(Action.MEMBER_LIST)
    return form_page(
        request,
        form,
        act=lambda: services.invite(actor=request.member, **form.cleaned_data),
        done=lambda _invitation: _sent(request),
        template="organizations/invite.html",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.MEMBER_CHANGE)
@fresh_sign_in_required
@unsent.read_by(MemberForm)
def change(request: MemberRequest, membership: UUID) -> HttpResponse:
    titles = event_titles.titles()
    person = loaders.load_member(request.member, membership, titles)

    def form_of(line: loaders.MemberLine, data: QueryDict | None = None) -> MemberForm:
        seen = services.member_version(line.role, line.grants)
        initial = {"role": line.role, "seen": seen}
        return MemberForm(data, events=titles, grants=line.grants, initial=initial)

    form = form_of(person, request.POST or None)
    journal.record(Action.MEMBER_LIST, subject_id=person.account_id)
    return form_page(
        request,
        form,
        act=lambda: services.change_member(
            actor=request.member, membership_id=membership, **form.cleaned_data
        ),
        done=lambda _result: _to_list(request, _("The member's role is changed.")),
        current=lambda: form_of(loaders.load_member(request.member, membership, titles)),
        template="organizations/member.html",
        context={"person": person},
    )


@require_POST
@member_page(Permission.MEMBER_CHANGE)
@fresh_sign_in_required
def remove(request: MemberRequest, membership: UUID) -> HttpResponse:
    loaders.load_member(request.member, membership, {})
    withdrawn = services.remove_member(actor=request.member, membership_id=membership)
    sentence = _("The member is removed and has no access any more.")
    if withdrawn:
        sentence = _(
            "The member is removed and has no access any more; the invitations that they sent "
            "are withdrawn."
        )
    return _to_list(request, sentence)


@require_POST
@member_page(Permission.MEMBER_CHANGE)
@fresh_sign_in_required
def resend(request: MemberRequest, invitation: UUID) -> HttpResponse:
    services.resend(actor=request.member, invitation_id=invitation)
    return _sent(request)


@require_POST
@member_page(Permission.MEMBER_CHANGE)
@fresh_sign_in_required
def withdraw(request: MemberRequest, invitation: UUID) -> HttpResponse:
    services.withdraw(actor=request.member, invitation_id=invitation)
    return _to_list(request, _("The invitation is withdrawn; its link does not work any more."))


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.MEMBER_CHANGE)
@fresh_sign_in_required
def reset_factors(request: MemberRequest, membership: UUID) -> HttpResponse:
    """Reset the second factors of a member who has lost them, at once or after a wait."""
    person = loaders.load_member(request.member, membership, {})
    if request.method == "POST":
        is_done = factor_resets.reset_factors(actor=request.member, membership_id=membership)
        at_once = _("The second factors are reset, and the person is told.")
        later = _("The reset waits for 72 hours, and the person is told.")
        return _to_list(request, at_once if is_done else later)
    state = factor_resets.state(actor=request.member, membership_id=membership)
    journal.record(Action.MEMBER_LIST, subject_id=person.account_id)
    context = {"person": person, "state": state}
    return render(request, "organizations/reset_factors.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.ORGANIZATION_TRANSFER)
@fresh_sign_in_required
def transfer(request: MemberRequest) -> HttpResponse:
    others = [line for line in loaders.load_members(request.member, {}) if not line.mine]
    names = {line.id: f"{line.name} ({line.email})" for line in others}
    form = TransferForm(request.POST or None, members=names)
    journal.record(Action.MEMBER_LIST)
    counter = limits.per_address("confirm", account_of(request).sealed.email)
    if form.is_valid() and (wait := limits.count_attempt(counter)):
        return too_many_tries(request, wait)

    def handed_over(_result: object) -> HttpResponse:
        limits.reset(counter)
        return _to_list(request, _("The organization is handed over."))

    return form_page(
        request,
        form,
        act=lambda: _hand_over(request, form),
        done=handed_over,
        template="organizations/transfer.html",
        context={"others": others},
    )


def _hand_over(request: MemberRequest, form: TransferForm) -> None:
    services.transfer_ownership(
        actor=request.member,
        membership_id=form.cleaned_data["member"],
        password=form.cleaned_data["password"],
    )


def _sent(request: MemberRequest) -> HttpResponse:
    if transport.has_server():
        return _to_list(request, _("The invitation is on its way."))
    messages.warning(request, _("No mail server is configured: its link is in Sent mail."))
    return redirect("organizations:members", organization=request.member.organization_id)


def _to_list(request: MemberRequest, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return redirect("organizations:members", organization=request.member.organization_id)
