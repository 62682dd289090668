"""Changes that the floor plan's script asks for: one verb, one service, the seats it changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from django.http import HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from seatrobot.events.models import Activity
from seatrobot.events.reading import load_activity
from seatrobot.guests import guest_list
from seatrobot.kernel import acting, answers
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.outside import NotReadable, read_json
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations.pages import MemberRequest, member_page
from seatrobot.seating import floor as floors
from seatrobot.seating import plan
from seatrobot.seating.feature import Action, Permission
from seatrobot.seating.models import Step
from seatrobot.seating.services import history, moves, tables
from seatrobot.seating.services.history import Undone
from seatrobot.seating.services.moves import ANYONE, Party
from seatrobot.seating.services.tables import Position

B = TypeVar("B", bound="Body")


def answer(data: Any, status: int = HTTPStatus.OK) -> HttpResponse:
    """Return data as JSON."""
    body = msgspec.json.encode(data)
    return HttpResponse(body, status=status, content_type="application/json")


class Unreadable(Refused):
    """A body that is not what the script sends."""

    status = 400


class Body(msgspec.Struct, kw_only=True):
    """version: of the plan that the person was looking at."""

    version: str = ""


class PlaceBody(Body):
    """expects: who the person saw on the seat; without it whoever is there changes places."""

    guest: UUID
    table: UUID
    seat: int | None = None
    expects: UUID | msgspec.UnsetType | None = msgspec.UNSET
    party: Party = Party.ASK
    despite: bool = False


class GuestsBody(Body):
    guests: list[UUID]


class LockBody(Body):
    guests: list[UUID]
    locked: bool


class TablePosition(msgspec.Struct):
    table: UUID
    x: float
    y: float
    rotation: int = 0


class ArrangeBody(Body):
    tables: list[TablePosition]


@require_safe
@member_page(Permission.SEATING_VIEW)
def current(request: MemberRequest, event_id: UUID, activity: UUID | None = None) -> HttpResponse:
    """Return the room, or 304 while the version in If-None-Match is the present one.

    People are left out for a script that knows the guest list as it is.
    """
    shown = load_activity(request.member, event_id, activity)
    request.member.require(Permission.SEATING_VIEW, event_id)
    known = request.headers.get("If-None-Match", "").strip('"')
    version = floors.version(floors.room_of(shown))
    if known == version:
        response = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
    else:
        view = plan.load(request.member, event_id, activity)
        version = view.version
        journal.record(Action.SEATING_VIEW, event_id=event_id, guests=len(view.coming))
        data = plan.as_data(view, known=known.partition("-")[2])
        if "people" in data:
            plan.note_shown(view)
        response = answer(data)
    response["ETag"] = f'"{version}"'
    patch_cache_control(response, no_store=True)
    return response


@require_safe
@member_page(Permission.SEATING_VIEW)
def values(request: MemberRequest, event_id: UUID, activity: UUID | None = None) -> HttpResponse:
    """Return what the columns of the guest list say of everybody on the plan."""
    view = plan.load(request.member, event_id, activity)
    journal.record(Action.SEATING_VIEW, event_id=event_id, guests=len(view.coming))
    plan.note_shown(view)
    return answer(plan.values_data(view))


@dataclass(frozen=True)
class Verb(Generic[B]):
    """One change: what the script sends, the service it calls, and the rows it moved."""

    body: type[B]
    act: Callable[[Principal, Activity, B], Step | Undone | None]
    moved: Callable[[Step], list[Any]] = lambda step: step.after
    is_named: bool = False


def _place(actor: Principal, activity: Activity, body: PlaceBody) -> Step | None:
    return moves.place(
        actor=actor,
        activity=activity,
        guest_id=body.guest,
        table_id=body.table,
        seat=body.seat,
        expects=ANYONE if body.expects is msgspec.UNSET else body.expects,
        party=body.party,
        despite=body.despite,
    )


def _unseat(actor: Principal, activity: Activity, body: GuestsBody) -> Step | None:
    return moves.unseat(actor=actor, activity=activity, guest_ids=body.guests)


def _lock(actor: Principal, activity: Activity, body: LockBody) -> Step | None:
    return moves.set_locked(
        actor=actor, activity=activity, guest_ids=body.guests, locked=body.locked
    )


def _clear(actor: Principal, activity: Activity, _body: Body) -> Step | None:
    return moves.clear(actor=actor, activity=activity)


def _undo(actor: Principal, activity: Activity, _body: Body) -> Undone:
    return history.undo(actor=actor, activity=activity)


def _redo(actor: Principal, activity: Activity, _body: Body) -> Undone:
    return history.redo(actor=actor, activity=activity)


def _arrange(actor: Principal, activity: Activity, body: ArrangeBody) -> None:
    positions = {table.table: Position(table.x, table.y, table.rotation) for table in body.tables}
    tables.move_tables(actor=actor, activity=activity, positions=positions)


VERBS: dict[str, Verb[Any]] = {
    "place": Verb(PlaceBody, _place),
    "unseat": Verb(GuestsBody, _unseat),
    "lock": Verb(LockBody, _lock),
    "clear": Verb(Body, _clear),
    "undo": Verb(Body, _undo, moved=lambda step: step.before, is_named=True),
    "redo": Verb(Body, _redo, is_named=True),
    "arrange": Verb(ArrangeBody, _arrange),
}


def view_of(name: str) -> Callable[..., HttpResponseBase]:
    """Return the view of a verb."""
    verb = VERBS[name]

    @require_POST
    @member_page(Permission.SEATING_CHANGE)
    def change(
        request: MemberRequest, event_id: UUID, activity: UUID | None = None
    ) -> HttpResponse:
        room_of = load_activity(request.member, event_id, activity)
        body = read(request, verb.body)
        try:
            with acting.savepoint():
                done = verb.act(request.member, room_of, body)
        except Refused as refusal:  # answered here, so that the journal tells whom it named
            return answers.refused(request, refusal)
        return _done(request, room_of, verb, body, done)

    return change


def read(request: MemberRequest, kind: type[B]) -> B:
    """Return what a script sent; raise Unreadable."""
    try:
        return read_json(request.body, kind)
    except NotReadable as error:
        raise Unreadable(_("The page sent something unreadable; reload it.")) from error


def _done(
    request: MemberRequest,
    activity: Activity,
    verb: Verb[Any],
    body: Body,
    done: Step | Undone | None,
) -> HttpResponse:
    """Answer with what was moved, and with the new version if the person saw the one before."""
    step, skipped = (done.step, done.skipped) if isinstance(done, Undone) else (done, ())
    room = floors.room_of(activity)
    list_version = guest_list.version(activity.event_id)
    bumps = 1 if step or verb.body is ArrangeBody else 0
    was = f"{room.revision - bumps}-{list_version}"
    return answer(
        {
            "version": floors.version(room, list_version) if body.version == was else None,
            "changed": plan.changed(verb.moved(step) if step else []),
            "did": str(Step.Kind(step.kind).label) if step and verb.is_named else None,
            "skipped": skipped,
            **plan.steps(request.member, room),
        }
    )
