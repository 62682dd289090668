"""Staff read all of the evidence, and attest what no machine can measure."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from seatrobot.accounts.assurance import fresh_sign_in_required
from seatrobot.accounts.pages import StaffRequest, staff_page
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.promises import attesting
from seatrobot.kernel.promises import reading as promises_reading
from seatrobot.kernel.promises.declaring import PROMISES, AttestationRule, Promise
from seatrobot.kernel.promises.models import AttestationRow
from seatrobot.practices.attesting import reading
from seatrobot.practices.attesting.forms import AttestForm, RoleForm
from seatrobot.practices.feature import Action

LONGEST_NUMBER = 18
"""Digits that a number of the database can surely hold."""


@require_safe
@staff_page
def promises(request: StaffRequest) -> HttpResponse:
    journal.record(Action.PROMISE_VIEW)
    rows = promises_reading.statuses()
    return render(request, "staff_promises/list.html", {"rows": rows})


@require_safe
@staff_page
def show(request: StaffRequest, promise: str) -> HttpResponse:
    row = _load(promise)
    form = AttestForm(asked=row.attested_by) if row.attested_by else None
    return _page(request, row, form)


@require_POST
@staff_page
@fresh_sign_in_required
def attest(request: StaffRequest, promise: str) -> HttpResponse:
    """Record an attestation; the document is hashed here and goes nowhere."""
    row = _load(promise)
    form = AttestForm(request.POST, request.FILES, asked=_asked(row))
    if form.is_valid() and _accepted(
        form,
        lambda: attesting.attest(
            row,
            by=request.staff.pk,
            role=form.cleaned_data["role"],
            until=form.end,
            document=form.document_hash,
            note=form.cleaned_data["note"],
        ),
    ):
        messages.success(request, _("The attestation is recorded and signed."))
        return redirect("staff-promises:promise", promise=row.id)
    return _page(request, row, form)


@require_POST
@staff_page
@fresh_sign_in_required
def confirm(request: StaffRequest, promise: str, attestation: UUID) -> HttpResponse:
    """Confirm what somebody else attested."""
    row = _load(promise)
    form = RoleForm(request.POST, asked=_asked(row))
    first = AttestationRow.objects.filter(pk=attestation, promise=row.id, of=None).first()
    if first is None:
        raise Http404
    if form.is_valid() and _accepted(
        form,
        lambda: attesting.confirm(first, by=request.staff.pk, role=form.cleaned_data["role"]),
    ):
        messages.success(request, _("The attestation is confirmed."))
    for errors in form.errors.values():
        messages.error(request, " ".join(str(error) for error in errors))
    return redirect("staff-promises:promise", promise=row.id)


def _page(request: StaffRequest, row: Promise, form: AttestForm | None) -> HttpResponse:
    journal.record(Action.PROMISE_VIEW, promise=row.id)
    mark = request.GET.get("before", "")
    is_number = mark.isdecimal() and len(mark) <= LONGEST_NUMBER
    lines, older = reading.evidence(row, int(mark) if is_number else None)
    context = {
        "row": promises_reading.read_status(row),
        "evidence": lines,
        "older": older,
        "is_first": not mark,
        "attestations": reading.attestations(row, request.staff.pk),
        "form": form,
        "role_form": RoleForm(asked=row.attested_by) if row.attested_by else None,
    }
    status = 422 if form and form.errors else 200
    return render(request, "staff_promises/promise.html", context, status=status)


def _load(promise: str) -> Promise:
    if promise not in PROMISES:
        raise Http404
    return PROMISES[promise]


def _asked(row: Promise) -> AttestationRule:
    """Return what people are asked to attest; Http404 for what is measured."""
    if row.attested_by is None:
        raise Http404
    return row.attested_by


def _accepted(form: RoleForm, act: Callable[[], AttestationRow]) -> bool:
    try:
        act()
    except attesting.AttestationRefused as error:
        form.add_error(error.field or None, error.sentence)
        return False
    return True
