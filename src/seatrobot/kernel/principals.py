"""Who asks a service for something, and what they may.

Every service takes a `Principal` as its keyword `actor` and asks it before anything else. A
member of an organization is one (`organizations.members`); so is the operator at the command
line, and so will be the holder of a guest's link.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from seatrobot.kernel import features
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.features import Permission
from seatrobot.kernel.tenancy.scopes import Scope
from seatrobot.kernel.unit_of_work import UnitOfWork, current
from seatrobot.kernel.vault.keyring import KeyClass


class NotAllowed(Exception):
    """The principal may not do what was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal(ABC):
    """Somebody or something that acts in one organization."""

    actor: Actor
    organization_id: UUID

    @abstractmethod
    def may(self, permission: Permission, event_id: UUID | None = None) -> bool:
        """Return whether this is permitted in the event, or anywhere when none is named."""

    @property
    @abstractmethod
    def events(self) -> AbstractSet[UUID] | None:
        """The events that this principal sees; None means all of the organization."""

    @property
    def account_id(self) -> UUID | None:
        """The account that answers for what this principal does; None where there is none."""
        return self.actor.account_id

    def sees(self, event_id: UUID | None) -> bool:
        """Return whether the event, if one is named, exists for this principal."""
        return event_id is None or self.events is None or event_id in self.events

    def require(self, permission: Permission, event_id: UUID | None = None) -> None:
        """Raise NotAllowed unless the principal may."""
        if not self.may(permission, event_id):
            raise NotAllowed(f"{self.actor.kind} may not {permission}")

    def key_classes(self, event_id: UUID | None = None) -> frozenset[KeyClass]:
        """Return the classes of special data that this principal may open.

        In one event, or in all of the organization; none for a principal who sees only some
        events when none is named.
        """
        if event_id is None and self.events is not None:
            return frozenset()
        wanted = features.key_classes().items()
        return frozenset(each for each, permission in wanted if self.may(permission, event_id))

    def hold_keys(self, event_id: UUID | None = None) -> None:
        """Let the unit of work in progress open the special data that this principal may."""
        current().key_classes = self.key_classes(event_id)

    @contextmanager
    def acting(
        self, scope: Scope | None = None, *, event_id: UUID | None = None
    ) -> Iterator[UnitOfWork]:
        """Open a unit of work in the name of this principal, see `kernel.acting`.

        event_id: the event in which special data may be opened, unless the scope names it.
        """
        with acting(self.actor, self.organization_id, scope=scope) as unit:
            self.hold_keys(scope.event if scope else event_id)
            yield unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator(Principal):
    """The operator at the command line, or the service itself: both may do everything.

    grant_id, staff_id: the operator sees an organization by a grant, and this is whose it is.
    """

    grant_id: UUID | None = None
    staff_id: UUID | None = None

    @classmethod
    def at(cls, organization_id: UUID, command: str, *, grant: UUID, staff: UUID) -> Operator:
        """Return the operator who runs a command for an organization, by somebody's grant."""
        return cls(
            actor=Actor.operator(command),
            organization_id=organization_id,
            grant_id=grant,
            staff_id=staff,
        )

    @classmethod
    def service(cls, organization_id: UUID, name: str) -> Operator:
        """Return the service itself, which does something for an organization."""
        return cls(actor=Actor.system(name), organization_id=organization_id)

    @contextmanager
    def acting(
        self, scope: Scope | None = None, *, event_id: UUID | None = None
    ) -> Iterator[UnitOfWork]:
        with acting(
            self.actor,
            self.organization_id,
            scope=scope,
            grant=self.grant_id,
            staff=self.staff_id,
        ) as unit:
            self.hold_keys(scope.event if scope else event_id)
            yield unit

    def may(self, permission: Permission, event_id: UUID | None = None) -> bool:  # noqa: ARG002  whatever is asked
        return True

    @property
    def events(self) -> None:
        return None
