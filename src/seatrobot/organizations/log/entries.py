"""Entries of the access log: the newest that fit a filter, and the lines that people read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.accounts import services as accounts
from seatrobot.accounts.sign_in_log import origins
from seatrobot.kernel import features, streams
from seatrobot.kernel.actor import ActorKind
from seatrobot.kernel.ids import is_uuid
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.journal.services import Fact
from seatrobot.organizations import event_titles
from seatrobot.organizations.feature import Action
from seatrobot.organizations.log import text
from seatrobot.organizations.log.reading import PAGE, Filter, given, page_of
from seatrobot.organizations.log.subjects import (
    FIELDS,
    NOBODY,
    About,
    Names,
    concerns,
    first_entries,
)
from seatrobot.organizations.models import Invitation

MOST_NAMED = 12
"""How many of the people whom an entry showed are named on a page."""
PART = 1000
MOST_OPENED = 20 * PART


@dataclass(frozen=True, slots=True)
class LogFilter(Filter):
    """What to show of the log.

    area: the first part of actions. people: of `event`, to whom something happened or who were
    shown. only_changes: without what only reads, and without sign-ins. staff: only what staff of
    the service did, themselves or by commands on its machine.
    """

    area: str = ""
    event: UUID | None = None
    people: tuple[UUID, ...] | None = None
    only_changes: bool = False
    staff: bool = False

    def words(self) -> list[str]:
        """Return what is filtered, for the journal: people by their identifiers."""
        chosen = replace(self, people=None, only_changes=False)
        found = Filter.words(chosen)
        if self.people is not None:
            found.append("people: " + " ".join(str(pk) for pk in self.people))
        return found


@dataclass(frozen=True, slots=True)
class Line:
    """times: how many entries in a row it stands for; `at` is the newest of them.

    about: the people that it concerns, by name. within: the lines of a row that only reads.
    ground: by whose access of the staff it was done, None for everybody else.
    """

    id: UUID
    at: datetime
    who: str
    sentence: str
    action: str
    icon: str
    tone: str
    event: str
    facts: dict[str, Fact]
    ip: str
    device: str
    opened: int
    about: About = NOBODY
    subject_id: UUID | None = None
    times: int = 1
    within: Sequence[Line] = ()
    ground: Ground | None = None

    @property
    def shown_facts(self) -> dict[str, Fact]:
        """The facts that `about` does not say already, lists as text."""
        return {
            name.replace("_", " "): "; ".join(fact) if isinstance(fact, list) else fact
            for name, fact in self.facts.items()
            if name not in {*FIELDS, "subjects"}
            and fact not in (None, "", [])
            and not (name == "grant" and self.ground)
        }


def newest(organization_id: UUID, chosen: LogFilter, before: UUID | None, size: int) -> list[Entry]:
    """Return the newest matching entries older than `before`."""
    return find(organization_id, chosen, before, size)[0]


def find(
    organization_id: UUID, chosen: LogFilter, before: UUID | None, size: int
) -> tuple[list[Entry], UUID | None]:
    """Return the newest matching entries, and where to go on when there may be more.

    Entries are opened to see whether they concern somebody; a page ends after MOST_OPENED of them.
    """
    if chosen.people is None:
        found = _newest(organization_id, chosen, before, size)
        return found, found[-1].pk if len(found) == size else None
    about: list[Entry] = []
    people = first_entries(chosen.people)
    for _part in range(MOST_OPENED // PART):
        part = _newest(organization_id, chosen, before, PART)
        for entry in part:
            if concerns(entry, people, chosen.event):
                about.append(entry)
            if len(about) == size:
                return about, entry.pk
        if len(part) < PART:
            return about, None
        before = part[-1].pk
    return about, before


def _newest(
    organization_id: UUID, chosen: LogFilter, before: UUID | None, size: int
) -> list[Entry]:
    wanted: dict[str, Sequence[Any]] = dict(
        given({"actor_id": chosen.account, "event_id": chosen.event})
    )
    if chosen.area or chosen.only_changes:
        wanted["action"] = text.actions_of(chosen.area, only_changes=chosen.only_changes)
    window = chosen.window(before)
    asked = _of_staff(wanted) if chosen.staff else [wanted]
    found = [
        entry
        for each in asked
        for entry in streams.newest(Entry.objects.all(), organization_id, each, window, size)
    ]
    return sorted(found, key=lambda entry: entry.pk, reverse=True)[:size]


def _of_staff(wanted: dict[str, Sequence[Any]]) -> list[dict[str, Sequence[Any]]]:
    """Return what to ask for, in turn, to find all that staff did.

    By their own name, or by a command, which sees an organization by a grant of theirs alone; and
    what the service recorded of such a command.
    """
    recorded = [each for source in features.extensions(Grounds) for each in source.recorded]
    actions = wanted.get("action")
    return [
        wanted | {"actor_kind": [ActorKind.STAFF.value, ActorKind.OPERATOR.value]},
        wanted | {"action": [each for each in recorded if actions is None or each in actions]},
    ]


def page(
    organization_id: UUID, chosen: LogFilter, before: UUID | None
) -> tuple[Sequence[Entry], UUID | None]:
    """Return one page, and from where the next one goes on (None when this is the last)."""
    if chosen.people is None:
        return page_of(newest(organization_id, chosen, before, PAGE + 1))
    return find(organization_id, chosen, before, PAGE)


def lines_of(
    entries: Sequence[Entry], titles: dict[UUID, str] | None = None, *, most: int = MOST_NAMED
) -> list[Line]:
    """Return a line per entry; one query for all the names, one for titles that are not given.

    most: how many of the people that an entry showed are named.
    """
    if titles is None:
        titles = event_titles.titles({entry.event_id for entry in entries if entry.event_id})
    names, people = _names_of(entries), Names(entries, most)
    grounds = _grounds(entries)
    lines = (_with_ground(_line(entry, names, titles), grounds) for entry in entries)
    return [
        replace(line, about=people.about(entry)) for line, entry in zip(lines, entries, strict=True)
    ]


class Ground(NamedTuple):
    """Why staff saw something. who: whose access it was. url: of the page about that access."""

    reason: str
    who: str
    url: str


class Grounds(ABC):
    """Knows why staff of the service saw something: by the grant that an entry names.

    recorded: the actions by which the service itself notes what a command did by a grant.
    """

    recorded: Collection[str]

    @abstractmethod
    def known(self, grant_ids: Collection[UUID]) -> dict[UUID, Ground]:
        """Return what is known of each of these grants of the organization acted for."""


def _with_ground(line: Line, grounds: dict[str, Ground]) -> Line:
    ground = grounds.get(str(line.facts.get("grant", "")))
    return (
        replace(line, ground=ground, facts={"reason": ground.reason} | line.facts)
        if ground
        else line
    )


def _grounds(entries: Sequence[Entry]) -> dict[str, Ground]:
    """Return what is known of each grant that entries name, by its identifier as text."""
    named = {str(entry.sealed.facts.get("grant") or "") for entry in entries}
    ids = {UUID(text) for text in named if is_uuid(text)}
    found: dict[str, Ground] = {}
    if ids:
        for source in features.extensions(Grounds):
            found |= {str(pk): ground for pk, ground in source.known(ids).items()}
    return found


def fold(lines: Iterable[Line]) -> list[Line]:
    """Make one line of equal ones in a row that only read, such as every letter of a search.

    Equal are lines from one place and device; whom each of them showed stays to be seen in it.
    """
    folded = []
    for (_sentence, action, *_of), group in groupby(
        lines,
        key=lambda line: (line.sentence, line.action, line.subject_id, line.ip, line.device),
    ):
        alike = list(group)
        if text.is_reading(action):
            opened = sum(line.opened for line in alike)
            first = alike[0]
            is_one = all((each.about, each.facts) == (first.about, first.facts) for each in alike)
            within = () if is_one else alike
            alike = [replace(first, times=len(alike), opened=opened, within=within)]
        folded += alike
    return folded


def fold_reads(lines: Iterable[Line]) -> list[Line]:
    """Make one line of whatever somebody only read in a row, so that all else stands out."""
    folded = []
    for (is_reading, who, event, *_from), group in groupby(
        fold(lines),
        key=lambda line: (
            *(text.is_reading(line.action), line.who, line.event),
            *(line.ip, line.device),
        ),
    ):
        alike = list(group)
        if is_reading and len(alike) > 1:
            first = replace(
                alike[0],
                sentence=text.read_data(who, event),
                facts={},
                about=NOBODY,
                subject_id=None,
                opened=sum(line.opened for line in alike),
                times=sum(line.times for line in alike),
                within=[each for line in alike for each in (line.within or (line,))],
            )
            alike = [first]
        folded += alike
    return folded


def _names_of(entries: Sequence[Entry]) -> dict[UUID | None, str]:
    """Return the names behind the identifiers of entries, as far as they are still there."""
    ids = {pk for entry in entries for pk in (entry.actor_id, entry.subject_id) if pk}
    invited = {e.subject_id for e in entries if e.subject_id and e.action in INVITING}
    invitations = Invitation.objects.filter(pk__in=invited) if invited else ()
    names: dict[UUID | None, str] = {row.pk: row.sealed.name for row in invitations}
    return names | {pk: person.name for pk, person in accounts.people(ids).items()}


def _line(entry: Entry, names: dict[UUID | None, str], titles: dict[UUID, str]) -> Line:
    details = entry.sealed
    who = _who(entry, names.get(entry.actor_id, ""))
    event = ""
    if entry.event_id:
        event = titles.get(entry.event_id, _("an event that is gone"))
    return Line(
        id=entry.pk,
        at=entry.at,
        who=who,
        sentence=text.phrase(entry.action, who, names.get(entry.subject_id, ""), event),
        action=entry.action,
        icon=text.icon_of(entry.action),
        tone=text.tone_of(entry.action),
        event=event,
        facts=details.facts,
        ip=details.ip,
        device=origins.describe(details.agent) if details.agent else "",
        opened=entry.opened,
        subject_id=entry.subject_id,
    )


INVITING = {
    Action.MEMBER_INVITE,
    Action.MEMBER_INVITE_RESEND,
    Action.MEMBER_INVITE_VIEW,
    Action.MEMBER_INVITE_WITHDRAW,
}
WHO = {
    ActorKind.MEMBER: gettext_lazy("%(person)s"),
    ActorKind.STAFF: gettext_lazy("%(person)s of the staff"),
    ActorKind.OPERATOR: gettext_lazy("The operator (%(name)s)"),
    ActorKind.SYSTEM: gettext_lazy("The service itself (%(name)s)"),
    ActorKind.LINK: gettext_lazy("Somebody with a link (%(name)s)"),
    ActorKind.COORDINATOR: gettext_lazy("A coordinator"),
    ActorKind.DEVICE: gettext_lazy("A device at the door"),
    ActorKind.TOKEN: gettext_lazy("A program with an API token"),
    ActorKind.VISITOR: gettext_lazy("A visitor"),
}


def _who(entry: Entry, name: str) -> str:
    words = {"person": name or _("A person who is gone"), "name": entry.actor_name}
    if entry.actor_kind == ActorKind.JOB:
        return _("A job for %(person)s") % words if entry.actor_id else _("A job")
    return str(WHO[ActorKind(entry.actor_kind)]) % words
