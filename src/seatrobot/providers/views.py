"""Pages of providers in the staff area: the register, one provider, recording a certificate."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts import unsent
from seatrobot.accounts.assurance import fresh_sign_in_required
from seatrobot.accounts.pages import StaffRequest, staff_page
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.providers import reading, services
from seatrobot.providers.feature import Action
from seatrobot.providers.forms import CertificateForm, ProviderForm
from seatrobot.providers.models import Certificate, Provider


@require_safe
@staff_page
def providers(request: StaffRequest) -> HttpResponse:
    journal.record(Action.PROVIDER_LIST)
    return render(request, "providers/list.html", {"providers": reading.providers()})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
@fresh_sign_in_required
@unsent.read_by(ProviderForm)
def add(request: StaffRequest) -> HttpResponse:
    form = ProviderForm(request.POST or None)
    return form_page(
        request,
        form,
        act=lambda: services.add(**form.cleaned_data),
        done=lambda row: redirect("staff-providers:provider", row.pk),
        template="providers/add.html",
        context={},
    )


@require_safe
@staff_page
def show(request: StaffRequest, provider: UUID) -> HttpResponse:
    row = _load(provider)
    return render(request, "providers/provider.html", _context(row) | {"form": CertificateForm()})


@require_POST
@staff_page
@fresh_sign_in_required
@unsent.read_by(CertificateForm)
def record(request: StaffRequest, provider: UUID) -> HttpResponse:
    """Record what was found in a certificate; the document is hashed here and not stored."""
    row = _load(provider)
    form = CertificateForm(request.POST, request.FILES)

    def done(_row: Certificate) -> HttpResponse:
        messages.success(request, _("The certificate is recorded and signed."))
        return redirect("staff-providers:provider", row.pk)

    return form_page(
        request,
        form,
        act=lambda: services.record(provider=row, by=request.staff.pk, facts=form.facts),
        done=done,
        template="providers/provider.html",
        context=lambda: _context(row),
    )


@require_POST
@staff_page
@fresh_sign_in_required
def end(request: StaffRequest, provider: UUID) -> HttpResponse:
    services.end(provider=_load(provider))
    messages.success(request, _("The provider counts no more."))
    return redirect("staff-providers:list")


@require_POST
@staff_page
@fresh_sign_in_required
def drop(request: StaffRequest, provider: UUID, certificate: UUID) -> HttpResponse:
    row = get_object_or_404(Certificate, pk=certificate, provider=_load(provider))
    services.drop(certificate=row)
    messages.success(request, _("The certificate counts no more."))
    return redirect("staff-providers:provider", provider)


def _load(provider: UUID) -> Provider:
    return get_object_or_404(Provider, pk=provider, ended_at=None)


def _context(row: Provider) -> dict[str, Any]:
    journal.record(Action.PROVIDER_LIST)
    return {"provider": reading.line(row)}
