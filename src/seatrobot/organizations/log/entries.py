"""Entries of the access log: the newest that fit a filter, and the lines that people read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.accounts import services as accounts
from seatrobot.accounts.sign_in_log import origins
from seatrobot.kernel import streams
from seatrobot.kernel.actor import ActorKind
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.journal.services import Fact
from seatrobot.organizations import event_titles
from seatrobot.organizations.feature import Action
from seatrobot.organizations.log import text
from seatrobot.organizations.log.reading import PAGE, Filter, given, page_of
from seatrobot.organizations.models import Invitation


@dataclass(frozen=True, slots=True)
class LogFilter(Filter):
    """area: the first part of actions."""

    area: str = ""
    event: UUID | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """times: how many equal entries in a row it stands for; `at` is the newest of them."""

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
    times: int = 1


def newest(organization_id: UUID, chosen: LogFilter, before: UUID | None, size: int) -> list[Entry]:
    """Return the newest matching entries older than `before`."""
    wanted = given({"actor_id": chosen.account, "event_id": chosen.event})
    if chosen.area:
        wanted["action"] = text.actions_of(chosen.area)
    window = chosen.window(before)
    return streams.newest(Entry.objects.all(), organization_id, wanted, window, size)


def page(
    organization_id: UUID, chosen: LogFilter, before: UUID | None
) -> tuple[Sequence[Entry], UUID | None]:
    """Return one page, and from where the next one goes on (None when this is the last)."""
    return page_of(newest(organization_id, chosen, before, PAGE + 1))


def lines_of(entries: Sequence[Entry], titles: dict[UUID, str] | None = None) -> list[Line]:
    """Return a line per entry; one query for all the names, one for titles that are not given."""
    if titles is None:
        titles = event_titles.titles({entry.event_id for entry in entries if entry.event_id})
    names = _names_of(entries)
    return [_line(entry, names, titles) for entry in entries]


def fold(lines: Iterable[Line]) -> list[Line]:
    """Make one line of equal ones in a row that only read, such as every letter of a search."""
    folded = []
    for (_sentence, action), group in groupby(lines, key=lambda line: (line.sentence, line.action)):
        alike = list(group)
        if text.is_reading(action):
            opened = sum(line.opened for line in alike)
            alike = [replace(alike[0], times=len(alike), opened=opened)]
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
