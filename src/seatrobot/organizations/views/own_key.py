"""The pages of an organization's own key, and the page that is left while it is locked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import segno
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from seatrobot.accounts.assurance import fresh_sign_in_required
from seatrobot.accounts.pages import account_of, account_page
from seatrobot.kernel.acting import acting, current
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.vault import services as vault
from seatrobot.organizations import members
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.members import Member
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.organizations.services import own_key

LONGEST_WORDS = 2_000


class WordsForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("The words of the sheet"),
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(
            attrs={
                "rows": 5,
                "autocomplete": "off",
                "autocapitalize": "off",
                "spellcheck": "false",
            }
        ),
        help_text=gettext_lazy(
            "All 33, in their order. Four letters of each are enough; numbers and line breaks do"
            " not matter."
        ),
    )


class LockForm(forms.Form):
    understood = forms.BooleanField(
        label=gettext_lazy("I hold the sheet, and know that without it nothing can be read again"),
        error_messages={"required": gettext_lazy("Confirm this to lock the organization.")},
    )


@sensitive_post_parameters("words")
@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.ORGANIZATION_CHANGE)
@fresh_sign_in_required
def show(request: MemberRequest) -> HttpResponse:
    """Say who can open what; try a sheet."""
    form = WordsForm(request.POST or None)

    def proven(_result: object) -> HttpResponse:
        messages.success(request, _("This is the sheet. You can lock the organization with it."))
        return _back(request)

    journal.record(Action.OWN_KEY_VIEW)
    return form_page(
        request,
        form,
        act=lambda: own_key.prove(actor=request.member, words=form.cleaned_data["words"]),
        done=proven,
        template="organizations/own_key.html",
        context=lambda: _context(request),
    )


@sensitive_variables("sheet")
@never_cache
@require_POST
@member_page(Permission.OWN_KEY_CHANGE)
@fresh_sign_in_required
def adopt(request: MemberRequest) -> HttpResponse:
    """Make a sheet and show it, this once."""
    sheet = own_key.adopt(actor=request.member)
    picture = segno.make(sheet.words.upper(), error="q", micro=False)
    context = {
        "words": sheet.words.split(),
        "reference": sheet.reference,
        "picture": picture.svg_data_uri(scale=4, light="#fff", border=3),
    }
    return render(request, "organizations/own_key_sheet.html", context)


@require_POST
@member_page(Permission.OWN_KEY_CHANGE)
@fresh_sign_in_required
def give_up(request: MemberRequest) -> HttpResponse:
    own_key.give_up(actor=request.member)
    messages.success(request, _("The organization has no key of its own any more."))
    return _back(request)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.OWN_KEY_CHANGE)
@fresh_sign_in_required
def lock(request: MemberRequest) -> HttpResponse:
    """Say what locking does, and do it once it is confirmed."""
    form = LockForm(request.POST or None)
    if not form.is_bound:
        journal.record(Action.OWN_KEY_VIEW)
    return form_page(
        request,
        form,
        act=lambda: own_key.lock(actor=request.member),
        done=lambda _result: redirect(
            "organizations:locked", organization=request.member.organization_id
        ),
        template="organizations/own_key_lock.html",
        context=lambda: {"state": own_key.state(request.member)},
    )


@sensitive_post_parameters("words")
@require_http_methods(["GET", "HEAD", "POST"])
@account_page
@fresh_sign_in_required
def locked(request: HttpRequest, organization: UUID) -> HttpResponse:
    """Tell a member that their organization is locked; the Primary Owner unlocks it here.

    Nothing of the organization is opened for it: not even its name.
    """
    member = _member(request, organization)
    state = own_key.locked_state(organization)
    if state is None:
        return redirect("organizations:enter", organization=organization)
    is_owner = member.may(Permission.OWN_KEY_CHANGE)
    if request.method == "POST" and not is_owner:
        raise PermissionDenied
    form = WordsForm(request.POST or None)

    def unlocked(_result: object) -> HttpResponse:
        messages.success(request, _("The organization is unlocked."))
        return redirect("organizations:enter", organization=organization)

    return form_page(
        request,
        form,
        act=lambda: own_key.unlock(owner=member, words=form.cleaned_data["words"]),
        done=unlocked,
        template="organizations/locked.html",
        context={"state": state, "is_owner": is_owner},
    )


def _member(request: HttpRequest, organization: UUID) -> Member:
    """Return the membership of whoever is signed in; Http404 for anybody else's organization."""
    with acting(current().actor, organization):
        member = members.load(account_of(request).pk, organization)
    if member is None:
        raise Http404
    return member


def _context(request: MemberRequest) -> dict[str, Any]:
    return {
        "state": own_key.state(request.member),
        "may_change": request.member.may(Permission.OWN_KEY_CHANGE),
        "root_is_file": vault.root_key().reference.startswith("file:"),
    }


def _back(request: MemberRequest) -> HttpResponse:
    return redirect("organizations:own-key", organization=request.member.organization_id)
