"""One's own passkeys: add, rename, remove all but the last one."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts import assurance
from seatrobot.accounts.devices import describe
from seatrobot.accounts.factors import ceremonies, relying_party
from seatrobot.accounts.factors import services as factors
from seatrobot.accounts.factors.ceremonies import Purpose
from seatrobot.accounts.factors.checking import log_detail
from seatrobot.accounts.factors.errors import FactorRefused
from seatrobot.accounts.factors.services import FactorLine
from seatrobot.accounts.feature import Action
from seatrobot.accounts.forms import FactorNameForm
from seatrobot.accounts.sign_in_log.kinds import Method
from seatrobot.accounts.staff import passkeys
from seatrobot.accounts.staff.errors import StaffRefused
from seatrobot.accounts.staff.pages import StaffRequest, fresh_passkey_required, staff_page
from seatrobot.kernel.acting import acting, current
from seatrobot.kernel.journal import services as journal

UNPROCESSABLE = 422


@require_safe
@staff_page
def show(request: StaffRequest) -> HttpResponse:
    journal.record(Action.ACCOUNT_FACTOR_VIEW, subject=request.staff.pk)
    return render(request, "staff/passkeys.html", {"lines": factors.factors_of(request.staff)})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
@fresh_passkey_required
def add(request: StaffRequest) -> HttpResponse:
    name = describe(request.headers.get("User-Agent", ""))
    form = FactorNameForm(request.POST or None, initial={"name": name})
    if form.is_valid() and _added(request, form):
        messages.success(request, _("“%s” is added.") % form.cleaned_data["name"])
        return redirect("staff:passkeys")
    context = {"form": form, "passkey_origin": relying_party.origin()}
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "staff/add_passkey.html", context, status=status)


@require_POST
@staff_page
@fresh_passkey_required
def options(request: StaffRequest) -> JsonResponse:
    return JsonResponse(ceremonies.enrol_options(request, request.staff))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
@fresh_passkey_required
def rename(request: StaffRequest, passkey: UUID) -> HttpResponse:
    line = _load(request, passkey)
    form = FactorNameForm(request.POST or None, initial={"name": line.name})
    if form.is_valid():
        name = form.cleaned_data["name"]
        factors.rename(account=request.staff, factor_id=passkey, name=name)
        messages.success(request, _("The name is changed."))
        return redirect("staff:passkeys")
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "staff/rename.html", {"form": form, "line": line}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
@fresh_passkey_required
def remove(request: StaffRequest, passkey: UUID) -> HttpResponse:
    line = _load(request, passkey)
    if request.method != "POST":
        return render(request, "staff/remove.html", {"line": line})
    try:
        passkeys.remove(account=request.staff, passkey_id=passkey)
    except StaffRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("“%s” is removed.") % line.name)
    return redirect("staff:passkeys")


def _added(request: StaffRequest, form: FactorNameForm) -> bool:
    """Enrol a passkey and renew the session; when it is refused, say so on the form."""
    try:
        with acting(current().actor):
            passkeys.add(
                account=request.staff,
                name=form.cleaned_data["name"],
                answer=request.POST.get("answer", ""),
                challenge=ceremonies.take_challenge(request, Purpose.ENROL),
            )
    except FactorRefused as error:
        log_detail(request.staff, error)
        form.add_error(None, str(error))
        return False
    assurance.shown(request, Method.PASSKEY)
    return True


def _load(request: StaffRequest, passkey: UUID) -> FactorLine:
    for line in factors.factors_of(request.staff):
        if line.id == passkey:
            return line
    raise Http404
