"""Pages of laptops in the staff area: one's own, those of everybody, confirming, removing."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts.assurance import fresh_sign_in_required
from seatrobot.accounts.factors import statements, webauthn
from seatrobot.accounts.factors.refusals import FactorRefused
from seatrobot.accounts.pages import StaffRequest, staff_page
from seatrobot.devices import download, reading, services
from seatrobot.devices.feature import Action
from seatrobot.devices.models import Device
from seatrobot.kernel.journal import services as journal


@require_safe
@staff_page
def devices(request: StaffRequest) -> HttpResponse:
    return _page(request)


@require_POST
@staff_page
@fresh_sign_in_required
def new(request: StaffRequest) -> HttpResponse:
    """Show a token, once: only its hash is stored."""
    return _page(request, services.give_token(account=request.staff))


@require_safe
@staff_page
def program(_request: StaffRequest) -> HttpResponse:
    """Hand out the program for laptops."""
    answer = HttpResponse(download.program(), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{download.NAME}"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def confirm(request: StaffRequest, device: UUID) -> HttpResponse:
    """Ask the owner to compare the key and to sign that it is theirs."""
    row = _load(request, device)
    refusal = None
    if request.method == "POST":
        try:
            signed = statements.receive(request, request.staff, kind=services.ENROLMENT)
            services.confirm(account=request.staff, device=row, signed=signed)
        except FactorRefused as error:
            refusal = error
        else:
            messages.success(request, _("The laptop is enrolled. Have it report now."))
            return redirect("staff-devices:list")
    if row.confirmed_at is not None:
        return redirect("staff-devices:list")
    [line] = reading.lines([row])
    context = {
        "line": line,
        "error": refusal and refusal.sentence,
        "passkey_origin": webauthn.origin(),
    }
    return render(request, "devices/confirm.html", context, status=422 if refusal else 200)


@require_POST
@staff_page
def confirm_options(request: StaffRequest, device: UUID) -> JsonResponse:
    row = _load(request, device)
    return JsonResponse(statements.ask(request, request.staff, services.statement_of(row)))


@require_POST
@staff_page
@fresh_sign_in_required
def remove(request: StaffRequest, device: UUID) -> HttpResponse:
    services.remove(account=request.staff, device=_load(request, device))
    messages.success(request, _("The laptop is removed. Its key is worth nothing any more."))
    return redirect("staff-devices:list")


def _page(request: StaffRequest, token: str = "") -> HttpResponse:
    journal.record(Action.DEVICE_LIST)
    mine = reading.of_account(request.staff.pk)
    own = {line.id for line in mine}
    context = {
        "mine": mine,
        "others": [line for line in reading.of_staff() if line.id not in own],
        "posture": reading.posture_of(request.staff.pk),
        "token": token,
        "server": settings.BASE_URL,
        "program": download.NAME,
        "digest": download.digest(),
    }
    return render(request, "devices/list.html", context)


def _load(request: StaffRequest, device: UUID) -> Device:
    """Return a laptop of who is signed in; Http404 for any other."""
    row = Device.objects.filter(pk=device, account=request.staff).first()
    if row is None:
        raise Http404
    return row
