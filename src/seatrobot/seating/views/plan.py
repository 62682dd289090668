"""The floor plan, the same as a list, Seat everyone, and the documents."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from seatrobot.accounts.assurance import fresh_sign_in_required_to_download
from seatrobot.documents.pdf import Paper
from seatrobot.events.models import Activity
from seatrobot.events.reading import activities, load_activity
from seatrobot.guests.feature import Permission as GuestPermission
from seatrobot.guests.guest_list import open_list
from seatrobot.kernel.answers import by_script
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.progress.models import Progress
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.seating import plan as plans
from seatrobot.seating.exports import DOCUMENTS, Choice, export, preview, unprintable_names
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.models import Proposal
from seatrobot.seating.plan import View, address
from seatrobot.seating.results import Result, Standing, latest_result
from seatrobot.seating.services import robot
from seatrobot.seating.text import name_of, phrases
from seatrobot.seating.views.changes import VERBS, Body, answer, read

LONGEST_NUMBER = 9


@require_safe
@member_page(Permission.SEATING_VIEW)
def plan(request: MemberRequest, event_id: UUID, activity: UUID | None = None) -> HttpResponse:
    view = _load(request, event_id, activity)
    plans.note_shown(view)
    urls = {
        name: address(view.activity, name)
        for name in ("state", "values", "robot", "standing", *VERBS)
    }
    urls |= _urls_of_cards(view)
    context = {
        **page(request, view, "plan"),
        "result": latest_result(view),
        "data": {
            **plans.as_data(view),
            "urls": urls,
            "phrases": phrases(may_change=view.may_change),
        },
    }
    return render(request, "seating/plan.html", context)


def _urls_of_cards(view: View) -> dict[str, str]:
    """Return the addresses of one guest and one table, with a word where the identifier stands."""
    plan = address(view.activity, "plan")
    prints = view.member.may(Permission.SEATING_PRINT, view.activity.event_id)
    return {
        "card": f"{plan}guests/GUEST/card/",
        "tablePage": f"{plan}setup/tables/TABLE/",
        "print": f"{address(view.activity, 'document', 'list-by-table.pdf')}?table=TABLE"
        if prints
        else "",
    }


@require_safe
@member_page(Permission.SEATING_VIEW)
def as_list(request: MemberRequest, event_id: UUID, activity: UUID | None = None) -> HttpResponse:
    view = _load(request, event_id, activity)
    seated = view.floor.by_table()
    tables = [
        {"table": table, "seats": [(n, view.name(g), view.floor.seats[g]) for n, g in at.items()]}
        for table in view.floor.tables.values()
        for at in [seated.get(table.pk, {})]
    ]
    context = {**page(request, view, "plan"), "tables": tables, "standing": Standing.of(view)}
    return render(request, "seating/list.html", context)


class RobotBody(Body):
    """mode: what is asked of the robot, else what is usual; most_moves: for improving."""

    mode: Proposal.Mode | None = None
    most_moves: int = 0


@require_POST
@member_page(Permission.SEATING_CHANGE)
def seat_everyone(
    request: MemberRequest, event_id: UUID, activity: UUID | None = None
) -> HttpResponse:
    """Ask for a run of the robot; the answer says where to watch it."""
    room_of = load_activity(request.member, event_id, activity)
    is_json = request.content_type == "application/json"
    body = read(request, RobotBody) if is_json else _robot_form(request)
    proposal = robot.request(
        actor=request.member, activity=room_of, mode=body.mode, most_moves=body.most_moves
    )
    defer("seating.propose", proposal_id=str(proposal.pk))
    url = address(room_of, "result", proposal.pk)
    return answer({"url": url}, HTTPStatus.ACCEPTED) if by_script(request) else redirect(url)


def _robot_form(request: MemberRequest) -> RobotBody:
    mode, most = request.POST.get("mode", ""), request.POST.get("most_moves", "")
    return RobotBody(
        mode=Proposal.Mode(mode) if mode in Proposal.Mode.values else None,
        most_moves=int(most) if most.isdecimal() and len(most) < LONGEST_NUMBER else 0,
    )


@require_POST
@member_page(Permission.SEATING_CHANGE)
def accept(
    request: MemberRequest, event_id: UUID, proposal: UUID, activity: UUID | None = None
) -> HttpResponse:
    """Seat the guests as the robot proposed."""
    room_of = load_activity(request.member, event_id, activity)
    robot.accept(actor=request.member, activity=room_of, proposal_id=proposal)
    return _answered(request, room_of, _("The guests are seated as proposed."))


@require_POST
@member_page(Permission.SEATING_CHANGE)
def leave(
    request: MemberRequest, event_id: UUID, proposal: UUID, activity: UUID | None = None
) -> HttpResponse:
    """Leave the plan as it is."""
    room_of = load_activity(request.member, event_id, activity)
    robot.leave(actor=request.member, activity=room_of, proposal_id=proposal)
    return _answered(request, room_of, _("The plan stays as it is."))


def _answered(request: MemberRequest, activity: Activity, sentence: str) -> HttpResponse:
    if by_script(request):
        return answer({"message": sentence})
    messages.success(request, sentence)
    return redirect(address(activity, "plan"))


@require_safe
@member_page(Permission.SEATING_VIEW)
def standing(request: MemberRequest, event_id: UUID, activity: UUID | None = None) -> HttpResponse:
    """Show how the plan stands to the rules now."""
    view = _load(request, event_id, activity)
    context = {**page(request, view, "plan"), "standing": Standing.of(view)}
    if request.headers.get("HX-Request"):
        return render(request, "seating/_standing.html", context)
    return render(request, "seating/result.html", context)


@require_safe
@member_page(Permission.SEATING_VIEW)
def result(
    request: MemberRequest, event_id: UUID, proposal: UUID, activity: UUID | None = None
) -> HttpResponse:
    """Show what came of a run; `Accept: application/json` gets how far it is."""
    room_of = load_activity(request.member, event_id, activity)
    run = Proposal.objects.filter(room__activity=room_of, pk=proposal).first()
    work = Progress.objects.filter(pk=run.progress_id).first() if run else None
    if run is None or work is None:
        raise Http404
    if not request.accepts("text/html"):
        return answer({"state": work.shown_state, "done": work.percent, "message": work.message})
    view = plans.load(request.member, event_id, activity)
    journal.record(Action.SEATING_VIEW, event_id=event_id, subject_id=run.pk)
    context = {
        **page(request, view, "plan"),
        "work": work,
        "result": Result.of(view, run),
        "run": run,
    }
    if request.headers.get("HX-Request"):
        return render(request, f"seating/{_piece(run, work)}.html", context)
    return render(request, "seating/result.html", context)


@require_safe
@member_page(Permission.SEATING_PRINT)
def documents(request: MemberRequest, event_id: UUID, activity: UUID | None = None) -> HttpResponse:
    view = _load(request, event_id, activity)
    choice = _choice(request, view)
    context = {
        **page(request, view, "documents"),
        "documents": [
            document
            for document in DOCUMENTS.values()
            if request.member.may(document.permission, event_id)
        ],
        "choice": choice,
        "columns_offered": choice.answers.fields,
        "preview": preview(view),
        "unprintable": unprintable_names(view),
    }
    return render(request, "seating/documents.html", context)


@require_safe
@member_page(Permission.SEATING_PRINT)
@fresh_sign_in_required_to_download
def document(
    request: MemberRequest, event_id: UUID, name: str, activity: UUID | None = None
) -> HttpResponse:
    if name not in DOCUMENTS:
        raise Http404
    view = plans.load(request.member, event_id, activity)
    chosen = DOCUMENTS[name]
    choice = _choice(request, view)
    content = export(actor=request.member, view=view, document=chosen, choice=choice)
    file_name = f"{slugify(name_of(view.activity)) or 'event'}-{name}"
    return HttpResponse(
        content,
        content_type=chosen.content_type,
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )


def _choice(request: MemberRequest, view: View) -> Choice:
    """Return what documents are to show, as the address says it, else as was chosen last."""
    event_id, told = view.activity.event_id, request.GET
    name = f"documents:{event_id}"
    if "columns" in told:
        keys = told.getlist("column")
        request.session[name] = {"columns": keys, "names": told.get("names") == "1"}
    kept = request.session.get(name, {})
    may_see = request.member.may(GuestPermission.GUEST_VIEW, event_id)
    answers = open_list(request.member, event_id) if may_see else view.guests
    fields = (answers.field(key) for key in kept.get("columns", ()))
    paper: Paper = "letter" if told.get("paper") == "letter" else "a4"
    table = next((pk for pk in view.floor.tables if str(pk) == told.get("table")), None)
    names = bool(kept.get("names"))
    return Choice(answers, tuple(field for field in fields if field), names, table, paper)


def page(request: MemberRequest, view: View, section: str) -> dict[str, Any]:
    """Return what every page of seating shows; `section` is its place in the navigation."""
    event = view.activity.event
    request.section = section  # type: ignore[attr-defined]  # read by web.navigation
    request.event = event  # type: ignore[attr-defined]  # read by web.navigation
    return {
        "event": event,
        "organization": event.organization_id,
        "activity": view.activity,
        "activity_tabs": _tabs(view, section),
        "view": view,
        "may_change": view.may_change,
        "guests": len(view.coming),
        "seated": len(view.floor.seats),
        "unseated": len(view.coming) - len(view.floor.seats),
    }


def _load(request: MemberRequest, event_id: UUID, activity: UUID | None) -> View:
    view = plans.load(request.member, event_id, activity)
    journal.record(Action.SEATING_VIEW, event_id=event_id, guests=len(view.coming))
    return view


def _tabs(view: View, section: str) -> list[dict[str, Any]]:
    """Return the same page for each activity of the event; nothing as long as there is one."""
    every = activities(view.activity.event_id)
    if len(every) < 2:  # noqa: PLR2004  nothing to choose from
        return []
    for activity in every:
        activity.event = view.activity.event
    return [
        {
            "label": name_of(activity),
            "url": address(activity, section),
            "active": activity.pk == view.activity.pk,
        }
        for activity in every
    ]


def _piece(run: Proposal, work: Progress) -> str:
    if work.shown_state == work.State.RUNNING:
        return "_work"
    nothing = run.outcome in {Proposal.Outcome.REFUSED, Proposal.Outcome.WAITING}
    return "_nothing" if nothing else "_result"
