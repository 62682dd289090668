"""The Access log: who did what, and who signed in from where; filtered, paged, and as a file."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from seatrobot.accounts.assurance import fresh_sign_in_required_to_download, releases
from seatrobot.accounts.pages import page_mark
from seatrobot.kernel.clock import now
from seatrobot.kernel.heads import witnesses
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations import event_titles, loaders
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.log import entries, exporting, sign_ins, text
from seatrobot.organizations.log.exporting import LogSource, SignInSource, Source
from seatrobot.organizations.log.forms import FilterForm, LogForm, SignInLogForm
from seatrobot.organizations.pages import MemberRequest, member_page

CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


@require_safe
@member_page(Permission.JOURNAL_VIEW)
def log(request: MemberRequest) -> HttpResponse:
    titles = event_titles.titles()
    form = _log_form(request, titles)
    shows_everything = form.shows_everything
    chosen = replace(form.chosen(), only_changes=not shows_everything)
    found, older = entries.page(request.member.organization_id, chosen, page_mark(request))
    journal.record(Action.JOURNAL_VIEW, filters=chosen.words())
    lines = entries.fold_reads(entries.lines_of(found, titles))
    active = "everything" if shows_everything else "changes"
    context = _frame(request, form, active) | {"lines": lines, "older": older, "show": active}
    return render(request, "organizations/log.html", context)


@require_safe
@member_page(Permission.SIGN_INS_VIEW)
def log_sign_ins(request: MemberRequest) -> HttpResponse:
    form = _sign_in_form(request)
    chosen, before = form.chosen(), page_mark(request)
    organization_id = request.member.organization_id
    lines, older = sign_ins.page(organization_id, chosen, before)
    journal.record(Action.JOURNAL_SIGN_INS_VIEW, filters=chosen.words())
    context = _frame(request, form, "sign-ins") | {
        "lines": lines,
        "older": older,
        "picture": sign_ins.picture(organization_id),
    }
    return render(request, "organizations/log_sign_ins.html", context)


@require_safe
@member_page(Permission.JOURNAL_EXPORT)
@releases(_("the access log"))
@fresh_sign_in_required_to_download
def export(request: MemberRequest, kind: str) -> HttpResponseBase:
    chosen = _log_form(request, event_titles.titles()).chosen()
    source = LogSource(request.member.organization_id, chosen)
    return _file(request, source, "access-log", kind)


@require_safe
@member_page(Permission.JOURNAL_EXPORT)
@releases(_("the sign-ins of all members"))
@fresh_sign_in_required_to_download
def export_sign_ins(request: MemberRequest, kind: str) -> HttpResponseBase:
    chosen = _sign_in_form(request).chosen()
    source = SignInSource(request.member.organization_id, chosen)
    return _file(request, source, "sign-ins", kind)


def _file(request: MemberRequest, source: Source, name: str, kind: str) -> HttpResponseBase:
    write = exporting.csv_writer(source.columns) if kind == "csv" else exporting.json_lines
    rows = exporting.export(actor=request.member, source=source, before=new_id(), write=write)
    answer = StreamingHttpResponse(rows, content_type=CONTENT_TYPES[kind])
    if head := witnesses.newest_note():
        answer["Seatrobot-Head"] = base64.b64encode(head.encode()).decode()
    answer["Content-Disposition"] = f'attachment; filename="{name}-{now():%Y-%m-%d}.{kind}"'
    return answer


def _log_form(request: MemberRequest, titles: dict[UUID, str]) -> LogForm:
    return LogForm(
        request.GET, principal=request.member, members=_member_names(request), events=titles
    )


def _sign_in_form(request: MemberRequest) -> SignInLogForm:
    return SignInLogForm(request.GET, members=_member_names(request))


def _member_names(request: MemberRequest) -> dict[UUID, str]:
    if not request.member.may(Permission.MEMBER_VIEW):
        return {}
    return {person.account_id: person.name for person in loaders.load_members(request.member, {})}


def _frame(request: MemberRequest, form: FilterForm, active: str) -> dict[str, Any]:
    """Return what both pages show: tabs, filters, and whether there may be more."""
    return {
        "tabs": text.tabs(request.member, active),
        "form": form,
        "is_first": page_mark(request) is None,
        "is_filtered": bool(form.chosen().words()),
        "may_export": request.member.may(Permission.JOURNAL_EXPORT),
    }
