"""The question before a dangerous act: show once more that it is you."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from seatrobot.accounts import assurance, limits
from seatrobot.accounts.factors import ceremonies, relying_party, services
from seatrobot.accounts.factors.ceremonies import Purpose
from seatrobot.accounts.factors.checking import check, log_detail
from seatrobot.accounts.factors.errors import FactorRefused
from seatrobot.accounts.feature import Action
from seatrobot.accounts.forms import ConfirmForm
from seatrobot.accounts.pages import account_of, account_page, following, too_many_tries
from seatrobot.kernel.journal import services as journal

UNPROCESSABLE = 422


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@account_page
def confirm(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    account = account_of(request)
    counter = limits.per_address("confirm", account.sealed.email)
    if wait := limits.take(counter):
        return too_many_tries(request, wait)
    try:
        method = check(request, account, Purpose.CONFIRM)
    except FactorRefused as error:
        log_detail(account, error)
        return _page(request, error)
    limits.clear(counter)
    assurance.shown(request, method)
    journal.record(Action.ACCOUNT_CONFIRM, subject=account.pk, method=str(method))
    messages.success(request, _("Thank you. You can go on for ten minutes."))
    return redirect(following(request))


@require_POST
@account_page
def options(request: HttpRequest) -> JsonResponse:
    return JsonResponse(ceremonies.answer_options(request, Purpose.CONFIRM, account_of(request)))


def _page(request: HttpRequest, error: FactorRefused | None = None) -> HttpResponse:
    context = {
        "enrolled": services.enrolled(account_of(request).pk),
        "error": error,
        "form": ConfirmForm(),
        "next": following(request, ""),
        "passkey_origin": relying_party.origin(),
    }
    status = UNPROCESSABLE if error else 200
    return render(request, "accounts/factors/confirm.html", context, status=status)
