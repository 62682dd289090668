"""Pages of holds in the staff area: investigations, asking, confirming, renewing, ending."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts import unsent
from seatrobot.accounts.assurance import fresh_sign_in_required
from seatrobot.accounts.pages import StaffRequest, staff_page
from seatrobot.holds import reading, services
from seatrobot.holds.feature import Action
from seatrobot.holds.forms import HoldForm, InvestigationForm, RenewForm
from seatrobot.holds.models import Hold, Investigation
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.journal import services as journal

HOME = "staff-holds:list"


@require_safe
@staff_page
def holds(request: StaffRequest) -> HttpResponse:
    journal.record(Action.HOLD_LIST)
    lines = reading.investigations(request.staff.pk)
    return render(request, "holds/list.html", {"investigations": lines})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
@fresh_sign_in_required
@unsent.read_by(InvestigationForm)
def open_investigation(request: StaffRequest) -> HttpResponse:
    form = InvestigationForm(request.POST or None)
    return form_page(
        request,
        form,
        act=lambda: services.open_investigation(by=request.staff.pk, **form.cleaned_data),
        done=lambda row: redirect("staff-holds:ask", row.pk),
        template="holds/open.html",
        context={},
    )


@require_POST
@staff_page
@fresh_sign_in_required
def close(request: StaffRequest, investigation: UUID) -> HttpResponse:
    row = get_object_or_404(Investigation, pk=investigation)
    services.close_investigation(investigation=row, by=request.staff.pk)
    messages.success(request, _("The investigation is closed; nothing is held for it any more."))
    return redirect(HOME)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
@fresh_sign_in_required
@unsent.read_by(HoldForm)
def ask(request: StaffRequest, investigation: UUID) -> HttpResponse:
    row = get_object_or_404(Investigation, pk=investigation, closed_at=None)
    form = HoldForm(request.POST or None)

    return form_page(
        request,
        form,
        act=lambda: services.ask(investigation=row, by=request.staff.pk, **form.cleaned_data),
        done=lambda _row: _asked(request),
        template="holds/ask.html",
        context={"investigation": row, "renews": None},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
@fresh_sign_in_required
@unsent.read_by(RenewForm)
def renew(request: StaffRequest, hold: UUID) -> HttpResponse:
    row = get_object_or_404(Hold.objects.select_related("investigation"), pk=hold)
    form = RenewForm(request.POST or None)
    return form_page(
        request,
        form,
        act=lambda: services.renew(hold=row, by=request.staff.pk, **form.cleaned_data),
        done=lambda _row: _asked(request),
        template="holds/ask.html",
        context={"investigation": row.investigation, "renews": row},
    )


@require_POST
@staff_page
@fresh_sign_in_required
def confirm(request: StaffRequest, hold: UUID) -> HttpResponse:
    services.confirm(hold=get_object_or_404(Hold, pk=hold), by=request.staff.pk)
    messages.success(request, _("The hold is in effect; organizations concerned see it."))
    return redirect(HOME)


@require_POST
@staff_page
@fresh_sign_in_required
def end(request: StaffRequest, hold: UUID) -> HttpResponse:
    services.end(hold=get_object_or_404(Hold, pk=hold), by=request.staff.pk)
    messages.success(request, _("The hold has ended; what it kept is destroyed when it is due."))
    return redirect(HOME)


def _asked(request: StaffRequest) -> HttpResponse:
    messages.success(request, _("Nothing is held yet: a second person of the staff confirms it."))
    return redirect(HOME)
