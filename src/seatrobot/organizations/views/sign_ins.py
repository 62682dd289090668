"""The Access log's sign-ins: who, when, from what; filtered, page by page, and as a file."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from seatrobot.accounts.pages import page_mark
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations import loaders
from seatrobot.organizations.feature import Action, Permission
from seatrobot.organizations.log import sign_in_export, sign_ins
from seatrobot.organizations.log.sign_in_form import SignInLogForm
from seatrobot.organizations.log.tabs import tabs_of
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.organizations.views.log import CONTENT_TYPES


@require_safe
@member_page(Permission.JOURNAL_VIEW)
def show(request: MemberRequest) -> HttpResponse:
    form = _form(request)
    chosen, before = form.chosen(), page_mark(request)
    organization_id = request.member.organization_id
    lines, older = sign_ins.page(organization_id, chosen, before)
    journal.record(Action.JOURNAL_SIGN_INS_VIEW, filters=chosen.words())
    context = {
        "tabs": tabs_of(request.member, "sign-ins"),
        "form": form,
        "lines": lines,
        "older": older,
        "is_first": before is None,
        "is_filtered": bool(chosen.words()),
        "picture": sign_ins.picture(organization_id),
        "may_export": request.member.may(Permission.JOURNAL_EXPORT),
    }
    return render(request, "organizations/log_sign_ins.html", context)


@require_safe
@member_page(Permission.JOURNAL_EXPORT)
def export(request: MemberRequest, kind: str) -> HttpResponseBase:
    chosen = _form(request).chosen()
    write = sign_in_export.csv_writer() if kind == "csv" else sign_in_export.json_lines
    rows = sign_in_export.export(actor=request.member, chosen=chosen, before=new_id(), write=write)
    answer = StreamingHttpResponse(rows, content_type=CONTENT_TYPES[kind])
    name = f"sign-ins-{now():%Y-%m-%d}.{kind}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _form(request: MemberRequest) -> SignInLogForm:
    people = loaders.load_members(request.member, {})
    return SignInLogForm(request.GET, members={person.account_id: person.name for person in people})
