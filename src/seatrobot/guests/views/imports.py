"""Importing a guest list, step by step: file, columns, check, progress."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts.assurance import fresh_sign_in_required_to_download
from seatrobot.contacts.feature import Permission as ContactPermission
from seatrobot.documents.reading import Sheet, UnreadableSheet
from seatrobot.documents.writing import write_csv
from seatrobot.events.models import Event
from seatrobot.events.reading import load_event
from seatrobot.guests import capacity, jobs
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.forms import MappingForm, UploadForm
from seatrobot.guests.guest_list import open_list
from seatrobot.guests.importing.mapping import Mapping
from seatrobot.guests.importing.reports import Outcome, Report
from seatrobot.guests.models import Import
from seatrobot.guests.reading import load_import
from seatrobot.guests.services import imports
from seatrobot.guests.services.imports import ImportRefused
from seatrobot.guests.views.lists import frame
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.progress.models import Progress
from seatrobot.organizations.pages import MemberRequest, member_page

UNPROCESSABLE = 422
SAMPLES = 3


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.GUEST_IMPORT)
def upload(request: MemberRequest, event_id: UUID) -> HttpResponse:
    event = load_event(request.member, event_id)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_bound and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            received = imports.receive(
                actor=request.member, event=event, filename=file.name, data=file.read()
            )
        except UnreadableSheet as error:
            form.add_error("file", str(error))
        else:
            defer("guests.import-purge", after=jobs.KEPT, import_id=str(received.pk))
            return redirect("guests:import-columns", event.organization_id, event_id, received.pk)
    context = {**frame(request, event), "form": form, "step": 1}
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "guests/import_upload.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.GUEST_IMPORT)
def columns(request: MemberRequest, event_id: UUID, upload: UUID) -> HttpResponse:
    row = load_import(request.member, event_id, upload)
    try:
        sheet = imports.sheet_of(actor=request.member, upload=row)
    except ImportRefused as error:
        return _start_again(request, row, str(error))
    own = open_list(request.member, event_id, Permission.GUEST_IMPORT).fields
    form = MappingForm(
        request.POST or None,
        columns=sheet.columns,
        mapping=_agreed(row) or imports.guessed(sheet, own),
        default_status=row.sealed.default_status,
        keep_contacts=row.sealed.keep_contacts,
        may_keep_contacts=request.member.may(ContactPermission.CONTACT_CHANGE),
        own=own,
    )
    if request.method == "POST" and form.is_valid():
        imports.set_mapping(
            actor=request.member,
            upload=row,
            mapping=form.mapping,
            default_status=form.default,
            keep_contacts=form.cleaned_data.get("keep_contacts", False),
        )
        return redirect("guests:import-check", row.organization_id, event_id, upload)
    journal.record(
        Action.GUEST_IMPORT_PREVIEW, event_id=event_id, subject_id=upload, step="columns"
    )
    context = {
        **_frame(request, row, 2),
        "form": form,
        "sheet": sheet,
        "columns": list(zip(form.column_fields, _samples(sheet), strict=True)),
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "guests/import_columns.html", context, status=status)


@require_safe
@member_page(Permission.GUEST_IMPORT)
def check(request: MemberRequest, event_id: UUID, upload: UUID) -> HttpResponse:
    row = load_import(request.member, event_id, upload)
    if not row.sealed.columns:
        return redirect("guests:import-columns", row.organization_id, event_id, upload)
    try:
        report = imports.dry_run(actor=request.member, upload=row)
    except ImportRefused as error:
        return _start_again(request, row, str(error))
    counts = report.counts
    problems = counts[Outcome.WRONG] + counts[Outcome.DUPLICATE]
    good = counts[Outcome.CREATED] + counts[Outcome.UPDATED]
    wanted = request.GET.get("show", "questions" if report.questions and not problems else "")
    shown = None if wanted == "questions" else _outcome(wanted) or _most_urgent(counts)
    lines = report.asked if shown is None else report.lines[shown]
    total = report.questions if shown is None else counts[shown]
    context = {
        **_frame(request, row, 3),
        "counts": {outcome.value: count for outcome, count in counts.items()},
        "problems": problems,
        "good": good,
        "questions": report.questions,
        "is_started": _is_started(row),
        "lacking": _lacking(row.event, report.places),
        "tabs": _tabs(report, shown),
        "shown": shown.value if shown else "questions",
        "lines": lines,
        "not_shown": total - len(lines),
        "command": _command(row),
    }
    return render(request, "guests/import_check.html", context)


@require_safe
@member_page(Permission.GUEST_IMPORT)
@fresh_sign_in_required_to_download
def problems(request: MemberRequest, event_id: UUID, upload: UUID) -> HttpResponse:
    row = load_import(request.member, event_id, upload)
    try:
        sheet = imports.sheet_of(actor=request.member, upload=row)
        incoming = imports.compare(actor=request.member, upload=row)
    except ImportRefused as error:
        return _start_again(request, row, str(error))
    journal.record(
        Action.GUEST_IMPORT_PREVIEW, event_id=event_id, subject_id=upload, step="problems"
    )

    def rows() -> Iterator[list[str]]:
        verdicts = incoming.found.verdicts()
        for (_number, cells), verdict in zip(sheet.rows, verdicts, strict=True):
            if verdict.outcome in {Outcome.WRONG, Outcome.DUPLICATE}:
                yield [*cells, " ".join(verdict.sentences)]

    data = write_csv([*sheet.columns, _("Problem")], rows())
    return HttpResponse(
        data,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="problems.csv"'},
    )


@require_POST
@member_page(Permission.GUEST_IMPORT)
def run(request: MemberRequest, event_id: UUID, upload: UUID) -> HttpResponse:
    row = imports.start(
        actor=request.member,
        event_id=event_id,
        upload_id=upload,
        skip_problems=bool(request.POST.get("skip_problems")),
        overbook=bool(request.POST.get("overbook")),
    )
    return redirect("guests:import-progress", row.organization_id, event_id, upload)


@require_safe
@member_page(Permission.GUEST_IMPORT)
def watch(request: MemberRequest, event_id: UUID, upload: UUID) -> HttpResponse:
    row = load_import(request.member, event_id, upload)
    work = Progress.objects.filter(pk=row.progress_id).first() if row.progress_id else None
    if work is None:
        return redirect("guests:import-check", row.organization_id, event_id, upload)
    context = {**_frame(request, row, 4), "work": work}
    if request.headers.get("HX-Request"):
        return render(request, "guests/import_progress_part.html", context)
    return render(request, "guests/import_progress.html", context)


@require_POST
@member_page(Permission.GUEST_IMPORT)
def discard(request: MemberRequest, event_id: UUID, upload: UUID) -> HttpResponse:
    row = load_import(request.member, event_id, upload)
    if row.progress_id is not None:
        raise Http404
    imports.discard(actor=request.member, upload=row)
    messages.success(request, _("The file is deleted; the guest list is as it was."))
    return redirect("guests:list", row.organization_id, event_id)


def _frame(request: MemberRequest, row: Import, step: int) -> dict[str, Any]:
    return {**frame(request, row.event), "upload": row, "file": row.sealed, "step": step}


def _start_again(request: MemberRequest, row: Import, sentence: str) -> HttpResponse:
    messages.warning(request, sentence)
    return redirect("guests:import", row.organization_id, row.event_id)


def _agreed(row: Import) -> Mapping | None:
    return Mapping(row.sealed.columns) if row.sealed.columns else None


def _samples(sheet: Sheet) -> list[list[str]]:
    """Return, per column, a few of its first values that say something."""
    head = [cells for _number, cells in islice(sheet.rows, 50)]
    return [
        list(dict.fromkeys(cells[index] for cells in head if cells[index]))[:SAMPLES]
        for index in range(len(sheet.columns))
    ]


def _outcome(text: str) -> Outcome | None:
    return next((outcome for outcome in Outcome if outcome.value == text), None)


def _most_urgent(counts: dict[Outcome, int]) -> Outcome:
    order = (Outcome.WRONG, Outcome.DUPLICATE, Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED)
    return next((outcome for outcome in order if counts[outcome]), Outcome.CREATED)


def _tabs(report: Report, shown: Outcome | None) -> list[dict[str, Any]]:
    labels = {
        Outcome.CREATED: _("New"),
        Outcome.UPDATED: _("Updated"),
        Outcome.UNCHANGED: _("Already there"),
        Outcome.DUPLICATE: _("Duplicates"),
        Outcome.WRONG: _("Wrong"),
    }
    asked = {
        "label": _("Questions"),
        "url": "?show=questions",
        "active": shown is None,
        "count": report.questions,
    }
    tabs = [
        {
            "label": labels[outcome],
            "url": f"?show={outcome.value}",
            "active": outcome is shown,
            "count": report.counts[outcome],
        }
        for outcome in Outcome
    ]
    return [asked, *tabs] if report.questions or shown is None else tabs


def _is_started(row: Import) -> bool:
    """Whether an import is going on or done; one that failed can be started again."""
    work = Progress.objects.filter(pk=row.progress_id).first() if row.progress_id else None
    return work is not None and work.shown_state != Progress.State.FAILED


def _lacking(event: Event, places: int) -> int:
    """Return how many places an import takes beyond those that are free."""
    if not event.capacity or places <= 0:
        return 0
    return max(places - max(event.capacity - capacity.taken(event.activity), 0), 0)


def _command(row: Import) -> str:
    return f"seatrobot import {row.event_id} FILE --organization {row.organization_id}"
