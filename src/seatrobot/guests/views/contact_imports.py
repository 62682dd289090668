"""Importing an address book: file or pasted text, columns and check on one page, progress."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.contacts.feature import Permission
from seatrobot.contacts.models import ContactImport
from seatrobot.documents.sheet import MAX_BYTES
from seatrobot.guests.importing.headings import Target
from seatrobot.guests.importing.mapping import TARGET_LABELS
from seatrobot.guests.services import contact_imports as imports
from seatrobot.kernel import acting
from seatrobot.kernel.answers import attempt
from seatrobot.kernel.progress.models import Progress
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.textfields import TextField
from seatrobot.organizations.pages import MemberRequest, member_page

UNPROCESSABLE = 422
SAMPLES = 3


class BookForm(forms.Form):
    """A file, or text copied from a spreadsheet or an address book."""

    file = forms.FileField(
        label=gettext_lazy("Address book"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.vcf,.vcard"}),
    )
    pasted = TextField(
        label=gettext_lazy("Or paste it here"),
        required=False,
        max_length=imports.LONGEST_PASTED,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Rows of a spreadsheet with their headings, or vCards."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        if file is None and not cleaned.get("pasted") and not self.errors:
            self.add_error("file", _("Choose a file, or paste rows."))
        if file is not None and (file.size or 0) > MAX_BYTES:
            sentence = _("The file is too large; at most %(most)s MB are accepted.")
            self.add_error("file", sentence % {"most": MAX_BYTES // 1024**2})
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.CONTACT_CHANGE)
def upload(request: MemberRequest) -> HttpResponse:
    posted = request.method == "POST"
    form = BookForm(request.POST, request.FILES) if posted else BookForm()

    def act() -> ContactImport:
        file, pasted = form.cleaned_data["file"], request.POST.get("pasted", "")
        name, data = (file.name, file.read()) if file else (_("Pasted rows"), pasted.encode())
        return imports.receive(actor=request.member, filename=name, data=data)

    if form.is_bound and form.is_valid() and (done := attempt(form, act)):
        return redirect("contact-guests:import-check", done[0].organization_id, done[0].pk)
    context = {"form": form, "organization": request.member.organization_id}
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "guests/contact_import.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.CONTACT_CHANGE)
def check(request: MemberRequest, upload: UUID) -> HttpResponse:
    """Show what the columns are taken for and what would happen; a POST says what they are."""
    row = imports.load(request.member, upload)
    if row.progress_id and imports.is_started(row):
        return redirect("contact-guests:import-progress", row.organization_id, upload)
    if not row.sealed.data:
        return redirect("contact-guests:import", row.organization_id)
    if request.method == "POST":
        _set_columns(request, row)
        return redirect("contact-guests:import-check", row.organization_id, upload)
    sheet = None if row.sealed.is_cards else imports.sheet_of(row)
    outcome = imports.dry_run(actor=request.member, row=row)
    columns = []
    if sheet is not None:
        head = [cells for _number, cells in sheet.head]
        below = [cells for number, cells in sheet.head if number > sheet.rows.below] or head
        for index, name in enumerate(sheet.columns):
            samples = [cells[index] for cells in below if index < len(cells) and cells[index]]
            columns.append(
                {
                    "index": index,
                    "name": name,
                    "samples": list(dict.fromkeys(samples))[:SAMPLES],
                    "target": row.sealed.columns.get(name, Target.IGNORE.value),
                }
            )
    context = {
        "organization": row.organization_id,
        "upload": row,
        "file": row.sealed,
        "columns": columns,
        "targets": _targets(),
        "counts": outcome.counts,
        "good": outcome.counts["new"] + outcome.counts["changed"],
        "groups": [
            (heading, outcome.counts[kind], outcome.lines.get(kind, ()))
            for kind, heading in (
                ("wrong", _("Cannot be imported")),
                ("left_out", _("Left out, as it is nobody")),
                ("changed", _("Added to a contact there is")),
                ("new", _("New contacts")),
            )
            if outcome.counts[kind]
        ],
    }
    return render(request, "guests/contact_import_check.html", context)


@require_POST
@member_page(Permission.CONTACT_CHANGE)
def run(request: MemberRequest, upload: UUID) -> HttpResponse:
    row = imports.start(actor=request.member, import_id=upload)
    return redirect("contact-guests:import-progress", row.organization_id, upload)


@require_safe
@member_page(Permission.CONTACT_CHANGE)
def watch(request: MemberRequest, upload: UUID) -> HttpResponse:
    row = imports.load(request.member, upload)
    work = Progress.objects.filter(pk=row.progress_id).first() if row.progress_id else None
    if work is None:
        return redirect("contact-guests:import-check", row.organization_id, upload)
    context = {"organization": row.organization_id, "upload": row, "work": work}
    if request.headers.get("HX-Request"):
        return render(request, "guests/contact_import_part.html", context)
    return render(request, "guests/contact_import_progress.html", context)


@require_POST
@member_page(Permission.CONTACT_CHANGE)
def discard(request: MemberRequest, upload: UUID) -> HttpResponse:
    row = imports.load(request.member, upload)
    imports.discard(actor=request.member, row=row)
    messages.success(request, _("The file is deleted; the contacts are as they were."))
    return redirect("contacts:list", request.member.organization_id)


def _set_columns(request: MemberRequest, row: ContactImport) -> None:
    names = list(row.sealed.columns)
    said = {name: request.POST.get(f"column-{index}", "") for index, name in enumerate(names)}
    try:
        with acting.savepoint():
            imports.set_columns(
                actor=request.member,
                row=row,
                columns=said,
                overwrite=bool(request.POST.get("overwrite")),
            )
    except Refused as refusal:
        messages.error(request, refusal.sentence)


def _targets() -> list[tuple[str, str]]:
    found = [(target.value, str(TARGET_LABELS[target])) for target in imports.TARGETS]
    found.append((imports.MORE_EMAILS, _("More e-mail addresses")))
    return [*found, (Target.IGNORE.value, _("Left out"))]
