"""Who acts: every open key and every journal entry carries one of these."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    """What an actor's id names is told at each kind; the journal keeps both."""

    MEMBER = "member"
    """A person who has signed in: the account."""
    STAFF = "staff"
    """A person who runs the service: the account."""
    JOB = "job"
    """A background job: the account that asked for it, if one did."""
    VISITOR = "visitor"
    """Somebody who has not signed in: nothing."""
    LINK = "link"
    """The holder of a secret link (an invitation, a guest's own page): the link's row."""
    COORDINATOR = "coordinator"
    """An outside person with one grant: the grant."""
    DEVICE = "device"
    """A device at a door: the device's pass."""
    TOKEN = "token"  # noqa: S105  a kind, no secret
    """A program with an API token: the token's row."""
    OPERATOR = "operator"
    """A command that the operator started: nothing."""
    SYSTEM = "system"
    """The service itself, as when it examines promises: nothing."""


SERVICES = frozenset(
    {"archive-import", "commands", "deletion", "devices", "faults", "grants", "mail", "promises"}
    | {"recording", "seatrobot demo"}
)
"""Names of SYSTEM that are no job's. What acts in an organization under a name that is neither is
found (`confidentiality.need`); a test compares them with the source."""

WITH_ACCOUNT = frozenset({ActorKind.MEMBER, ActorKind.STAFF, ActorKind.JOB})
"""Kinds whose identifier is an account's."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a process.

    id: see ActorKind. name: which job, command or kind of link; never a person's name.
    A visitor has neither, and no keyring opens for a visitor.
    """

    kind: ActorKind
    id: UUID | None = None
    name: str = ""

    @classmethod
    def member(cls, account_id: UUID) -> "Actor":
        return cls(ActorKind.MEMBER, account_id)

    @classmethod
    def staff(cls, account_id: UUID) -> "Actor":
        """Return somebody who runs the service, for whom no organization's keyring opens."""
        return cls(ActorKind.STAFF, account_id)

    @classmethod
    def visitor(cls) -> "Actor":
        return cls(ActorKind.VISITOR)

    @classmethod
    def job(cls, name: str, account_id: UUID | None = None) -> "Actor":
        """Return a background job, with the account that asked for it."""
        return cls(ActorKind.JOB, account_id, name)

    @classmethod
    def link(cls, name: str, link_id: UUID | None = None) -> "Actor":
        """Return whoever holds a secret link.

        name: the kind of link. link_id: its row, None where the row is not yet known.
        """
        return cls(ActorKind.LINK, link_id, name)

    @classmethod
    def operator(cls, command: str) -> "Actor":
        """Return the operator at the command line."""
        return cls(ActorKind.OPERATOR, None, command)

    @classmethod
    def system(cls, name: str) -> "Actor":
        """Return a process of the service itself."""
        return cls(ActorKind.SYSTEM, None, name)

    @property
    def account_id(self) -> UUID | None:
        """The account that answers for what is done; None where there is none."""
        return self.id if self.kind in WITH_ACCOUNT else None

    @property
    def named(self) -> bool:
        return self.id is not None or bool(self.name)
