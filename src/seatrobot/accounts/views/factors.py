"""The page "Ways to sign in": a person's passkeys, app and recovery codes."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts.factors import relying_party, services
from seatrobot.accounts.factors.services import FactorLine
from seatrobot.accounts.feature import Action
from seatrobot.accounts.forms import FactorNameForm
from seatrobot.accounts.models import Account
from seatrobot.accounts.pages import account_of, account_page, following, onward
from seatrobot.accounts.sudo import fresh_sign_in_required
from seatrobot.kernel.journal import services as journal

UNPROCESSABLE = 422


@require_safe
@account_page
def show(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    journal.record(Action.ACCOUNT_FACTOR_VIEW, subject=account.pk)
    lines = services.factors_of(account)
    context = {
        "passkeys": [line for line in lines if line.is_passkey],
        "apps": [line for line in lines if not line.is_passkey],
        "enrolled": services.enrolled(account.pk),
        "passkey_origin": relying_party.origin(),
        "onward": onward(request),
    }
    return render(request, "accounts/factors/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
@fresh_sign_in_required
def rename(request: HttpRequest, factor: UUID) -> HttpResponse:
    account = account_of(request)
    line = _load(account, factor)
    form = FactorNameForm(request.POST or None, initial={"name": line.name})
    if form.is_valid():
        services.rename(account=account, factor_id=factor, name=form.cleaned_data["name"])
        messages.success(request, _("The name is changed."))
        return redirect("accounts:factors")
    status = UNPROCESSABLE if form.is_bound else 200
    context = {"form": form, "line": line}
    return render(request, "accounts/factors/rename.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
@fresh_sign_in_required
def remove(request: HttpRequest, factor: UUID) -> HttpResponse:
    account = account_of(request)
    line = _load(account, factor)
    if request.method != "POST":
        is_last = len(services.factors_of(account)) == 1
        context = {"line": line, "is_last": is_last}
        return render(request, "accounts/factors/remove.html", context)
    services.remove(account=account, factor_id=factor)
    messages.success(request, _("“%s” is removed.") % line.name)
    return redirect("accounts:factors")


@require_POST
@account_page
@fresh_sign_in_required
def new_recovery_codes(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    if not services.enrolled(account.pk).any:
        messages.error(request, _("Add a passkey or an app first."))
        return redirect("accounts:factors")
    return show_codes(request, services.make_recovery_codes(account=account))


def show_codes(request: HttpRequest, codes: list[str], added: str = "") -> HttpResponse:
    """Show new recovery codes, the only time; `added` names the factor they come with.

    From there the way leads on to where the person wanted to go.
    """
    context = {"codes": codes, "added": added, "next": following(request, "")}
    return render(request, "accounts/factors/codes.html", context)


def _load(account: Account, factor: UUID) -> FactorLine:
    for line in services.factors_of(account):
        if line.id == factor:
            return line
    raise Http404
