"""Pages of events: load and authorise, parse, call one service, render."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from seatrobot.accounts.assurance import fresh_sign_in_required
from seatrobot.events import overview, retention, services
from seatrobot.events.feature import Action, Permission
from seatrobot.events.forms import DeleteForm, DeletionDayForm, EventForm
from seatrobot.events.models import Event
from seatrobot.events.reading import LONGEST_QUERY, find, load_event, load_events
from seatrobot.events.reading import activities as activities_of
from seatrobot.kernel import features
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.feature import Permission as OrganizationPermission
from seatrobot.organizations.members import Member
from seatrobot.organizations.pages import MemberRequest, member_page


@require_safe
@member_page(OrganizationPermission.ORGANIZATION_ENTER)
def event_list(request: MemberRequest) -> HttpResponse:
    """Show the events, each with the first page open to the member; go to a single door at once."""
    events = load_events(request.member)
    viewed = [e for e in events if request.member.may(Permission.EVENT_VIEW, e.pk)]
    if not viewed and len(events) == 1:
        return redirect(_start(request.member, events[0]))
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    found = find(events, query)
    journal.record(Action.EVENT_LIST, count=len(found), letters=len(query))
    moment = now()
    counted = overview.places_taken(viewed)
    taken = {event.pk: counted.get(event.pk, 0) for event in viewed}
    upcoming = [_card(request.member, event, taken) for event in found if event.ends_at >= moment]
    past = [
        _card(request.member, event, taken) for event in reversed(found) if event.ends_at < moment
    ]
    shown = "past" if request.GET.get("show") == "past" or (past and not upcoming) else "upcoming"
    context = {
        "query": query,
        "is_empty": not events,
        "cards": past if shown == "past" else upcoming,
        "shown": shown,
        "tabs": [
            _tab(_("Upcoming"), "upcoming", upcoming, shown, query),
            _tab(_("Past"), "past", past, shown, query),
        ],
        "may_create": request.member.may(Permission.EVENT_CREATE),
        "organization": request.member.organization_id,
    }
    return render(request, "events/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.EVENT_CREATE)
def new(request: MemberRequest) -> HttpResponse:
    form = EventForm(request.POST or None)
    return form_page(
        request,
        form,
        act=lambda: services.create(
            actor=request.member, facts=form.facts, event_id=form.cleaned_data["event_id"]
        ),
        done=lambda event: redirect("events:overview", event.organization_id, event.pk),
        template="events/form.html",
        context={"organization": request.member.organization_id},
    )


@require_safe
@member_page(Permission.EVENT_VIEW)
def home(request: MemberRequest, event_id: UUID) -> HttpResponse:
    member = request.member
    event = load_event(member, event_id)
    journal.record(Action.EVENT_VIEW, event_id=event_id, subject_id=event_id)
    steps = overview.steps(member, event)
    following = next((step for step in steps if not step.is_done), None)
    context = {
        **_of(request, event),
        "steps": steps,
        "following": following,
        "panels": overview.panels(member, event),
        "may_change": member.may(Permission.EVENT_CHANGE, event_id),
        "may_delete": member.may(Permission.EVENT_DELETE, event_id),
    }
    return render(request, "events/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.EVENT_CHANGE)
def edit(request: MemberRequest, event_id: UUID) -> HttpResponse:
    event = load_event(request.member, event_id)
    form = EventForm(request.POST) if request.method == "POST" else EventForm.of(event)

    def saved(stays: bool) -> HttpResponse:  # noqa: FBT001  what the service answers
        messages.success(request, _("The event is saved."))
        if stays:
            messages.warning(
                request,
                _(
                    "It was to delete itself before it is over. It stays now, until you choose"
                    " another day in its settings."
                ),
            )
        return redirect("events:overview", request.member.organization_id, event_id)

    if not form.is_bound:
        journal.record(Action.EVENT_VIEW, event_id=event_id, subject_id=event_id)
    may_delete = request.member.may(Permission.EVENT_DELETE, event_id)
    return form_page(
        request,
        form,
        act=lambda: services.change(
            actor=request.member, event=event, facts=form.facts, seen=form.cleaned_data["seen"]
        ),
        done=saved,
        current=lambda: EventForm.of(load_event(request.member, event_id)),
        template="events/form.html",
        context=_of(request, event)
        | {"may_delete": may_delete, "activities": activities_of(event_id)},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.EVENT_DELETE)
@fresh_sign_in_required
def delete(request: MemberRequest, event_id: UUID) -> HttpResponse:
    event = load_event(request.member, event_id)
    form = DeleteForm(request.POST or None)
    title = event.title

    def deleted(_result: object) -> HttpResponse:
        messages.success(request, _("“%(title)s” is deleted.") % {"title": title})
        return redirect("events:list", request.member.organization_id)

    if not form.is_bound:
        journal.record(Action.EVENT_VIEW, event_id=event_id, subject_id=event_id)
    return form_page(
        request,
        form,
        act=lambda: services.delete(
            actor=request.member, event=event, typed_title=form.cleaned_data["title"]
        ),
        done=deleted,
        template="events/delete.html",
        context=lambda: _of(request, event) | {"taken": overview.places_taken([event])},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.EVENT_DELETE)
@fresh_sign_in_required
def deletion_day(request: MemberRequest, event_id: UUID) -> HttpResponse:
    """Set the day on which the event deletes itself; one is proposed."""
    event = load_event(request.member, event_id)
    day = event.delete_on or retention.proposed(event)
    form = DeletionDayForm(request.POST or None, initial={"delete_on": day})

    def saved(_result: object) -> HttpResponse:
        messages.success(request, _("The day is saved."))
        return redirect("events:settings", request.member.organization_id, event_id)

    if not form.is_bound:
        journal.record(Action.EVENT_VIEW, event_id=event_id, subject_id=event_id)
    return form_page(
        request,
        form,
        act=lambda: retention.set_day(
            actor=request.member, event=event, day=form.cleaned_data["delete_on"]
        ),
        done=saved,
        template="events/deletion_day.html",
        context=lambda: _of(request, event),
    )


def _of(request: MemberRequest, event: Event) -> dict[str, Any]:
    request.event = event  # type: ignore[attr-defined]  # read by web.navigation
    return {"event": event, "organization": event.organization_id}


def _start(member: Member, event: Event) -> str:
    """Return the first page of an event that is open to a member."""
    items = features.event_navigation()
    item = next(item for item in items if member.may(item.permission, event.pk))
    return reverse(item.url, args=[event.organization_id, event.pk])


def _card(member: Member, event: Event, taken: dict[UUID, int]) -> dict[str, Any]:
    url = _start(member, event)
    return {"event": event, "url": url, "taken": taken.get(event.pk)}


def _tab(label: str, name: str, cards: list[Any], shown: str, query: str) -> dict[str, Any]:
    url = "?" + urlencode({"show": name} | ({"q": query} if query else {}))
    return {"label": label, "url": url, "active": name == shown, "count": len(cards)}
