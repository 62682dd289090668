"""What is going on in the unit of work in progress: who acts, for whom, and what it leaves behind.

`acting.py` begins and ends units of work; the vault and the journal ask here which one it is, so
neither needs to know how one begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from seatrobot.kernel.actor import Actor
from seatrobot.kernel.tenancy.scopes import Scope
from seatrobot.kernel.vault.keyring import KeyClass, Keyring


class NobodyActs(Exception):
    """Something needed an actor outside `acting(...)`."""


class NotCommitted(Exception):
    """Something would leave the process before the entry of the access is committed."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What staff were refused in an organization; recorded when all else is over or undone."""

    staff_id: UUID
    organization_id: UUID
    action: Any
    facts: dict[str, Any]


@dataclass(slots=True)
class UnitOfWork:
    """What is going on in this transaction.

    entries: rows of `journal.models.Entry` that wait for the commit. opened: how many sealed
    records were opened.
    shown: people whom it shows, see `journal.services.shown`; shows_everybody: all of the event.
    keyrings: those the vault has opened for this actor so far.
    key_classes: classes of special data that may be opened, see `Principal.hold_keys`.
    scope: the part of the organization that is seen, where that is not all of it.
    nested: the operator's units of work inside this one. is_undone: whether it was rolled back.
    by_staff: whether staff act, here or in a unit of work around this one. staff_id: who of them.
    refusals: what they were refused, also in units of work inside.
    grant_id: the grant by which they see an organization. asked_at: when it was last asked whether
    they still may (monotonic). grant_events: the events alone that it is for; None for all of them.
    masks: whether personal fields are masked when records are opened (vault/masking.py), as they
    are for staff on a visit.
    person_id: the account whose own rows are seen whatever the organization.
    """

    actor: Actor
    organization_id: UUID | None
    person_id: UUID | None = None
    scope: Scope | None = None
    key_classes: frozenset[KeyClass] = frozenset()
    opened: int = 0
    entries: list[Any] = field(default_factory=list)
    keyrings: dict[UUID, Keyring] = field(default_factory=dict)
    by_staff: bool = False
    masks: bool = False
    staff_id: UUID | None = None
    grant_id: UUID | None = None
    asked_at: float = float("-inf")
    grant_events: frozenset[UUID] | None = None
    refusals: list[Refusal] = field(default_factory=list)
    shown: set[UUID] = field(default_factory=set)
    shows_everybody: bool = False
    nested: list[UnitOfWork] = field(default_factory=list)
    is_undone: bool = False

    def everything(self) -> Iterator[UnitOfWork]:
        """Give this unit of work and all inside it."""
        yield self
        for each in self.nested:
            yield from each.everything()

    def has_read(self) -> bool:
        """Whether its actor has seen something of the organization."""
        return bool(self.opened or self.shown or self.shows_everybody)


_current: ContextVar[UnitOfWork | None] = ContextVar("unit_of_work", default=None)


def current() -> UnitOfWork:
    """Return the unit of work in progress; raise NobodyActs when there is none."""
    unit = _current.get()
    if unit is None:
        raise NobodyActs("nobody acts here: wrap this in acting(...)")
    return unit


def current_or_none() -> UnitOfWork | None:
    return _current.get()


def require_committed(what: str) -> None:
    """Raise NotCommitted inside a unit of work: nothing is shown or sent before its entry is kept.

    what: that which would leave, for the message.
    """
    if _current.get() is not None:
        raise NotCommitted(f"{what} inside a unit of work: return, commit, then show")


@contextmanager
def underway(unit: UnitOfWork) -> Iterator[None]:
    """Let `unit` be the unit of work in progress for as long as the block runs."""
    token = _current.set(unit)
    try:
        yield
    finally:
        _current.reset(token)
