"""Who has seen a person, and whom somebody has seen, by what entries say of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from seatrobot.kernel import streams
from seatrobot.kernel.ids import AFTER_TIME, first_id
from seatrobot.kernel.journal import shown
from seatrobot.kernel.journal.models import Entry

CHUNK = 1000


def seen_by(  # noqa: PLR0913  one argument per thing that is said
    organization_id: UUID,
    event_id: UUID,
    person_id: UUID,
    *,
    added: datetime,
    before: UUID | None,
    size: int,
) -> list[Entry]:
    """Return the newest entries older than `before` that concern one person of an event.

    added: when the row of the person was made.
    Those that happened to the person, and those of pages, searches and files that showed them.
    A list shown whole showed everybody who was on it by then.
    """
    found: list[Entry] = []
    window = streams.Window(first_about(person_id, added), before or streams.NEWEST)
    for entry in _entries(organization_id, "event_id", event_id, window):
        if entry.subject_id == person_id or _shows(entry, person_id):
            found.append(entry)
            if len(found) == size:
                break
    return found


@dataclass(slots=True)
class Seen:
    """Whom somebody has seen. whole: by event, when its list was last shown whole."""

    subjects: set[UUID] = field(default_factory=set)
    marks: set[bytes] = field(default_factory=set)
    whole: dict[UUID, UUID] = field(default_factory=dict)

    def includes(self, event_id: UUID, person_id: UUID) -> bool:
        """Return whether a person of an event is among them."""
        last = self.whole.get(event_id)
        return (
            person_id in self.subjects
            or shown.mark_of(person_id) in self.marks
            or (last is not None and _moment(person_id) <= _moment(last))
        )


def seen_of(
    organization_id: UUID, actor_id: UUID, window: streams.Window, *, ip: str = "", agent: str = ""
) -> Seen:
    """Return whom an actor has seen in a stretch of time, such as that of one session.

    ip, agent: only what came from there, as one session among several does.
    """
    seen = Seen()
    for entry in _entries(organization_id, "actor_id", actor_id, window):
        details = entry.sealed
        if (ip and details.ip != ip) or (agent and details.agent != agent):
            continue
        if entry.subject_id:
            seen.subjects.add(entry.subject_id)
        seen.marks.update(shown.unpack(details.shown))
        if details.everybody and entry.event_id:
            seen.whole.setdefault(entry.event_id, entry.pk)
    return seen


def _entries(
    organization_id: UUID, column: str, value: UUID, window: streams.Window
) -> Iterator[Entry]:
    before: UUID | None = window.before
    while before:
        chunk = streams.newest(
            Entry.objects.all(),
            organization_id,
            {column: [value]},
            streams.Window(window.since, before),
            CHUNK,
        )
        yield from chunk
        before = chunk[-1].pk if len(chunk) == CHUNK else None


def first_about(person_id: UUID, added: datetime | None) -> UUID:
    """Return the smallest identifier that an entry about a person can have.

    Nothing concerned a person before their row was there. A form may have given the identifier, so
    its time counts only where it is the earlier one, or where the row is gone (`added` is None).
    """
    said = UUID(int=_moment(person_id) << AFTER_TIME)
    return said if added is None else min(said, first_id(added))


def _moment(identifier: UUID) -> int:
    """Return the milliseconds at which a UUIDv7 was made."""
    return identifier.int >> AFTER_TIME


def _shows(entry: Entry, person_id: UUID) -> bool:
    details = entry.sealed
    return bool(details.everybody) or shown.holds(details.shown, person_id)
