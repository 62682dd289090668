"""Pages of mailings: the last look before one is sent, and what became of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages as toasts
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.guests.guest_list import open_list
from seatrobot.guests.statuses import Status
from seatrobot.invitations.feature import Action, Permission
from seatrobot.invitations.forms import MailingForm
from seatrobot.invitations.models import Delivery
from seatrobot.invitations.services import mailings, messages
from seatrobot.invitations.views.messages import frame
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.pages import MemberRequest, member_page

PAGE = 50
MOST_NAMED = 50
LONGEST_QUERY = 4000
FILTERS = ("q", "status", "tag", "match", "without")


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.MAILING_SEND)
def choose(request: MemberRequest, event_id: UUID, message: UUID) -> HttpResponse:
    """Take a last look: who gets a message, who does not and why; then send it."""
    row, _seen = messages.load_message(request.member, event_id, message)
    query = _query(request) if "chosen" in request.GET else mailings.suggested(row.kind)
    posted = request.POST if request.method == "POST" else None
    if posted is not None:
        query = posted.get("query", "")[:LONGEST_QUERY]
    form = MailingForm(posted, event=row.event, query=query)
    again = "again" in (posted or request.GET)

    def context() -> dict[str, Any]:
        guest_list = open_list(request.member, event_id)
        selection = mailings.choose(request.member, row, query, again=again)
        journal.shown(guest.id for guest in selection.chosen)
        return {
            **frame(request, row.event),
            "message": row,
            "selection": selection,
            "again": again,
            "left_out": [
                (
                    mailings.REASONS[reason],
                    len(guests),
                    [guest_list.name(guest) for guest in guests[:MOST_NAMED]],
                )
                for reason, guests in selection.left_out.items()
            ],
            "first": [
                (each.address, ", ".join(guest_list.name(one) for one in each.guests))
                for each in selection.recipients[:MOST_NAMED]
            ],
            "findings": list(messages.findings(row, guest_list, selection.chosen)),
            "statuses": [(status, guest_list.counts[status]) for status in Status],
            "tags": guest_list.tags,
            "asked": _asked(query),
            "query": query,
        }

    journal.record(Action.MESSAGE_VIEW, event_id=event_id, subject_id=message)
    return form_page(
        request,
        form,
        act=lambda: mailings.create(
            actor=request.member,
            message=row,
            query=query,
            send_at=form.cleaned_data["send_at"],
            again=form.cleaned_data["again"],
            mailing_id=form.cleaned_data["mailing_id"],
        ),
        done=lambda made: redirect(
            "invitations:mailing", made.organization_id, made.event_id, made.pk
        ),
        template="invitations/choose.html",
        context=context,
    )


@require_safe
@member_page(Permission.MESSAGE_VIEW)
def show(request: MemberRequest, event_id: UUID, mailing: UUID) -> HttpResponse:
    row = mailings.load_mailing(request.member, event_id, mailing)
    word = request.GET.get("is", "")
    rows = Delivery.objects.filter(mailing=row).order_by("pk")
    if word in mailings.WORDS:
        rows = rows.filter(**mailings.states_of(word))
    page = Paginator(rows.select_related("guest"), PAGE).get_page(request.GET.get("page"))
    guest_list = open_list(request.member, event_id)
    counts = mailings.counts([row.pk])[row.pk]
    shown = [_line(guest_list, each) for each in page]
    journal.shown(pk for each in page for pk in each.sealed.guests)
    journal.record(Action.DELIVERY_VIEW, event_id=event_id, subject_id=row.pk, count=len(shown))
    context = {
        **frame(request, row.event),
        "mailing": row,
        "summary": mailings.summary(row, counts),
        "answered": mailings.answered(row),
        "left_out": [
            (mailings.REASONS.get(reason, reason), count)
            for reason, count in row.sealed.left_out.items()
        ],
        "page": page,
        "rows": shown,
        "word": word,
    }
    is_part = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    return render(
        request, "invitations/mailing_part.html" if is_part else "invitations/mailing.html", context
    )


@require_POST
@member_page(Permission.MAILING_SEND)
def stop(request: MemberRequest, event_id: UUID, mailing: UUID) -> HttpResponse:
    row = mailings.load_mailing(request.member, event_id, mailing)
    mailings.stop(actor=request.member, mailing=row)
    toasts.success(request, _("The mailing is stopped; what was handed over stays sent."))
    return redirect("invitations:mailing", row.organization_id, event_id, mailing)


@require_POST
@member_page(Permission.MAILING_SEND)
def send_again(request: MemberRequest, event_id: UUID, delivery: UUID) -> HttpResponse:
    row = mailings.load_delivery(request.member, event_id, delivery)
    mailings.send_again(actor=request.member, delivery=row)
    toasts.success(request, _("The message is queued again."))
    if row.mailing_id is None:
        return redirect("invitations:overview", row.organization_id, event_id)
    return redirect("invitations:mailing", row.organization_id, event_id, row.mailing_id)


def _line(guest_list: Any, delivery: Delivery) -> dict[str, Any]:
    record = delivery.sealed
    people = [guest_list.guests[pk] for pk in record.guests if pk in guest_list.guests]
    word = mailings.word_of(delivery.state, delivery.outcome, hard=delivery.hard)
    label, tone = mailings.WORDS[word]
    return {
        "delivery": delivery,
        "name": ", ".join(guest_list.name(each) for each in people) or record.to,
        "guest": people[0] if people else None,
        "address": record.to,
        "label": label,
        "tone": tone,
        "why": record.why or (record.answer if word == "refused" else ""),
        "answer": record.answer,
        "reply": people[0].status if people else "",
        "is_unsure": word == "unsure",
    }


def _query(request: MemberRequest) -> str:
    """Return the filter of the guest list that the address holds, and nothing else of it."""
    kept = QueryDict(mutable=True)
    for name in FILTERS:
        kept.setlist(name, [value for value in request.GET.getlist(name) if value])
    return kept.urlencode()[:LONGEST_QUERY]


def _asked(query: str) -> dict[str, Any]:
    found = QueryDict(query)
    return {
        "q": found.get("q", ""),
        "statuses": found.getlist("status"),
        "tags": found.getlist("tag"),
    }
