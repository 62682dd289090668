"""Downloads of the plan."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from seatrobot.accounts.assurance import fresh_sign_in_required_to_download
from seatrobot.documents.pdf import Paper
from seatrobot.events.loaders import load_event
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.seating import state
from seatrobot.seating.exports import DOCUMENTS, export
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.previews import preview
from seatrobot.seating.views.plan import page


@require_safe
@member_page(Permission.SEATING_EXPORT)
def documents(request: MemberRequest, event: UUID) -> HttpResponse:
    row = load_event(request.member, event)
    view = state.load(request.member, event)
    journal.record(Action.SEATING_VIEW, event=event, guests=len(view.people))
    context = {
        **page(request, row, view, "documents"),
        "documents": DOCUMENTS.values(),
        "preview": preview(view),
    }
    return render(request, "seating/documents.html", context)


@require_safe
@member_page(Permission.SEATING_EXPORT)
@fresh_sign_in_required_to_download
def document(request: MemberRequest, event: UUID, name: str) -> HttpResponse:
    row = load_event(request.member, event)
    paper: Paper = "letter" if request.GET.get("paper") == "letter" else "a4"
    if name not in DOCUMENTS:
        raise Http404
    view = state.load(request.member, event)
    chosen = DOCUMENTS[name]
    content = export(actor=request.member, event=row, view=view, document=chosen, paper=paper)
    response = HttpResponse(content, content_type=chosen.content_type)
    file_name = f"{slugify(row.title) or 'event'}-{name}"
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response
