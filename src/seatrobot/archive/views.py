"""Pages of archives: load and authorise, parse, call one service, render."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts.assurance import (
    fresh_sign_in_required,
    fresh_sign_in_required_to_download,
    releases,
)
from seatrobot.archive import importing, services
from seatrobot.archive.feature import Action, Permission
from seatrobot.archive.forms import ImportForm, MakeForm
from seatrobot.archive.models import Archive
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.progress.models import Progress
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations.pages import MemberRequest, member_page

RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@dataclass(frozen=True, slots=True)
class Line:
    """An archive as the page lists it. state: that of its progress."""

    archive: Archive
    progress: Progress
    gone_at: datetime

    @property
    def is_import(self) -> bool:
        return self.archive.direction == Archive.Direction.IN

    @property
    def is_ready(self) -> bool:
        return not self.is_import and self.archive.finished_at is not None

    @property
    def is_kept(self) -> bool:
        """Whether the file is here: what was handed in is forgotten once it is imported."""
        return not (self.is_import and self.state == Progress.State.DONE)

    @property
    def state(self) -> str:
        return Progress.State.DONE if self.archive.finished_at else self.progress.shown_state

    @property
    def text(self) -> str:
        if self.state == Progress.State.RUNNING:
            return _("Importing the archive") if self.is_import else _("Making the archive")
        return self.progress.message

    @property
    def poll(self) -> str:
        if self.state != Progress.State.RUNNING:
            return ""
        place = (self.archive.organization_id, self.archive.pk)
        return reverse("archive:progress", args=place)


@require_safe
@member_page(Permission.ARCHIVE_MAKE)
def page(request: MemberRequest) -> HttpResponse:
    journal.record(Action.ARCHIVE_LIST)
    return render(request, "archive/page.html", _context(request) | {"form": MakeForm()})


@require_POST
@member_page(Permission.ARCHIVE_MAKE)
@fresh_sign_in_required
def make(request: MemberRequest) -> HttpResponse:
    form = MakeForm(request.POST)

    def done(_archive: Archive) -> HttpResponse:
        return redirect("archive:page", request.member.organization_id)

    return form_page(
        request,
        form,
        act=lambda: services.ask(
            actor=request.member,
            archive_id=form.cleaned_data["id"],
            recipient=form.cleaned_data["recipient"],
        ),
        done=done,
        template="archive/page.html",
        context=lambda: _context(request),
    )


@require_safe
@member_page(Permission.ARCHIVE_MAKE)
def progress(request: MemberRequest, archive: UUID) -> HttpResponse:
    """Return how far an archive is, for the page that shows it meanwhile."""
    line = _line(services.load(request.member, archive))
    if line.state != Progress.State.RUNNING and request.headers.get("HX-Request"):
        return HttpResponse(status=HTTPStatus.OK, headers={"HX-Refresh": "true"})
    return render(request, "archive/progress.html", {"line": line})


@require_safe
@member_page(Permission.ARCHIVE_MAKE)
@releases(gettext_lazy("everything of your organization"))
@fresh_sign_in_required_to_download
def download(request: MemberRequest, archive: UUID) -> HttpResponseBase:
    """Hand an archive out, whole or from where an earlier download broke off (RFC 9110, 14)."""
    row = services.load(request.member, archive)
    tag = f'"{row.sealed.sha256}"'
    wanted = request.headers.get("Range", "")
    if request.headers.get("If-Range", tag) != tag:
        wanted = ""
    part = _part(wanted, row.size)
    if part is None:
        answer = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        answer["Content-Range"] = f"bytes */{row.size}"
        return answer
    start, end = part
    content = services.hand_out(actor=request.member, archive=row, start=start, end=end)
    kind = "application/octet-stream" if row.sealed.recipient else "application/zip"
    whole = StreamingHttpResponse(content, content_type=kind)
    if wanted and RANGE.fullmatch(wanted):
        whole.status_code = HTTPStatus.PARTIAL_CONTENT
        whole["Content-Range"] = f"bytes {start}-{end - 1}/{row.size}"
    whole["Accept-Ranges"] = "bytes"
    whole["ETag"] = tag
    whole["Content-Length"] = str(end - start)
    whole["Content-Disposition"] = content_disposition_header(True, row.sealed.filename) or ""
    return whole


@require_POST
@member_page(Permission.ARCHIVE_MAKE)
def remove(request: MemberRequest, archive: UUID) -> HttpResponse:
    services.remove(actor=request.member, archive=services.load(request.member, archive))
    messages.success(request, _("The archive is removed."))
    return redirect("archive:page", request.member.organization_id)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.ARCHIVE_IMPORT)
@fresh_sign_in_required
def bring_in(request: MemberRequest) -> HttpResponse:
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()

    def receive() -> Archive:
        file = form.cleaned_data["file"]
        return services.receive(
            actor=request.member,
            archive_id=form.cleaned_data["id"],
            filename=file.name,
            file=file.file,
            leave_unknown=form.cleaned_data["leave_unknown"],
        )

    return form_page(
        request,
        form,
        act=receive,
        done=lambda _archive: redirect("archive:page", request.member.organization_id),
        template="archive/import.html",
        context={"organization": request.member.organization_id, "occupied": _occupied(request)},
    )


def _occupied(request: MemberRequest) -> str:
    """Return why nothing can be imported here; "" where it can."""
    try:
        importing.require_empty(request.member)
    except Refused as refusal:
        return refusal.sentence
    return ""


def _context(request: MemberRequest) -> dict[str, Any]:
    return {
        "organization": request.member.organization_id,
        "lines": [_line(row) for row in services.load_all(request.member)],
        "days": services.KEPT.days,
        "is_empty": not _occupied(request),
    }


def _line(row: Archive) -> Line:
    shown = Progress.objects.filter(pk=row.progress_id).first()
    return Line(row, shown or Progress(state=Progress.State.FAILED), row.created_at + services.KEPT)


def _part(wanted: str, size: int) -> tuple[int, int] | None:
    """Return which bytes are asked for, from one up to another (not with it).

    All of them where no single range is asked for; None for a range that the file has not.
    """
    found = RANGE.fullmatch(wanted)
    if found is None or found.groups() == ("", ""):
        return 0, size
    first, last = found.groups()
    if first:
        start, end = int(first), min(int(last) + 1 if last else size, size)
    else:
        start, end = max(0, size - int(last)), size
    return (start, end) if start < end else None
