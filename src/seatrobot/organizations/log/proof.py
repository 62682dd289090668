"""The journal's checkpoint of today, to keep, and the comparison of a kept one with it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from seatrobot.accounts.assurance import fresh_sign_in_required_to_download
from seatrobot.kernel.answers import add_error
from seatrobot.kernel.heads import log_file as log_writing
from seatrobot.kernel.heads import log_files
from seatrobot.kernel.journal import proofs, proving, signing
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.log.text import tabs
from seatrobot.organizations.pages import MemberRequest, member_page

LONGEST_CHECKPOINT = 2000


class CheckpointForm(forms.Form):
    checkpoint = forms.CharField(
        label=_("The checkpoint you have kept"),
        max_length=LONGEST_CHECKPOINT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocomplete": "off"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.JOURNAL_EXPORT)
def compare(request: MemberRequest) -> HttpResponse:
    """Show today's checkpoint; compare a pasted one with it, on the page or as a proof (JSON)."""
    form = CheckpointForm(request.POST if request.method == "POST" else None)
    compared = _compared(request, form)
    journal.record(Action.JOURNAL_VIEW, page="proof")
    if compared and compared.proof and "download" in request.POST:
        return _file(proofs.written(compared.proof), "journal-proof.json", "application/json")
    context: dict[str, Any] = {
        "tabs": tabs(request.member, "proof"),
        "form": form,
        "compared": compared,
        "checkpoint": _checkpoint(request),
        "key": signing.verifier_key(),
        "may_export": request.member.may(Permission.JOURNAL_EXPORT),
    }
    status = 422 if form.errors else 200
    return render(request, "organizations/log_proof.html", context, status=status)


@require_safe
@member_page(Permission.JOURNAL_EXPORT)
def checkpoint(request: MemberRequest) -> HttpResponse:
    """Answer with today's checkpoint as a file; 422 while there is none."""
    journal.record(Action.JOURNAL_VIEW, page="checkpoint")
    note = proving.newest_checkpoint(request.member.organization_id)
    return _file(note.encode(), "journal-checkpoint.txt", "text/plain; charset=utf-8")


@require_safe
@member_page(Permission.JOURNAL_EXPORT)
@fresh_sign_in_required_to_download
def log_file(request: MemberRequest) -> HttpResponse:
    """Answer with the log and the proof that it is whole; 422 while no head speaks of it."""
    file = log_files.make(request.member.organization_id)
    journal.record(Action.JOURNAL_EXPORT, rows=len(file.entries), filters=[])
    return _file(log_writing.written(file), "journal-log.json", "application/json")


def _compared(request: MemberRequest, form: CheckpointForm) -> proving.Comparison | None:
    if not form.is_valid():
        return None
    try:
        return proving.compare(request.member.organization_id, form.cleaned_data["checkpoint"])
    except proving.NoProof as refusal:
        add_error(form, refusal)
        return None


def _checkpoint(request: MemberRequest) -> str:
    try:
        return proving.newest_checkpoint(request.member.organization_id)
    except proving.NoProof:
        return ""


def _file(content: bytes, name: str, content_type: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
