"""Choosing an organization, its settings and its sent mail."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from seatrobot.accounts import mail as transport
from seatrobot.accounts.assurance import fresh_sign_in_required
from seatrobot.accounts.pages import account_of, account_page, page_mark
from seatrobot.kernel import acting
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.versions import version_of
from seatrobot.organizations import loaders, members, services
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.forms import SettingsForm
from seatrobot.organizations.models import Membership, Organization
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.organizations.permissions import Role
from seatrobot.organizations.security.demands import demand

MAILS = 25


@require_safe
@account_page
def choose(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    rows = list(Membership.objects.filter(account=account).values_list("organization_id", "role"))
    if len(rows) == 1:
        return redirect("events:list", organization=rows[0][0])
    if not rows:
        return render(request, "organizations/none.html", {"email": account.sealed.email})
    choices = [
        {"id": pk, "name": _name(request, account.pk, pk), "role": Role(role).label}
        for pk, role in rows
    ]
    choices.sort(key=lambda choice: (not choice["name"], str(choice["name"]).casefold()))
    return render(request, "organizations/choose.html", {"choices": choices})


@require_safe
@member_page(Permission.ORGANIZATION_ENTER)
def enter(request: MemberRequest) -> HttpResponse:
    return redirect("events:list", organization=request.member.organization_id)


def _name(request: HttpRequest, account_id: UUID, organization_id: UUID) -> str:
    """Return the name, "" when this request does not meet what the organization demands.

    And when it is locked, which is told where the name leads to.
    """
    if not vault.has_keyring(organization_id):
        return ""
    with acting.acting(acting.current().actor, organization_id):
        member = members.load(account_id, organization_id)
        if member is None or demand(member, request):
            return ""
        journal.record(Action.ORGANIZATION_VIEW, subject_id=organization_id)
        return Organization.objects.get(pk=organization_id).sealed.name


def _named(organization: Organization) -> dict[str, str]:
    name = organization.sealed.name
    return {"name": name, "seen": version_of(name)}


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.ORGANIZATION_CHANGE)
def settings(request: MemberRequest) -> HttpResponse:
    organization = loaders.load_organization(request.member)
    form = SettingsForm(request.POST or None, initial=_named(organization))

    def saved(_result: object) -> HttpResponse:
        messages.success(request, _("The settings are saved."))
        return redirect("organizations:settings", organization=organization.pk)

    journal.record(Action.ORGANIZATION_VIEW, subject_id=organization.pk)
    return form_page(
        request,
        form,
        act=lambda: services.rename(actor=request.member, **form.cleaned_data),
        done=saved,
        current=lambda: SettingsForm(initial=_named(loaders.load_organization(request.member))),
        template="organizations/settings.html",
        context={
            "created_at": organization.created_at,
            "may_transfer": request.member.may(Permission.ORGANIZATION_TRANSFER),
        },
    )


@require_safe
@member_page(Permission.MAIL_SENT_VIEW)
@fresh_sign_in_required
def sent_mail(request: MemberRequest) -> HttpResponse:
    before = page_mark(request)
    mails = loaders.load_sent_mail(request.member, before, MAILS + 1)
    journal.record(Action.MAIL_SENT_VIEW)
    context = {
        "mails": mails[:MAILS],
        "older": mails[MAILS - 1].id if len(mails) > MAILS else None,
        "is_first": before is None,
        "has_server": transport.has_server(),
    }
    return render(request, "organizations/sent_mail.html", context)
