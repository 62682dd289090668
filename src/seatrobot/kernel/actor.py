"""Who acts: every open key and every journal entry carries one of these."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    MEMBER = "member"
    STAFF = "staff"
    VISITOR = "visitor"
    JOB = "job"
    LINK = "link"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a process.

    id: the account, where there is one. name: which job, command or link; never a person's name.
    A visitor (nobody has signed in) has neither, and no keyring opens for a visitor.
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
    def link(cls, name: str) -> "Actor":
        """Return whoever holds a secret link (an invitation, a set-up link)."""
        return cls(ActorKind.LINK, None, name)

    @classmethod
    def system(cls, name: str) -> "Actor":
        """Return a command that the operator started."""
        return cls(ActorKind.SYSTEM, None, name)

    @property
    def named(self) -> bool:
        return self.id is not None or bool(self.name)
