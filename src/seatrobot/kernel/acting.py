"""One unit of work: who acts, for which organization, in one transaction.

Everything that touches Customer Data happens inside `acting(...)`. It opens a transaction, tells
PostgreSQL whose rows may be seen, lets the vault open keys in the actor's name, and writes the
journal's entries as the last thing before the commit. All of it happens, or nothing. What the
operator read is an exception: it can be shown whatever becomes of the transaction, so a unit of
work that is rolled back leaves an entry of that, in a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from uuid import UUID

import psycopg
from django.db import connection, transaction
from psycopg.pq import ExecStatus

from seatrobot.kernel.actor import Actor, ActorKind
from seatrobot.kernel.feature import Action
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.staff import standing
from seatrobot.kernel.staff.standing import GrantRefused
from seatrobot.kernel.tenancy.scopes import LEVELS, Scope
from seatrobot.kernel.unit_of_work import (
    NobodyActs,
    Refusal,
    UnitOfWork,
    current,
    current_or_none,
    underway,
)
from seatrobot.kernel.vault import versions
from seatrobot.kernel.vault.errors import KeyringLocked, KeyringMissing, KeyringRefused

__all__ = ["NobodyActs", "UnitOfWork", "acting", "current", "only_as", "savepoint"]


@dataclass(frozen=True, slots=True)
class _StandIn:
    """Who acts in this process, whoever a unit of work names; by which grant, and of whom."""

    actor: Actor
    grant: UUID | None
    staff: UUID | None

    def instead(
        self, organization_id: UUID | None, grant: UUID | None, staff: UUID | None
    ) -> tuple[Actor, UUID | None, UUID | None]:
        """Return who acts in place of whom a unit of work names, and by which grant."""
        if organization_id is None or grant is not None:
            return self.actor, grant, staff
        return self.actor, self.grant, self.staff


_stand_in: _StandIn | None = None


@contextmanager
def acting(  # noqa: PLR0913  who, where and how far, all of it at the beginning
    actor: Actor,
    organization_id: UUID | None = None,
    *,
    scope: Scope | None = None,
    person_id: UUID | None = None,
    grant: UUID | None = None,
    staff: UUID | None = None,
) -> Iterator[UnitOfWork]:
    """Act as `actor`, seeing the rows of one organization (or of none), in one transaction.

    scope: the event, party or package beyond which nothing is seen. person_id: whose own rows,
    such as memberships, are seen beside; the actor's own unless another account is named.
    Nested use joins the outer transaction and gives the outer tenancy back at its end; it keeps
    the outer scope, or narrows it (WiderScope for any other).

    grant: by which staff see the organization. Without one they and the operator see and open
    nothing of it, and neither does whoever acts inside their unit of work, which keeps their
    grant. staff: whose grant it is, where the actor is not their account. Raises GrantRefused when
    the grant is not live or its holder lacks a condition, at the beginning and before the commit,
    and records that.
    """
    nested = connection.in_atomic_block
    outer = current_or_none() if nested else None
    person_id = person_id or actor.account_id
    if _stand_in is not None:
        actor, grant, staff = _stand_in.instead(organization_id, grant, staff)
    if outer is not None:
        scope = scope.within(outer.scope) if scope else outer.scope
    unit = UnitOfWork(actor, organization_id, person_id, scope)
    _note_staff(unit, outer, grant, staff)
    is_operator = actor.kind == ActorKind.OPERATOR
    if outer is not None and is_operator:
        outer.nested.append(unit)
    try:
        with versions.typed(), transaction.atomic(), underway(unit):
            if nested:
                _show(unit)
            else:
                _begin(unit)
            if unit.grant_id and unit.organization_id:
                standing.require(unit)
            yield unit
            journal.write(unit)
            if nested:
                _show(outer or UnitOfWork(Actor.visitor(), None))
    except BaseException as error:
        unit.is_undone = True
        _note_refusal(error, unit)
        raise
    finally:
        if outer is None:
            _tell_undone(unit)
            _tell_refusals(unit)


@contextmanager
def only_as(
    actor: Actor, *, grant: UUID | None = None, staff: UUID | None = None
) -> Iterator[None]:
    """Let this actor alone act in this process: what a shell does is nobody else's in the journal.

    A unit of work that names somebody sees what they would see, and its entries name this actor.
    grant, staff: by which grant organizations are seen, and of whom.
    """
    global _stand_in  # noqa: PLW0603  of the whole process, on purpose
    before, _stand_in = _stand_in, _StandIn(actor, grant, staff)
    try:
        yield
    finally:
        _stand_in = before


@contextmanager
def savepoint() -> Iterator[None]:
    """Undo what the block wrote, rows and journal entries, when it raises; what is around goes on.

    Works outside a unit of work too, where there are no entries to drop.
    """
    unit = current_or_none()
    before = len(unit.entries) if unit else 0
    units = len(unit.nested) if unit else 0
    try:
        with versions.typed(), transaction.atomic():
            yield
    except BaseException:
        if unit:
            del unit.entries[before:]
            for each in unit.nested[units:]:
                each.is_undone = True
        raise


def _note_staff(
    unit: UnitOfWork, outer: UnitOfWork | None, grant: UUID | None, staff: UUID | None
) -> None:
    """Note whether staff act, who and by which grant: here, or in the unit of work around."""
    if grant is not None:
        unit.staff_id, unit.grant_id = staff or unit.actor.account_id, grant
    elif outer is not None and outer.by_staff:
        unit.staff_id, unit.grant_id = outer.staff_id, outer.grant_id
    elif unit.actor.kind == ActorKind.STAFF:
        unit.staff_id = unit.actor.id
    elif unit.actor.kind == ActorKind.OPERATOR and unit.organization_id is not None:
        unit.staff_id = PLATFORM  # a command, too, sees an organization by somebody's grant alone
    unit.by_staff = unit.staff_id is not None
    if outer is not None:
        unit.refusals = outer.refusals
    is_visit = grant is not None and unit.actor.kind == ActorKind.STAFF
    unit.masks = is_visit or (outer is not None and outer.masks)


def _note_refusal(error: BaseException, unit: UnitOfWork) -> None:
    """Note once that staff were refused an organization's data."""
    if not unit.by_staff or not isinstance(error, KeyringRefused):
        return
    if unit.organization_id is None or getattr(error, "is_noted", False):
        return
    error.is_noted = True  # type: ignore[attr-defined]  # read by the units of work around
    assert unit.staff_id is not None
    why, unmet = "no-grant", list[str]()
    if isinstance(error, GrantRefused):
        why, unmet = error.why, list(error.unmet)
    facts = {"grant": _text(unit.grant_id), "why": why, "unmet": unmet}
    refusal = Refusal(unit.staff_id, unit.organization_id, Action.STAFF_REFUSE, facts)
    unit.refusals.append(refusal)


def _tell_refusals(outermost: UnitOfWork) -> None:
    """Record in the organizations' logs what staff were refused, whatever was undone.

    In the name of the person, without the grant that a shell would put in its place.
    """
    global _stand_in  # noqa: PLW0603  of the whole process, see only_as
    before, _stand_in = _stand_in, None
    try:
        for each in outermost.refusals:
            with (
                suppress(KeyringMissing, KeyringLocked),
                acting(Actor.staff(each.staff_id), each.organization_id),
            ):
                journal.record(each.action, subject_id=each.staff_id, **each.facts)
    finally:
        _stand_in = before


def _tell_undone(outermost: UnitOfWork) -> None:
    """Write an entry of what the operator read in each unit of work that was rolled back."""
    if outermost.actor.kind != ActorKind.OPERATOR:
        return
    for unit in _undone(outermost):
        if unit.has_read():
            with acting(unit.actor, unit.organization_id, person_id=unit.person_id) as again:
                again.opened, again.shown = unit.opened, unit.shown
                again.shows_everybody = unit.shows_everybody


def _undone(unit: UnitOfWork) -> Iterator[UnitOfWork]:
    """Give the units of work that were rolled back, with all inside them."""
    if unit.is_undone:
        yield from unit.everything()
    else:
        for each in unit.nested:
            yield from _undone(each)


def _begin(unit: UnitOfWork) -> None:
    """Begin the transaction and tell PostgreSQL what may be seen in it, in one round trip.

    psycopg would send BEGIN by itself before the first statement, and wait for the answer. It sees
    from the state of the connection that a transaction has begun. A scope that is not wanted is
    not set yet.
    """
    settings = ", ".join(
        f"set_config('seatrobot.{name}', '{value}', true)" for name, value in _shown(unit)
    )
    with connection.wrap_database_errors:
        result = connection.connection.pgconn.exec_(f"BEGIN; SELECT {settings}".encode())
        if result.status != ExecStatus.TUPLES_OK:
            raise psycopg.OperationalError(result.error_message.decode(errors="replace"))


def _show(unit: UnitOfWork) -> None:
    """Tell PostgreSQL what may be seen until the transaction ends, in one statement."""
    shown = (
        {"staff": "", "grant": ""}
        | dict(_shown(unit))
        | {level: str(getattr(unit.scope, level, None) or "") for level in LEVELS}
    )
    calls = ", ".join(f"set_config('seatrobot.{name}', %s, true)" for name in shown)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", list(shown.values()))


def _shown(unit: UnitOfWork) -> Iterator[tuple[str, str]]:
    """Give the settings that are wanted, as text: nothing but identifiers."""
    yield "organization", _text(unit.organization_id)
    yield "account", _text(unit.person_id)
    if unit.staff_id:
        yield "staff", _text(unit.staff_id)
        yield "grant", _text(unit.grant_id)
    if unit.scope:
        for level in LEVELS:
            yield level, _text(getattr(unit.scope, level))


def _text(identifier: UUID | None) -> str:
    """Return an identifier for SQL; TypeError for anything else, which might be more than one."""
    if identifier is None:
        return ""
    if not isinstance(identifier, UUID):
        raise TypeError(f"{identifier!r} is no identifier")
    return str(identifier)
