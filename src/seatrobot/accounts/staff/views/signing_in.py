"""Staff sign in with a passkey and nothing else, and sign out."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from seatrobot.accounts import limits
from seatrobot.accounts.entering import PATIENCE
from seatrobot.accounts.factors import ceremonies, relying_party
from seatrobot.accounts.factors.ceremonies import Purpose
from seatrobot.accounts.factors.errors import FactorRefused
from seatrobot.accounts.sign_in_log.kinds import Method, Reason
from seatrobot.accounts.staff import entering
from seatrobot.accounts.staff.pages import (
    StaffRequest,
    following,
    staff_page,
    too_many_tries,
    who_is_in,
)

SCOPE = "staff"
UNPROCESSABLE = 422


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("staff:home") if who_is_in(request) else _page(request)
    counter = limits.per_ip(SCOPE, request)
    if wait := limits.take(counter):
        entering.refuse(request, None, Method.STAFF, Reason.TOO_MANY_TRIES)
        return too_many_tries(request, wait)
    account = None
    answer = request.POST.get("answer", "")
    try:
        account = entering.owner_of(answer)
        entering.sign_in(request, account, answer)
    except FactorRefused as error:
        entering.refuse(request, account, Method.STAFF, error.reason, error.detail)
        return _page(request, error)
    limits.give_back(counter)
    return redirect(following(request))


@require_POST
def options(request: HttpRequest) -> JsonResponse:
    """Tell the browser what to ask a passkey: any of ours, as it names its person itself."""
    if who_is_in(request) is None:
        request.session.set_expiry(PATIENCE)
    return JsonResponse(ceremonies.answer_options(request, Purpose.SIGN_IN, None))


@require_POST
@staff_page
def sign_out(request: StaffRequest) -> HttpResponse:
    entering.leave(request, request.staff)
    messages.success(request, _("You are signed out."))
    return redirect("staff:sign-in")


def _page(request: HttpRequest, error: FactorRefused | None = None) -> HttpResponse:
    context = {
        "error": error,
        "next": following(request),
        "passkey_origin": relying_party.origin(),
    }
    status = UNPROCESSABLE if error else 200
    return render(request, "staff/sign_in.html", context, status=status)
