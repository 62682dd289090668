"""Whom entries are about, by name: looked up when they are shown, and never stored in them.

Packages above this one know guests and contacts; each names what answers here in its `feature.py`.
Who was erased has no name any more, and is shown as somebody who was removed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.kernel import features
from seatrobot.kernel.journal import shown
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.journal.reading import first_about
from seatrobot.kernel.principals import Principal


class Subjects(ABC):
    """Answers for the organization acted for, about one kind of people.

    actions: how the actions begin that happen to one of them. gone: what one is called whose name
    is not there any more.
    """

    actions: tuple[str, ...]
    gone: Promise

    @abstractmethod
    def names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        """Return the names of those of the identifiers that are such people."""

    @abstractmethod
    def url(self, organization_id: UUID, event_id: UUID | None, subject_id: UUID) -> str:
        """Return the page of one of them."""

    def of_event(self, event_id: UUID) -> Iterable[UUID]:  # noqa: ARG002  for others to answer
        """Return everybody of an event."""
        return ()

    def added(self, ids: Collection[UUID]) -> dict[UUID, datetime]:  # noqa: ARG002  for others to answer
        """Return when those of the identifiers that are such people were added."""
        return {}

    def find(self, principal: Principal, event_id: UUID, text: str) -> list[UUID]:  # noqa: ARG002  for others to answer
        """Return those of an event whom the text finds."""
        return []

    def labels(self, event_ids: Collection[UUID]) -> Mapping[str, str]:  # noqa: ARG002  for others to answer
        """Return what fields are called, by the names that entries give them."""
        return {}


@dataclass(frozen=True, slots=True)
class About:
    """subject: the name of the one it happened to. showed: the names of those it showed.

    changed: the fields that were changed; unmasked: those that were shown to staff.
    """

    subject: str = ""
    url: str = ""
    showed: str = ""
    changed: str = ""
    unmasked: str = ""


NOBODY = About()
FIELDS = ("changed", "unmasked")
"""The facts of entries that name fields."""


def _names_fields(entry: Entry) -> bool:
    return any(entry.sealed.facts.get(name) for name in FIELDS)


def find(principal: Principal, event_id: UUID, text: str) -> list[UUID]:
    """Return the people of an event whom a text finds; an identifier finds itself."""
    try:
        return [UUID(text)]
    except ValueError:
        sources = features.extensions(Subjects)
        return [pk for source in sources for pk in source.find(principal, event_id, text)]


def first_entries(people: Collection[UUID]) -> dict[UUID, UUID]:
    """Return for each of these people the smallest identifier of an entry about them."""
    added = {
        pk: moment
        for source in features.extensions(Subjects)
        for pk, moment in source.added(people).items()
    }
    return {pk: first_about(pk, added.get(pk)) for pk in people}


def concerns(entry: Entry, people: Mapping[UUID, UUID], event_id: UUID | None) -> bool:
    """Return whether an entry happened to one of these people of an event, or showed one.

    people: as `first_entries` returns them.
    """
    details = entry.sealed
    if entry.subject_id in people:
        return True
    if details.everybody and entry.event_id == event_id:
        return any(first <= entry.pk for first in people.values())
    return bool(details.shown) and any(shown.holds(details.shown, pk) for pk in people)


class Names:
    """The people of a page of entries: a query for each kind of them, none where there are none.

    most: how many of those whom an entry showed are named.
    """

    def __init__(self, entries: Sequence[Entry], most: int) -> None:
        self.most = most
        self.sources = features.extensions(Subjects)
        self._marks = self._marks_of({e.event_id for e in entries if e.event_id and e.sealed.shown})
        wanted = {entry.subject_id for entry in entries if entry.subject_id}
        self._shown = {entry.pk: self._people(entry) for entry in entries if entry.sealed.shown}
        for people in self._shown.values():
            wanted.update(people[:most])
        self._named = [source.names(wanted) if wanted else {} for source in self.sources]
        events = {e.event_id for e in entries if e.event_id and _names_fields(e)}
        self._labels: dict[str, str] = {}
        for source in self.sources:
            self._labels |= source.labels(events) if events else {}

    def about(self, entry: Entry) -> About:
        """Return what an entry says of people."""
        subject, url = self._subject(entry)
        changed, unmasked = (self._fields(entry, name) for name in FIELDS)
        return About(subject, url, self._showed(entry), changed, unmasked)

    def _fields(self, entry: Entry, fact: str) -> str:
        """Return the fields that a fact of an entry names, by their labels."""
        named = entry.sealed.facts.get(fact)
        names = named if isinstance(named, list) else []
        return "; ".join(self._labels.get(name, name.replace("_", " ")) for name in names)

    def _subject(self, entry: Entry) -> tuple[str, str]:
        if entry.subject_id is None or entry.organization_id is None:
            return "", ""
        for source, named in zip(self.sources, self._named, strict=True):
            if name := named.get(entry.subject_id):
                url = source.url(entry.organization_id, entry.event_id, entry.subject_id)
                return name, url
        for source in self.sources:
            if entry.action.startswith(source.actions):
                return str(source.gone), ""
        return "", ""

    def _showed(self, entry: Entry) -> str:
        if entry.sealed.everybody:
            return _("Everybody on the list")
        people = self._shown.get(entry.pk, [])
        if not people or people == [entry.subject_id]:
            return ""
        names = [name for pk in people[: self.most] if (name := self._name(pk))]
        if more := len(people) - len(names):
            names.append(ngettext("%d more", "%d more", more) % more)
        return "; ".join(names)

    def _name(self, pk: UUID | None) -> str:
        return next((named[pk] for named in self._named if pk in named), "") if pk else ""

    def _people(self, entry: Entry) -> list[UUID | None]:
        """Return whom an entry showed; None for each who is not there any more, at the end."""
        known = self._marks.get(entry.event_id, {}) if entry.event_id else {}
        found = [known.get(mark) for mark in shown.unpack(entry.sealed.shown)]
        return sorted(found, key=lambda pk: (pk is None, pk or UUID(int=0)))

    def _marks_of(self, event_ids: Collection[UUID]) -> dict[UUID, dict[bytes, UUID]]:
        return {
            event_id: {
                shown.mark_of(pk): pk for source in self.sources for pk in source.of_event(event_id)
            }
            for event_id in event_ids
        }
