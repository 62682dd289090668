"""Adding a passkey or an app."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from seatrobot.accounts import assurance, limits
from seatrobot.accounts.devices import describe
from seatrobot.accounts.factors import authenticator, ceremonies, relying_party, services
from seatrobot.accounts.factors.ceremonies import Purpose
from seatrobot.accounts.factors.checking import log_detail
from seatrobot.accounts.factors.errors import FactorRefused
from seatrobot.accounts.forms import AppForm, FactorNameForm
from seatrobot.accounts.pages import (
    account_of,
    account_page,
    following,
    onward,
    too_many_tries,
)
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.accounts.sudo import fresh_sign_in_required
from seatrobot.accounts.views.factors import UNPROCESSABLE, show_codes


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
@fresh_sign_in_required
def add_passkey(request: HttpRequest) -> HttpResponse:
    name = describe(request.headers.get("User-Agent", ""))
    form = FactorNameForm(request.POST or None, initial={"name": name})
    if form.is_valid():
        account = account_of(request)
        if _accepted(
            request,
            form,
            lambda: services.add_passkey(
                account=account,
                name=form.cleaned_data["name"],
                answer=request.POST.get("answer", ""),
                challenge=ceremonies.take_challenge(request, Purpose.ENROL),
            ),
            Method.PASSKEY,
        ):
            return _added(request, form)
    origin = relying_party.origin()
    context = {"form": form, "passkey_origin": origin, "onward": onward(request)}
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "accounts/factors/add_passkey.html", context, status=status)


@require_POST
@account_page
@fresh_sign_in_required
def options(request: HttpRequest) -> JsonResponse:
    return JsonResponse(ceremonies.enrol_options(request, account_of(request)))


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@account_page
@fresh_sign_in_required
def add_app(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    form = AppForm(request.POST or None, initial={"name": _("Authenticator app")})
    if form.is_valid():
        counter = limits.per_address("confirm", account.sealed.email)
        if wait := limits.take(counter):
            return too_many_tries(request, wait)
        if _accepted(
            request,
            form,
            lambda: services.add_authenticator(account=account, **form.cleaned_data),
            Method.TOTP,
        ):
            limits.clear(counter)
            return _added(request, form)
    context = {"form": form, "enrolment": _enrolment(request, form), "onward": onward(request)}
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "accounts/factors/add_app.html", context, status=status)


def _enrolment(request: HttpRequest, form: AppForm) -> authenticator.Enrolment:
    """Return the same secret as before where the form still has a good one, else a new one."""
    account = account_of(request)
    if form.is_bound:
        try:
            return authenticator.again(account, request.POST.get("sealed", ""))
        except FactorRefused:
            pass
    return authenticator.propose(account)


def _accepted(
    request: HttpRequest, form: FactorNameForm, enrol: Callable[[], list[str]], method: Method
) -> bool:
    """Enrol a factor and raise the session with it; when it is refused, say so on the form."""
    try:
        form.recovery_codes = enrol()
    except FactorRefused as error:
        log_detail(account_of(request), error)
        form.add_error(None, str(error))
        return False
    assurance.shown(request, method)
    return True


def _added(request: HttpRequest, form: FactorNameForm) -> HttpResponse:
    name = form.cleaned_data["name"]
    if form.recovery_codes:
        return show_codes(request, form.recovery_codes, added=name)
    messages.success(request, _("“%s” is added.") % name)
    return redirect(following(request, reverse("accounts:factors")))
