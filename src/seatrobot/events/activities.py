"""Pages of the activities of an event; one that has one activity has no other page for them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from seatrobot.events import services
from seatrobot.events.feature import Action, Permission
from seatrobot.events.forms import ActivityForm
from seatrobot.events.models import Activity, Event
from seatrobot.events.reading import activities, activity_versions, load_activity, load_event
from seatrobot.kernel.answers import attempt, form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.pages import MemberRequest, member_page

UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.EVENT_CHANGE)
def show_all(request: MemberRequest, event_id: UUID) -> HttpResponse:
    """List the activities, and add one."""
    event = load_event(request.member, event_id)
    form = ActivityForm(request.POST or None, event=event)

    def act() -> Activity:
        return services.add_activity(
            actor=request.member,
            event=event,
            facts=form.facts,
            activity_id=form.cleaned_data["activity_id"],
        )

    def done(_activity: Activity) -> HttpResponse:
        messages.success(request, _("The activity is added."))
        return redirect("events:activities", event.organization_id, event_id)

    if request.method != "POST":
        journal.record(Action.EVENT_VIEW, event_id=event_id, subject_id=event_id)
    return form_page(
        request,
        form,
        act=act,
        done=done,
        template="events/activities.html",
        context=lambda: _context(request, event),
    )


@require_POST
@member_page(Permission.EVENT_CHANGE)
def change(request: MemberRequest, event_id: UUID, activity: UUID) -> HttpResponse:
    """Change a further activity, or remove it."""
    changed = load_activity(request.member, event_id, activity)
    back = redirect("events:activities", changed.organization_id, event_id)
    if request.POST.get("do") == "remove":
        services.remove_activity(actor=request.member, activity=changed)
        messages.success(request, _("The activity is removed."))
        return back
    form = ActivityForm(request.POST, event=changed.event, activity=changed)

    def act() -> bool:
        services.change_activity(
            actor=request.member,
            activity=changed,
            facts=form.facts,
            seen=form.cleaned_data["seen"],
        )
        return True

    def current() -> ActivityForm:
        row = load_activity(request.member, event_id, activity)
        seen = activity_versions(event_id)[activity]
        return ActivityForm(event=row.event, activity=row, seen=seen)

    if form.is_valid() and attempt(form, act, current=current):
        messages.success(request, _("The activity is saved."))
        return back
    context = _context(request, changed.event, form, activity)
    context["form"] = ActivityForm(event=changed.event)
    return render(request, "events/activities.html", context, status=UNPROCESSABLE)


def _context(
    request: MemberRequest,
    event: Event,
    refused: ActivityForm | None = None,
    activity_id: UUID | None = None,
) -> dict[str, Any]:
    request.event = event  # type: ignore[attr-defined]  # read by web.navigation
    request.section = "event-settings"  # type: ignore[attr-defined]  # read by web.navigation
    first, *further = activities(event.pk)
    versions = activity_versions(event.pk)
    rows = [
        {
            "activity": activity,
            "is_open": activity.pk == activity_id,
            "form": refused
            if activity.pk == activity_id
            else ActivityForm(event=event, activity=activity, seen=versions[activity.pk]),
        }
        for activity in further
    ]
    return {
        "event": event,
        "organization": event.organization_id,
        "first": first,
        "rows": rows,
        "may_remove": request.member.may(Permission.ACTIVITY_REMOVE, event.pk),
    }
