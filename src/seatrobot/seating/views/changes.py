"""Changes that the floor plan's script asks for: one verb, one service, the places it changed."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_POST, require_safe

from seatrobot.events.loaders import load_event
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.seating import floor as floors
from seatrobot.seating import state
from seatrobot.seating.answers import answer, read, refusals
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.models import Step
from seatrobot.seating.services import history, places, tables
from seatrobot.seating.services.moving import ANYONE, Expected
from seatrobot.seating.services.places import Party
from seatrobot.seating.services.tables import Position


class PlaceBody(msgspec.Struct):
    """expects: who the person saw on the seat; without it whoever is there changes places."""

    guest: UUID
    table: UUID
    seat: int | None = None
    expects: UUID | msgspec.UnsetType | None = msgspec.UNSET
    party: Party = Party.ASK


class GuestsBody(msgspec.Struct):
    guests: list[UUID]


class LockBody(msgspec.Struct):
    guests: list[UUID]
    locked: bool


class PositionBody(msgspec.Struct):
    table: UUID
    x: float
    y: float
    rotation: int = 0


class ArrangeBody(msgspec.Struct):
    tables: list[PositionBody]


@require_safe
@member_page(Permission.SEATING_VIEW)
def current(request: MemberRequest, event: UUID) -> HttpResponse:
    """Everything, or 304 while the version in If-None-Match is the present one."""
    load_event(request.member, event)
    floor = floors.read(event, request.member.organization_id)
    tag = f'"{floor.version}"'
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
    else:
        view = state.load(request.member, event)
        journal.record(Action.SEATING_VIEW, event=event, guests=len(view.people))
        response = answer(state.as_data(view))
    response["ETag"] = tag
    patch_cache_control(response, private=True, no_cache=True)
    return response


@require_POST
@member_page(Permission.SEATING_CHANGE)
@refusals
def place(request: MemberRequest, event: UUID) -> HttpResponse:
    load_event(request.member, event)
    body = read(request, PlaceBody)
    expects: Expected = body.expects if body.expects is not msgspec.UNSET else ANYONE
    step = places.place(
        actor=request.member,
        event_id=event,
        guest_id=body.guest,
        table_id=body.table,
        seat=body.seat,
        expects=expects,
        party=body.party,
    )
    return _done(request, event, step.after if step else [])


@require_POST
@member_page(Permission.SEATING_CHANGE)
@refusals
def unseat(request: MemberRequest, event: UUID) -> HttpResponse:
    load_event(request.member, event)
    body = read(request, GuestsBody)
    step = places.unseat(actor=request.member, event_id=event, guest_ids=body.guests)
    return _done(request, event, step.after if step else [])


@require_POST
@member_page(Permission.SEATING_CHANGE)
@refusals
def lock(request: MemberRequest, event: UUID) -> HttpResponse:
    load_event(request.member, event)
    body = read(request, LockBody)
    step = places.set_locked(
        actor=request.member, event_id=event, guest_ids=body.guests, locked=body.locked
    )
    return _done(request, event, step.after if step else [])


@require_POST
@member_page(Permission.SEATING_CHANGE)
@refusals
def clear(request: MemberRequest, event: UUID) -> HttpResponse:
    load_event(request.member, event)
    step = places.clear(actor=request.member, event_id=event)
    return _done(request, event, step.after if step else [])


@require_POST
@member_page(Permission.SEATING_CHANGE)
@refusals
def undo(request: MemberRequest, event: UUID) -> HttpResponse:
    load_event(request.member, event)
    step = history.undo(actor=request.member, event_id=event)
    return _done(request, event, step.before, step)


@require_POST
@member_page(Permission.SEATING_CHANGE)
@refusals
def redo(request: MemberRequest, event: UUID) -> HttpResponse:
    load_event(request.member, event)
    step = history.redo(actor=request.member, event_id=event)
    return _done(request, event, step.after, step)


@require_POST
@member_page(Permission.SEATING_CHANGE)
@refusals
def arrange(request: MemberRequest, event: UUID) -> HttpResponse:
    load_event(request.member, event)
    body = read(request, ArrangeBody)
    positions = {spot.table: Position(spot.x, spot.y, spot.rotation) for spot in body.tables}
    tables.move_tables(actor=request.member, event_id=event, positions=positions)
    return _done(request, event, [])


def _done(
    request: MemberRequest, event: UUID, rows: list[Any], step: Step | None = None
) -> HttpResponse:
    floor = floors.read(event, request.member.organization_id)
    return answer(
        {
            "version": floor.version,
            "changed": state.changed(rows),
            "did": str(Step.Kind(step.kind).label) if step else None,
            **state.steps(request.member, event),
        }
    )
