"""What packages above add to the pages of contacts, and what of theirs points to one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from seatrobot.kernel import features
from seatrobot.kernel.principals import Principal


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a card on a contact's page. at: when it happened, if it did. url: where it is."""

    text: str
    note: str = ""
    at: datetime | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """Rows under a heading, such as what was sent to somebody. icon: a name of the sprite."""

    title: str
    icon: str
    rows: Sequence[Row]


class AboutContact(ABC):
    """Implemented by packages that know more of a contact; named in their `feature.py`."""

    @abstractmethod
    def cards(self, principal: Principal, contact_id: UUID) -> Iterable[Card]:
        """Return what the principal may see of it."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A link at the head of the list of contacts."""

    label: str
    icon: str
    url: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A further act on the contacts that are selected.

    url: a page that takes their identifiers as `contact`, or the address of the list as `query`
    with `all`, by POST. options: value and label of what is chosen with it.
    """

    label: str
    icon: str
    url: str
    name: str
    chooses: str
    options: Sequence[tuple[str, str]]


class ContactTools:
    """Made by packages that do more with contacts than this one."""

    def links(self, principal: Principal) -> Iterable[Tool]:  # noqa: ARG002
        """Return links for the head of the list."""
        return ()

    def choices(self, principal: Principal) -> Iterable[Choice]:  # noqa: ARG002
        """Return acts for the bar of the selection."""
        return ()


class PointsToContacts(ABC):
    """Implemented by packages whose rows point to a contact, so that a merge takes them along."""

    name: str
    """Under which a merge keeps the identifiers of the rows."""

    @abstractmethod
    def counts(self, contact_ids: Iterable[UUID]) -> Mapping[UUID, int]:
        """Return how many rows point to each contact, for a preview."""

    @abstractmethod
    def move(self, old: UUID, new: UUID, ids: Iterable[UUID] | None = None) -> list[UUID]:
        """Let the rows that point to one contact point to another one; return which did.

        ids: those rows alone, when a merge is undone.
        """


def cards(principal: Principal, contact_id: UUID) -> list[Card]:
    every = features.extensions(AboutContact)
    found = (card for each in every for card in each.cards(principal, contact_id))
    return [card for card in found if card.rows]


def links(principal: Principal) -> list[Tool]:
    return [tool for each in features.extensions(ContactTools) for tool in each.links(principal)]


def choices(principal: Principal) -> list[Choice]:
    every = features.extensions(ContactTools)
    return [choice for each in every for choice in each.choices(principal)]
