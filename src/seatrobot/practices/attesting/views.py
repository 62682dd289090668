"""Staff read all of the evidence, and attest what no machine can measure.

To attest or to confirm takes two pages: a form says what, the next one shows the statement as it
will stand and has it signed by a passkey.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts.factors import statements, webauthn
from seatrobot.accounts.factors.refusals import FactorRefused
from seatrobot.accounts.pages import StaffRequest, staff_page
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.promises import attesting
from seatrobot.kernel.promises import reading as promises_reading
from seatrobot.kernel.promises.declaring import PROMISES, AttestationRule, Promise
from seatrobot.kernel.promises.models import AttestationRow
from seatrobot.kernel.signed import canonical
from seatrobot.practices.attesting import reading
from seatrobot.practices.attesting.forms import AttestForm, RoleForm
from seatrobot.practices.feature import Action

TO_SIGN = "attestations"
"""What is to be signed, in the session, by the hash of it; the newest last."""
MOST_TO_SIGN = 8
"""Pages that may be open at once with something to sign."""
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
    return render(request, "staff_promises/promise.html", _context(request, row) | {"form": form})


@require_POST
@staff_page
def attest(request: StaffRequest, promise: str) -> HttpResponse:
    """Go on to sign an attestation; the document is hashed here and not stored."""
    row = _load(promise)
    form = AttestForm(request.POST, request.FILES, asked=_rule_of(row))
    return form_page(
        request,
        form,
        act=lambda: attesting.statement_of(
            row,
            role=form.cleaned_data["role"],
            until=form.end,
            document=form.cleaned_data["document"],
            note=form.cleaned_data["note"],
        ),
        done=lambda facts: _to_sign(request, row, facts),
        template="staff_promises/promise.html",
        context=lambda: _context(request, row),
    )


@require_POST
@staff_page
def confirm(request: StaffRequest, promise: str, attestation: UUID) -> HttpResponse:
    """Go on to confirm an attestation of somebody else."""
    row = _load(promise)
    form = RoleForm(request.POST, asked=_rule_of(row))
    first = AttestationRow.objects.filter(pk=attestation, promise=row.id, of=None).first()
    if first is None:
        raise Http404
    if not form.is_valid():
        sentences = [str(error) for errors in form.errors.values() for error in errors]
        raise attesting.AttestationRefused(" ".join(sentences))
    facts = attesting.confirmation_of(first, by=request.staff.pk, role=form.cleaned_data["role"])
    return _to_sign(request, row, facts)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def sign(request: StaffRequest, promise: str) -> HttpResponse:
    """Show the statement in words and have it signed; record what was signed."""
    row = _load(promise)
    error = ""
    if request.method == "POST":
        try:
            signed = statements.receive(request, request.staff, kind=attesting.KIND)
            attesting.record(signed)
        except (FactorRefused, attesting.AttestationRefused) as refusal:
            error = refusal.sentence
        else:
            _forget(request, signed.facts)
            messages.success(request, _("The attestation is signed and recorded."))
            return redirect("staff-promises:promise", promise=row.id)
    digest, facts = _of_page(request, row)
    if facts is None:
        return redirect("staff-promises:promise", promise=row.id)
    context = {
        "row": row,
        "facts": facts,
        "digest": digest,
        "until": datetime.fromisoformat(facts["until"]),
        "by": request.staff.sealed.name,
        "error": error,
        "passkey_origin": webauthn.origin(),
    }
    return render(request, "staff_promises/sign.html", context, status=422 if error else 200)


@require_POST
@staff_page
def sign_options(request: StaffRequest, promise: str) -> JsonResponse:
    """Ask the browser for a passkey's signature under the statement that its page shows."""
    _digest, facts = _of_page(request, _load(promise))
    if facts is None:
        raise Http404
    return JsonResponse(statements.ask(request, request.staff, facts))


def _to_sign(request: StaffRequest, row: Promise, facts: Mapping[str, Any]) -> HttpResponse:
    """Keep what is to be signed in the session, and go on to the page that shows it."""
    kept = request.session.get(TO_SIGN, {})
    digest = _digest_of(facts)
    kept.pop(digest, None)
    newest = [*kept.items(), (digest, dict(facts))][-MOST_TO_SIGN:]
    request.session[TO_SIGN] = dict(newest)
    page = reverse("staff-promises:sign", kwargs={"promise": row.id})
    return redirect(f"{page}?facts={digest}")


def _of_page(request: StaffRequest, row: Promise) -> tuple[str, dict[str, Any] | None]:
    """Return what a page of this promise has signed: what it names by hash, and nothing else.

    Each page names what it shows, so that two that are open at once are not taken for each other.
    A request that names nothing is about what was asked for last.
    """
    kept = request.session.get(TO_SIGN, {})
    digest = request.GET.get("facts") or next(reversed(kept), "")
    facts = kept.get(digest)
    return (digest, facts) if facts and facts["promise"] == row.id else (digest, None)


def _forget(request: StaffRequest, signed: Mapping[str, Any]) -> None:
    """Forget what was signed; other pages that are open can still be signed."""
    kept = request.session.get(TO_SIGN, {})
    request.session[TO_SIGN] = {
        digest: facts for digest, facts in kept.items() if not facts.items() <= signed.items()
    }


def _digest_of(facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(dict(facts)).encode()).hexdigest()


def _context(request: StaffRequest, row: Promise) -> dict[str, Any]:
    journal.record(Action.PROMISE_VIEW, promise=row.id)
    mark = request.GET.get("before", "")
    is_number = mark.isdecimal() and len(mark) <= LONGEST_NUMBER
    lines, older = reading.evidence(row, int(mark) if is_number else None)
    return {
        "row": promises_reading.read_status(row),
        "evidence": lines,
        "older": older,
        "is_first": not mark,
        "attestations": reading.attestations(row, request.staff.pk),
        "role_form": RoleForm(asked=row.attested_by) if row.attested_by else None,
    }


def _load(promise: str) -> Promise:
    if promise not in PROMISES:
        raise Http404
    return PROMISES[promise]


def _rule_of(row: Promise) -> AttestationRule:
    """Return by which rule people attest a promise; Http404 for one that is measured."""
    if row.attested_by is None:
        raise Http404
    return row.attested_by
