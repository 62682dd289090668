"""Telling the journal, in the transaction of the act itself.

Entries wait in the unit of work and are written as its last statement, so one INSERT holds them
all and a transaction that cannot write them does not commit.
"""

from __future__ import annotations

import os
import platform
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from seatrobot.kernel.actor import ActorKind
from seatrobot.kernel.clock import now
from seatrobot.kernel.feature import Action as KernelAction
from seatrobot.kernel.journal.actions import Action, Kind
from seatrobot.kernel.journal.models import Details, Entry
from seatrobot.kernel.journal.shown import pack
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.staff import standing
from seatrobot.kernel.unit_of_work import UnitOfWork, current
from seatrobot.kernel.vault.holding import claim_uses, process, told_uses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Fact = str | float | bool | list[str] | None
_origin: ContextVar[tuple[str, str]] = ContextVar("origin", default=("", ""))

LONGEST_AGENT = 400


class NotOnAVisit(Refused):
    """Staff would export or delete what is an organization's."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            _("Staff export, print and delete nothing of an organization: ask one of its members.")
        )


@contextmanager
def coming_from(ip: str, agent: str) -> Iterator[None]:
    """Note the address and agent of a request for every entry recorded inside.

    The agent is anything a stranger sends: it is cut, and what cannot be printed becomes a space.
    """
    printable = "".join(sign if sign.isprintable() else " " for sign in agent[:LONGEST_AGENT])
    token = _origin.set((ip, printable))
    try:
        yield
    finally:
        _origin.reset(token)


def record(
    action: Action,
    *,
    event_id: UUID | None = None,
    subject_id: UUID | None = None,
    **facts: Fact,
) -> Entry:
    """Record that the actor of this unit of work did something; it is written with the commit.

    event_id: the event it happened in. subject_id: the row it happened to. facts: sealed with the
    entry; numbers and identifiers, never what outlives a person who is erased (models.Details).

    Raises TypeError for a fact of another type: sealed, it could not be read again. Raises
    NotOnAVisit where staff would take data out of an organization, or end something in it.
    """
    for name, fact in facts.items():
        if not isinstance(fact, str | float | int | list | None):
            raise TypeError(f"{name} is a {type(fact).__name__}, which no entry can hold")
    unit = current()
    if unit.masks and action.kind in {Kind.EXPORTING, Kind.ENDING}:
        raise NotOnAVisit
    if unit.grant_id and unit.organization_id:
        facts.setdefault("grant", str(unit.grant_id))
    ip, agent = _origin.get()
    entry = Entry(
        organization_id=unit.organization_id,
        at=now(),
        action=action.value,
        actor_kind=unit.actor.kind.value,
        actor_id=unit.actor.id,
        actor_name=unit.actor.name,
        event_id=event_id,
        subject_id=subject_id,
        sealed=Details(facts, ip, agent),
    )
    unit.entries.append(entry)
    return entry


def shown(people: Iterable[UUID]) -> None:
    """Note whom this unit of work shows to its actor; its first entry in an event keeps it."""
    current().shown.update(people)


def shown_everybody() -> None:
    """Note that this unit of work shows the whole list of its event."""
    current().shows_everybody = True


def write(unit: UnitOfWork) -> None:
    """Write the entries of a unit of work; one that only opened sealed data says at least that.

    Plain SQL, because Django would ask for the rows back (RETURNING) and a visitor may add to the
    platform's stream but see nothing of it.
    """
    if not unit.entries and unit.has_read():
        record(KernelAction.VAULT_OPEN)
    if unit.grant_id and unit.organization_id:
        standing.require(unit)
    if not unit.entries and process.claim():
        unit.entries.append(_holder())
        transaction.on_commit(process.told)
    if not unit.entries:
        return
    if (place := unit.organization_id) and (uses := claim_uses(place)):
        unit.entries.append(_own_key(place, *uses))
        transaction.on_commit(partial(told_uses, place, *uses))
    unit.entries[0].opened = unit.opened
    showing = next((each for each in unit.entries if each.event_id), unit.entries[0]).sealed
    showing.everybody = unit.shows_everybody
    if not unit.shows_everybody:
        showing.shown = pack(unit.shown)
    values = [value for entry in unit.entries for value in _values(entry)]
    if process.claim():  # sealing the entries may have opened the first keyring
        transaction.on_commit(process.told)
        unit.entries.append(_holder())
        values += _values(unit.entries[-1])
    with connection.cursor() as cursor:
        cursor.execute(_insert(len(unit.entries)), values)
    unit.entries.clear()


def _holder() -> Entry:
    """Return the entry of the platform that names this process, which has begun to open keys."""
    facts: dict[str, Fact] = {"process": process.name, "pid": os.getpid(), "host": platform.node()}
    return Entry(
        at=now(),
        action=KernelAction.VAULT_HOLD.value,
        actor_kind=ActorKind.SYSTEM.value,
        actor_name=process.name,
        sealed=Details(facts, "", ""),
    )


def _own_key(organization_id: UUID, asked: int, refused: int) -> Entry:
    """Return the entry that says how often this process asked for an organization's own key."""
    facts: dict[str, Fact] = {"process": process.name, "asked": asked, "refused": refused}
    return Entry(
        organization_id=organization_id,
        at=now(),
        action=KernelAction.VAULT_OWN.value,
        actor_kind=ActorKind.SYSTEM.value,
        actor_name=process.name,
        sealed=Details(facts, "", ""),
    )


_COLUMNS = [field.attname for field in Entry._meta.concrete_fields]
_SEALED = Entry._meta.get_field("sealed")


def _values(entry: Entry) -> list[Any]:
    """Return the columns of a new entry; they are what the database takes, except the record."""
    row = {**entry.__dict__, _SEALED.attname: _SEALED.pre_save(entry, add=True)}
    return [row[column] for column in _COLUMNS]


@lru_cache(maxsize=64)
def _insert(entries: int) -> str:
    row = f"({', '.join(['%s'] * len(_COLUMNS))})"
    rows = ", ".join([row] * entries)
    return f"INSERT INTO journal_entry ({', '.join(_COLUMNS)}) VALUES {rows}"  # noqa: S608  our own names


def origin() -> tuple[str, str]:
    """Return address and agent of the request in progress; empty outside one."""
    return _origin.get()
