"""The Access log: who did what, filtered, page by page, and as a file."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from seatrobot.accounts.pages import page_mark
from seatrobot.accounts.sudo import fresh_sign_in_required_to_download
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations import loaders
from seatrobot.organizations.event_titles import all_titles
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.forms import LogForm
from seatrobot.organizations.log import exporting, reading
from seatrobot.organizations.log.lines import fold, lines_of
from seatrobot.organizations.log.tabs import tabs_of
from seatrobot.organizations.pages import MemberRequest, member_page

CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


@require_safe
@member_page(Permission.JOURNAL_VIEW)
def show(request: MemberRequest) -> HttpResponse:
    titles = all_titles()
    form = _form(request, titles)
    chosen, before = form.chosen(), page_mark(request)
    entries, older = reading.page(request.member.organization_id, chosen, before)
    journal.record(Action.JOURNAL_VIEW, filters=chosen.words())
    context = {
        "tabs": tabs_of(request.member, "everything"),
        "form": form,
        "lines": fold(lines_of(entries, titles)),
        "older": older,
        "is_first": before is None,
        "is_filtered": bool(chosen.words()),
        "may_export": request.member.may(Permission.JOURNAL_EXPORT),
    }
    return render(request, "organizations/log.html", context)


@require_safe
@member_page(Permission.JOURNAL_EXPORT)
@fresh_sign_in_required_to_download
def export(request: MemberRequest, kind: str) -> HttpResponseBase:
    chosen = _form(request, all_titles()).chosen()
    write = exporting.csv_writer() if kind == "csv" else exporting.json_lines
    rows = exporting.export(actor=request.member, chosen=chosen, before=new_id(), write=write)
    answer = StreamingHttpResponse(rows, content_type=CONTENT_TYPES[kind])
    name = f"access-log-{now():%Y-%m-%d}.{kind}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _form(request: MemberRequest, titles: dict[UUID, str]) -> LogForm:
    people = loaders.load_members(request.member, titles)
    members = {person.account_id: person.name for person in people}
    return LogForm(request.GET, members=members, events=titles)
