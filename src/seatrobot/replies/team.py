"""The team's pages: who answered when and how, a party with its link, and the guests' page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.events.models import Event
from seatrobot.events.reading import load_event
from seatrobot.guests.feature import Permission as GuestPermission
from seatrobot.guests.guest_list import open_list
from seatrobot.guests.reading import load_party
from seatrobot.kernel import acting
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.replies import following, links, page_settings, services, waiting
from seatrobot.replies.feature import Action, Permission
from seatrobot.replies.forms import ReplyForm
from seatrobot.replies.models import Answer, Link
from seatrobot.replies.page_settings import PageFacts
from seatrobot.replies.reading import load
from seatrobot.replies.team_forms import TAKEN, PageForm

UNPROCESSABLE = 422
PAGE = 50
NEWEST, NEWEST_OF_EVENT = 30, 8
STATES = {
    "coming": (gettext_lazy("Coming"), "green"),
    "waiting": (gettext_lazy("Waiting"), "amber"),
    "declined": (gettext_lazy("Declined"), "grey"),
    "opened": (gettext_lazy("Opened"), "blue"),
    "issued": (gettext_lazy("Link issued"), "grey"),
    "none": (gettext_lazy("No link"), "grey"),
}
"""How a party stands, with label and tone, from the most to the least that is known."""


@require_safe
@member_page(Permission.REPLY_VIEW)
def answers(request: MemberRequest, event_id: UUID) -> HttpResponse:
    event = load_event(request.member, event_id)
    rows = following.rows(open_list(request.member, event_id), event)
    by_id = {row.id: row for row in rows}
    newest = Answer.objects.filter(event_id=event_id).order_by("-at")[:NEWEST_OF_EVENT]
    counts = {state: sum(1 for row in rows if row.state == state) for state in STATES}
    wanted = request.GET.get("state", "")
    wanted_rows = [row for row in rows if wanted not in STATES or row.state == wanted]
    shown = Paginator(wanted_rows, PAGE).get_page(request.GET.get("page"))
    journal.record(Action.ANSWER_LIST, event_id=event_id, subject_id=event_id)
    journal.shown_everybody()
    context = {
        **_frame(request, event),
        "page": shown,
        "rows": [_told(row) for row in shown],
        "total": len(rows),
        "coming": sum(row.coming for row in rows),
        "answered": counts["coming"] + counts["waiting"] + counts["declined"],
        "waiting": counts["waiting"],
        "days": following.by_day(event),
        "turns": [
            by_id[each.party_id] for each in waiting.order(event_id) if each.party_id in by_id
        ],
        "newest": [(row, by_id[row.party_id]) for row in newest if row.party_id in by_id],
        "states": [(state, label, counts[state]) for state, (label, _tone) in STATES.items()],
        "wanted": wanted,
    }
    return _page(request, event, "replies/answers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.REPLY_VIEW)
def party(request: MemberRequest, event_id: UUID, party: UUID) -> HttpResponse:
    """Show a party's link and answers; take an answer that it gave by phone."""
    row, _version = load_party(request.member, event_id, party)
    invitation = load(request.member, event_id, row.pk)
    form = ReplyForm(invitation=invitation)
    status = 200
    if request.method == "POST":
        request.member.require(GuestPermission.GUEST_CHANGE, event_id)
        form = ReplyForm(request.POST, invitation=invitation)
        if form.is_valid() and _taken(request, form, row.pk):
            messages.success(request, _("The answer is recorded."))
            return redirect("replies-team:party", row.organization_id, event_id, party)
        status = UNPROCESSABLE
    journal.record(Action.ANSWER_LIST, event_id=event_id, subject_id=party)
    journal.shown(each.id for each in invitation.guests)
    own = Link.objects.filter(party_id=party, revoked_at=None).order_by("-kind")
    context = {
        **_frame(request, invitation.event),
        "party": row,
        "invitation": invitation,
        "form": form,
        "channels": TAKEN,
        "may_answer": request.member.may(GuestPermission.GUEST_CHANGE, event_id),
        "links": [(each, following.openings(row.organization_id, each.pk)) for each in own],
        "answers": Answer.objects.filter(party_id=party).order_by("-at")[:NEWEST],
    }
    return _page(request, invitation.event, "replies/party.html", context, status)


def _taken(request: MemberRequest, form: ReplyForm, party_id: UUID) -> bool:
    """Record an answer for a party; put what is refused above the form."""
    channel = request.POST.get("channel", "")
    known = dict(TAKEN)
    try:
        with acting.savepoint():
            services.answer(
                actor=request.member,
                event_id=form.invitation.event.pk,
                party_id=party_id,
                said=form.said,
                seen=form.cleaned_data["seen"],
                channel=Answer.Channel(channel if channel in known else Answer.Channel.PHONE),
            )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return False
    return True


@require_POST
@member_page(Permission.REPLY_MANAGE)
def link(request: MemberRequest, event_id: UUID, party: UUID) -> HttpResponse:
    """Issue a new link, which is shown once, or withdraw one."""
    row, _version = load_party(request.member, event_id, party)
    kind = request.POST.get("kind", Link.Kind.OWN)
    if request.POST.get("do") == "revoke" and kind in Link.Kind.values:
        links.revoke(actor=request.member, party_id=party, kind=kind)
        messages.success(request, _("The link does not work any more."))
        return redirect("replies-team:party", row.organization_id, event_id, party)
    url = links.issue(actor=request.member, party_id=party)
    context = {**_frame(request, row.event), "party": row, "url": url}
    return render(request, "replies/link.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.REPLY_MANAGE)
def settings_page(request: MemberRequest, event_id: UUID) -> HttpResponse:
    event = load_event(request.member, event_id)
    fields = open_list(request.member, event_id, Permission.REPLY_MANAGE).fields
    is_sent = request.method == "POST"

    def form_of(**sent: Any) -> PageForm:
        return PageForm(event=event, page=page_settings.page_of(event), fields=fields, **sent)

    form = form_of(data=request.POST, files=request.FILES) if is_sent else form_of()

    def act() -> None:
        page_settings.change(
            actor=request.member,
            event=event,
            facts=PageFacts(
                is_open=form.cleaned_data["is_open"],
                has_list=form.cleaned_data["has_list"],
                reply_by=form.cleaned_data["reply_by"],
                record=form.record,
                pictures=_pictures(form),
            ),
            seen=form.cleaned_data["seen"],
        )

    def done(_result: None) -> HttpResponse:
        messages.success(request, _("The guests' page is saved."))
        return redirect("replies-team:page", event.organization_id, event_id)

    return form_page(
        request,
        form,
        act=act,
        done=done,
        current=form_of,
        template="replies/settings.html",
        context=lambda: _frame(request, event),
    )


def _pictures(form: PageForm) -> dict[str, bytes | None]:
    found: dict[str, bytes | None] = {}
    for place in ("banner", "logo"):
        file = form.cleaned_data[place]
        if form.cleaned_data[f"remove_{place}"]:
            found[place] = None
        if isinstance(file, UploadedFile):
            found[place] = file.read()
    return found


def _page(
    request: MemberRequest, event: Event, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a page with the times of the event's place."""
    with timezone.override(event.zone):
        return render(request, template, context, status=status)


def _told(row: following.Row) -> dict[str, Any]:
    label, tone = STATES[row.state]
    return {"row": row, "label": label, "tone": tone}


def _frame(request: MemberRequest, event: Event) -> dict[str, Any]:
    request.event = event  # type: ignore[attr-defined]  # read by web.navigation
    request.section = "replies"  # type: ignore[attr-defined]  # read by web.navigation
    return {
        "event": event,
        "organization": event.organization_id,
        "may_manage": request.member.may(Permission.REPLY_MANAGE, event.pk),
    }
