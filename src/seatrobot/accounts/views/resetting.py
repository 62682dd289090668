"""A forgotten password: ask for a link, follow it, set a new one."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from seatrobot.accounts import limits, resetting, services
from seatrobot.accounts.forms import AskForResetForm, ResetForm
from seatrobot.accounts.pages import too_many_tries
from seatrobot.accounts.sign_in_log import services as sign_in_log
from seatrobot.accounts.sign_in_log.kinds import Method, Outcome, Reason
from seatrobot.accounts.views import signing_in
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor

SCOPE = "reset"


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a link; says the same whether or not anybody has the address."""
    form = AskForResetForm(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/ask_for_reset.html", {"form": form})
    address = form.cleaned_data["email"]
    wait = limits.take(limits.per_address(SCOPE, address), limits.per_ip(SCOPE, request))
    if wait:
        return too_many_tries(request, wait)
    with acting(Actor.visitor()):
        services.ask_for_reset(address)
    return render(request, "accounts/reset_sent.html", {"address": address})


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: HttpRequest, account: UUID, token: str) -> HttpResponse:
    """Set a new password by link."""
    owner = resetting.account_of(account, token)
    if owner is None:
        return _dead(request)
    form = ResetForm(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/reset.html", {"form": form})
    try:
        with acting(Actor.member(owner.pk)):
            if not resetting.claim(owner, token):
                return _dead(request)
            services.reset_password(account=owner, password=form.cleaned_data["password"])
            limits.clear(limits.per_address(signing_in.SCOPE, owner.sealed.email))
            sign_in_log.record(
                request, account=owner, method=Method.RESET_LINK, outcome=Outcome.CONTINUED
            )
    except services.BadPassword as error:
        form.add_error("password", error)
        return render(request, "accounts/reset.html", {"form": form})
    messages.success(request, _("Your new password is set. Sign in with it."))
    return redirect("accounts:sign-in")


def _dead(request: HttpRequest) -> HttpResponse:
    sign_in_log.record(
        request,
        account=None,
        method=Method.RESET_LINK,
        outcome=Outcome.FAILURE,
        reason=Reason.DEAD_LINK,
    )
    return render(request, "accounts/reset_link_dead.html", status=410)
