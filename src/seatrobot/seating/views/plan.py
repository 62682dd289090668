"""The floor plan, the same as a list, and Seat everyone."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from seatrobot.events.loaders import load_event
from seatrobot.events.models import Event
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.progress.models import Progress
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.seating import state
from seatrobot.seating.answers import answer, problem
from seatrobot.seating.drawing import drawn
from seatrobot.seating.errors import Refused
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.models import Proposal
from seatrobot.seating.phrases import phrases
from seatrobot.seating.results import Result, latest_result
from seatrobot.seating.services import robot

ENDPOINTS = (
    "state",
    "place",
    "unseat",
    "lock",
    "clear",
    "undo",
    "redo",
    "arrange",
    "robot",
    "floor",
)


@require_safe
@member_page(Permission.SEATING_VIEW)
def plan(request: MemberRequest, event: UUID) -> HttpResponse:
    row = load_event(request.member, event)
    view = state.load(request.member, event)
    journal.record(Action.SEATING_VIEW, event=event, guests=len(view.people))
    urls = {
        name: reverse(f"seating:{name}", args=[row.organization_id, event]) for name in ENDPOINTS
    }
    context = {
        **page(request, row, view, "plan"),
        "floor": drawn(view.floor, view.people),
        "result": latest_result(view),
        "data": {**state.as_data(view), "urls": urls, "phrases": phrases()},
    }
    return render(request, "seating/plan.html", context)


@require_safe
@member_page(Permission.SEATING_VIEW)
def floor(request: MemberRequest, event: UUID) -> HttpResponse:
    """Return the drawing alone, for a plan whose tables were changed meanwhile."""
    load_event(request.member, event)
    view = state.load(request.member, event)
    journal.record(Action.SEATING_VIEW, event=event, guests=len(view.people))
    context = {"floor": drawn(view.floor, view.people)}
    return render(request, "seating/_floor.html", context)


@require_safe
@member_page(Permission.SEATING_VIEW)
def as_list(request: MemberRequest, event: UUID) -> HttpResponse:
    row = load_event(request.member, event)
    view = state.load(request.member, event)
    journal.record(Action.SEATING_VIEW, event=event, guests=len(view.people))
    context = {**page(request, row, view, "plan"), "floor": drawn(view.floor, view.people)}
    return render(request, "seating/list.html", context)


@require_POST
@member_page(Permission.SEATING_CHANGE)
def seat_everyone(request: MemberRequest, event: UUID) -> HttpResponse:
    """Ask for a run of the robot; the answer says where to watch it."""
    row = load_event(request.member, event)
    wants_json = request.accepts("application/json") and not request.accepts("text/html")
    try:
        proposal = robot.request(actor=request.member, event_id=event)
    except Refused as error:
        if wants_json:
            return problem(HTTPStatus.CONFLICT, str(error))
        messages.error(request, str(error))
        return redirect("seating:plan", row.organization_id, event)
    defer("seating.propose", proposal_id=str(proposal.pk))
    url = reverse("seating:result", args=[row.organization_id, event, proposal.pk])
    return answer({"url": url}, HTTPStatus.ACCEPTED) if wants_json else redirect(url)


@require_safe
@member_page(Permission.SEATING_VIEW)
def result(request: MemberRequest, event: UUID, proposal: UUID) -> HttpResponse:
    """Show what came of a run; `Accept: application/json` gets how far it is."""
    row = load_event(request.member, event)
    run = Proposal.objects.filter(event_id=event, pk=proposal).first()
    work = Progress.objects.filter(pk=run.progress_id).first() if run else None
    if run is None or work is None:
        raise Http404
    if not request.accepts("text/html"):
        state_of_work = {"state": work.shown_state, "done": work.percent, "message": work.message}
        return answer(state_of_work)
    view = state.load(request.member, event)
    journal.record(Action.SEATING_VIEW, event=event, subject=run.pk)
    context = {
        **page(request, row, view, "plan"),
        "work": work,
        "result": Result.of(view, run),
        "run": run,
    }
    if request.headers.get("HX-Request"):
        return render(request, f"seating/{_piece(run, work)}.html", context)
    return render(request, "seating/result.html", context)


def _piece(run: Proposal, work: Progress) -> str:
    if work.shown_state == work.State.RUNNING:
        return "_work"
    moved = run.outcome in {Proposal.Outcome.SEATED, Proposal.Outcome.CONTRADICTION}
    return "_result" if moved else "_nothing"


def page(request: MemberRequest, event: Event, view: state.View, section: str) -> dict[str, Any]:
    """Return what every page of seating shows; tell the frame where one is."""
    request.section = section  # type: ignore[attr-defined]  # read by web.navigation
    request.event = event  # type: ignore[attr-defined]  # read by web.navigation
    return {
        "event": event,
        "organization": event.organization_id,
        "view": view,
        "may_change": view.may_change,
        "may_export": view.member.may(Permission.SEATING_EXPORT, event.pk),
        "guests": len(view.people),
        "seated": len(view.floor.spots),
        "unseated": len(view.people) - len(view.floor.spots),
    }
