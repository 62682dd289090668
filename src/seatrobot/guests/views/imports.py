"""Importing a guest list, step by step: file, columns, check, progress."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as MappingOf
from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts.assurance import fresh_sign_in_required_to_download
from seatrobot.contacts.feature import Permission as ContactPermission
from seatrobot.documents.reading import Sheet, UnreadableSheet
from seatrobot.documents.writing import write_csv
from seatrobot.events.reading import load_event
from seatrobot.guests import capacity, jobs
from seatrobot.guests.feature import Action, Permission
from seatrobot.guests.forms import MappingForm, ReadingForm, UploadForm
from seatrobot.guests.guest_list import open_list
from seatrobot.guests.importing.headings import Target, is_special
from seatrobot.guests.importing.mapping import NOTHING, Mapping
from seatrobot.guests.importing.reports import Answer, Kind, Outcome, Report, Word
from seatrobot.guests.importing.values import is_plain_answer, is_yes_or_no
from seatrobot.guests.models import Import
from seatrobot.guests.reading import load_import
from seatrobot.guests.services import imports
from seatrobot.guests.services.imports import ImportRefused
from seatrobot.guests.statuses import REPLY_CHOICES, Status
from seatrobot.guests.views.lists import frame
from seatrobot.kernel.cards import CardNumber
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
        except (UnreadableSheet, CardNumber) as error:
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
    mapping, status, is_remembered = imports.proposed(
        actor=request.member, upload=row, sheet=sheet, own=own
    )
    form = MappingForm(
        request.POST or None,
        columns=sheet.columns,
        mapping=mapping,
        default_status=status,
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

    def apart(name: str) -> bool:
        return mapping.columns[name] == Target.SPECIAL

    context = {
        **_frame(request, row, 2),
        "form": form,
        "reading": ReadingForm(sheet=sheet, choice=row.sealed.reading),
        "sheet": sheet,
        "is_remembered": is_remembered,
        "doubtful": _doubtful(sheet, mapping),
        "open": [name for name in mapping.new_columns if is_special(name) and not apart(name)],
        "apart": list(filter(apart, mapping.new_columns)),
        "columns": list(zip(form.column_fields, _samples(sheet), strict=True)),
    }
    status_code = UNPROCESSABLE if form.is_bound else 200
    return render(request, "guests/import_columns.html", context, status=status_code)


@require_POST
@member_page(Permission.GUEST_IMPORT)
def reading(request: MemberRequest, event_id: UUID, upload: UUID) -> HttpResponse:
    """Read the file another way: another sheet or encoding, with or without headings, repaired."""
    row = load_import(request.member, event_id, upload)
    if "repair-only" in request.POST:
        imports.repair(actor=request.member, upload=row)
        return redirect("guests:import-check", row.organization_id, event_id, upload)
    sheet = imports.sheet_of(actor=request.member, upload=row)
    form = ReadingForm(request.POST, sheet=sheet, choice=row.sealed.reading)
    if form.is_valid():
        try:
            imports.set_reading(actor=request.member, upload=row, reading=form.choice)
        except (UnreadableSheet, CardNumber) as error:
            messages.error(request, str(error))
    return redirect("guests:import-columns", row.organization_id, event_id, upload)


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
    problems = counts[Outcome.WRONG] + counts[Outcome.ASKED]
    good = counts[Outcome.CREATED] + counts[Outcome.UPDATED]
    shown = _outcome(request.GET.get("show", "")) or _most_urgent(counts)
    lines = report.lines[shown]
    context = {
        **_frame(request, row, 3),
        "counts": {outcome.value: count for outcome, count in counts.items()},
        "new": counts[Outcome.CREATED] + report.companions,
        "problems": problems,
        "good": good,
        "report": report,
        "words": [(word, _meanings(word)) for word in report.words],
        "questions": _questions(report, row.sealed.answers),
        "usual": sum(report.usual.values()),
        "is_started": imports.is_started(row),
        "lacking": capacity.lacking(row.event.activity, report.places),
        "tabs": _tabs(report, shown),
        "shown": shown.value,
        "lines": lines,
        "not_shown": counts[shown] - len(lines),
    }
    return render(request, "guests/import_check.html", context)


@require_POST
@member_page(Permission.GUEST_IMPORT)
def answers(request: MemberRequest, event_id: UUID, upload: UUID) -> HttpResponse:
    """Take in what was answered to the questions of the dry run, and show it again."""
    row = load_import(request.member, event_id, upload)
    said = {name: str(request.POST[name]) for name in request.POST}
    imports.answer(
        actor=request.member,
        upload=row,
        answers=_after(said, "answer-"),
        values=_after(said, "word-"),
    )
    return redirect("guests:import-check", row.organization_id, event_id, upload)


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
            if verdict.outcome in {Outcome.WRONG, Outcome.ASKED}:
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
    imports.discard(actor=request.member, upload=row)
    messages.success(request, _("The file is deleted; the guest list is as it was."))
    return redirect("guests:list", row.organization_id, event_id)


def _frame(request: MemberRequest, row: Import, step: int) -> dict[str, Any]:
    return {**frame(request, row.event), "upload": row, "file": row.sealed, "step": step}


def _start_again(request: MemberRequest, row: Import, sentence: str) -> HttpResponse:
    messages.warning(request, sentence)
    return redirect("guests:import", row.organization_id, row.event_id)


def _doubtful(sheet: Sheet, mapping: Mapping) -> list[str]:
    """Return the columns of yes and no that may say who comes, where no column is taken for it."""
    meant = {Target.STATUS, Target.REPLY}
    if meant & set(mapping.columns.values()):
        return []
    head = [cells for _number, cells in islice(sheet.rows, 50)]
    found = []
    for index, name in enumerate(sheet.columns):
        filled = [cells[index] for cells in head if cells[index].strip()]
        is_new = mapping.columns.get(name) == Target.NEW
        says_so = any(map(is_plain_answer, filled))
        if is_new and says_so and all(is_yes_or_no(cell) for cell in filled):
            found.append(name)
    return found


def _meanings(word: Word) -> list[tuple[str, str, bool]]:
    """Return what a word of a status column can mean, and whether it is taken so."""
    labels = dict(REPLY_CHOICES) | {status.value: str(status.label) for status in Status}
    choices = [*labels.items(), (NOTHING, _("Says nothing"))]
    if not word.meaning:
        choices.insert(0, ("", _("Choose")))
    return [(value, str(label), value == word.meaning) for value, label in choices]


def _questions(report: Report, given: MappingOf[str, str]) -> list[dict[str, Any]]:
    """Return what is asked, by kind: how many rows, what can be answered for all, and the rows."""
    headings = {
        Kind.TOTAL: _("Is this a guest?"),
        Kind.COUPLE: _("One guest, or several?"),
        Kind.HOST: _("Whose guest is this?"),
        Kind.NAME: _("The same person?"),
        Kind.ADDRESS: _("One e-mail: one person, or two?"),
        Kind.ROW: _("Twice in the file?"),
        Kind.DATE: _("Does the day come first?"),
        Kind.NAMELESS: _("What are these guests called?"),
        Kind.COMPANION: _("Who comes along?"),
        Kind.BROUGHT: _("Is whoever comes along there already?"),
    }
    general = {
        Answer.SAME: _("For all: the same person"),
        Answer.NEW: _("For all: somebody else"),
        Answer.SPLIT: _("For all: split"),
        Answer.ONE: _("For all: one guest"),
        Answer.DAY: _("For all: the day first"),
        Answer.MONTH: _("For all: the month first"),
        Answer.NOBODY: _("For all: nobody comes along"),
        Answer.PLACE: _("For all: hold places"),
        Answer.NAMED: _("For all: take the name"),
        Answer.SKIP: _("For all: leave out"),
    }
    groups = []
    for kind, heading in headings.items():
        lines = [line for line in report.asked if line.question and line.question.kind is kind]
        if not lines:
            continue
        offered = {
            option.value.partition(":")[0]
            for line in lines
            if line.question
            for option in line.question.options
        }
        chosen = given.get(f"*:{kind}", "")
        for_all = [(a.value, label, a.value == chosen) for a, label in general.items()]
        groups.append(
            {
                "kind": kind.value,
                "heading": heading,
                "count": report.questions[kind],
                "open": sum(1 for line in lines if line.question and not line.question.answer),
                "usual": report.usual.get(kind, 0),
                "lines": lines,
                "not_shown": report.questions[kind] - len(lines),
                "for_all": [choice for choice in for_all if choice[0] in offered],
            }
        )
    return sorted(groups, key=lambda group: (not group["open"], not group["usual"]))


def _after(said: MappingOf[str, str], prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): value for name, value in said.items() if name.startswith(prefix)
    }


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
    order = (
        Outcome.WRONG,
        Outcome.CREATED,
        Outcome.UPDATED,
        Outcome.UNCHANGED,
        Outcome.ASKED,
    )
    return next((outcome for outcome in order if counts[outcome]), Outcome.CREATED)


def _tabs(report: Report, shown: Outcome) -> list[dict[str, Any]]:
    labels = {
        Outcome.CREATED: _("New rows"),
        Outcome.UPDATED: _("Changed"),
        Outcome.UNCHANGED: _("The same"),
        Outcome.WRONG: _("Wrong"),
        Outcome.ASKED: _("Not answered yet"),
        Outcome.LEFT_OUT: _("Left out"),
    }
    return [
        {
            "label": label,
            "url": f"?show={outcome.value}",
            "active": outcome is shown,
            "count": report.counts[outcome],
        }
        for outcome, label in labels.items()
        if report.counts[outcome] or outcome is shown or outcome is not Outcome.LEFT_OUT
    ]
