"""The question before a change of passkeys: show once more that it is you."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from seatrobot.accounts import assurance, limits
from seatrobot.accounts.factors import ceremonies, passkeys, relying_party
from seatrobot.accounts.factors.ceremonies import Purpose
from seatrobot.accounts.factors.checking import log_detail
from seatrobot.accounts.factors.errors import FactorRefused
from seatrobot.accounts.feature import Action
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.accounts.staff.pages import StaffRequest, following, staff_page, too_many_tries
from seatrobot.kernel.journal import services as journal

UNPROCESSABLE = 422


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def confirm(request: StaffRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    account = request.staff
    counter = limits.per_address("confirm", account.sealed.email)
    if wait := limits.take(counter):
        return too_many_tries(request, wait)
    try:
        challenge = ceremonies.take_challenge(request, Purpose.CONFIRM)
        passkeys.check(account, answer=request.POST.get("answer", ""), challenge=challenge)
    except FactorRefused as error:
        log_detail(account, error)
        return _page(request, error)
    limits.clear(counter)
    assurance.shown(request, Method.PASSKEY)
    journal.record(Action.ACCOUNT_CONFIRM, subject=account.pk, method=str(Method.PASSKEY))
    messages.success(request, _("Thank you. You can go on for ten minutes."))
    return redirect(following(request))


@require_POST
@staff_page
def options(request: StaffRequest) -> JsonResponse:
    return JsonResponse(ceremonies.answer_options(request, Purpose.CONFIRM, request.staff))


def _page(request: StaffRequest, error: FactorRefused | None = None) -> HttpResponse:
    context = {
        "error": error,
        "next": following(request),
        "passkey_origin": relying_party.origin(),
    }
    status = UNPROCESSABLE if error else 200
    return render(request, "staff/confirm.html", context, status=status)
