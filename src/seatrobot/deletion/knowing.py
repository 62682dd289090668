"""What packages answer that know people, or keep copies of what was deleted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from seatrobot.kernel.principals import Principal
from seatrobot.normalizing import fold, normalized_name


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a request is about. emails: as they are compared (`normalizing.fold`)."""

    name: str
    emails: frozenset[str]
    contact_id: UUID | None = None

    def is_called(self, name: str) -> bool:
        return bool(name) and normalized_name(name) == normalized_name(self.name)

    def has(self, emails: Iterable[str]) -> bool:
        return any(fold(each) in self.emails for each in emails if each)


@dataclass(frozen=True, slots=True)
class Known:
    """One row about a person.

    facts: label and text. url: where it is seen and corrected. is_certain: whether name or link say
    that it is about them; of another one with their address somebody has to decide. by_address: it
    was found by the address alone, so it is certain only while nobody else has that address.
    """

    table: str
    id: UUID
    title: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""
    is_certain: bool = True
    by_address: bool = False

    @property
    def key(self) -> str:
        return f"{self.table}:{self.id}"


class KnowsPeople(ABC):
    """Implemented by each package with rows about people."""

    @abstractmethod
    def person(self, principal: Principal, subject_id: UUID) -> Person | None:
        """Return who a row is about; None where no row of the package has this identifier."""

    @abstractmethod
    def known(self, principal: Principal, person: Person) -> Iterable[Known]:
        """Return every row about a person, opened."""

    @abstractmethod
    def erase(
        self, principal: Principal, ids: Mapping[str, Collection[UUID]]
    ) -> Mapping[str, Collection[UUID]]:
        """Delete these rows, by table; return what went. Counts of past events stay as they are."""


class Copies(ABC):
    """Implemented by a package that keeps whole copies of an organization's data for a time."""

    @abstractmethod
    def forget(self, organization_id: UUID, before: datetime) -> None:
        """Delete the copies made before something was deleted; called acting for it."""
