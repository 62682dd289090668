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
LONGEST_NAME = 128


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


class CredentialsForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Access key ID"),
        max_length=LONGEST_NAME,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Of AWS alone. Leave it empty for OpenBao and Vault."),
    )
    secret = forms.CharField(
        label=gettext_lazy("Secret access key, or token"),
        max_length=LONGEST_WORDS,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "It needs to encrypt and decrypt with this key, and nothing else. It is kept encrypted."
        ),
    )


class HoldForm(CredentialsForm):
    address = forms.CharField(
        label=gettext_lazy("Address of the key"),
        max_length=LONGEST_WORDS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "The ARN of a symmetric key in AWS KMS, or the address of a key of the transit engine"
            " of OpenBao or Vault, such as https://vault.example.org:8200/v1/transit/keys/guests."
        ),
    )
    understood = forms.BooleanField(
        label=gettext_lazy(
            "I know that nothing can be read without this key, and that nobody can restore it"
        ),
        error_messages={"required": gettext_lazy("Confirm this to use the key.")},
    )
    field_order = ("address", "name", "secret", "understood")


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


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.OWN_KEY_CHANGE)
@fresh_sign_in_required
def hold(request: MemberRequest) -> HttpResponse:
    """Have a key in the organization's own key service open everything, too."""
    form = HoldForm(request.POST or None)
    if not form.is_bound:
        journal.record(Action.OWN_KEY_VIEW)

    def held(_result: object) -> HttpResponse:
        messages.success(request, _("From now on your key is needed to open anything."))
        return _back(request)

    return form_page(
        request,
        form,
        act=lambda: own_key.hold(
            actor=request.member,
            address=form.cleaned_data["address"],
            name=form.cleaned_data["name"],
            secret=form.cleaned_data["secret"],
        ),
        done=held,
        template="organizations/own_key_hold.html",
        context=lambda: _context(request),
    )


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


@sensitive_post_parameters("words", "secret")
@require_http_methods(["GET", "HEAD", "POST"])
@account_page
@fresh_sign_in_required
def locked(request: HttpRequest, organization: UUID) -> HttpResponse:
    """Tell a member that their organization is locked; the Primary Owner unlocks it here.

    By the words of its sheet; or by other credentials, where its key service refuses those it has.
    Nothing of the organization is opened for it: not even its name.
    """
    member = _member(request, organization)
    state = own_key.locked_state(organization)
    if state is None:
        return redirect("organizations:enter", organization=organization)
    is_owner = member.may(Permission.OWN_KEY_CHANGE)
    if request.method == "POST" and not is_owner:
        raise PermissionDenied
    form = (CredentialsForm if state.is_held else WordsForm)(request.POST or None)

    def unlock() -> None:
        given = form.cleaned_data
        if state.is_held:
            own_key.renew(owner=member, name=given["name"], secret=given["secret"])
        else:
            own_key.unlock(owner=member, words=given["words"])

    def unlocked(_result: object) -> HttpResponse:
        messages.success(request, _("The organization is unlocked."))
        return redirect("organizations:enter", organization=organization)

    return form_page(
        request,
        form,
        act=unlock,
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
        "may_be_held": own_key.may_be_held(),
        "root_is_file": vault.root_key().reference.startswith("file:"),
    }


def _back(request: MemberRequest) -> HttpResponse:
    return redirect("organizations:own-key", organization=request.member.organization_id)
