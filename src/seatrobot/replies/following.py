"""What the team sees of answers: states of all parties, answers over time, who opened a link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max

from seatrobot.accounts.limits import network
from seatrobot.events.models import Event
from seatrobot.guests.guest_list import GuestList, OpenGuest
from seatrobot.guests.statuses import Reply, Status
from seatrobot.kernel import streams
from seatrobot.kernel.journal.models import Entry
from seatrobot.replies.feature import Action
from seatrobot.replies.models import Answer, Link

MOST_DAYS = 60
MOST_OPENINGS = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A party as the team follows it. opened: how often its page was asked for, by any link."""

    id: UUID
    guests: Sequence[OpenGuest]
    link: Link | None
    answer: Answer | None
    opened: int
    opened_at: datetime | None

    @property
    def name(self) -> str:
        lead = next((each for each in self.guests if each.host_id is None), self.guests[0])
        return lead.record.full_name or lead.record.email

    @property
    def state(self) -> str:
        """One of: waiting, coming, declined, opened, issued, none."""
        replies = {each.reply for each in self.guests}
        if any(each.status == Status.WAITLISTED for each in self.guests):
            return "waiting"
        if any(each.takes_place for each in self.guests):
            return "coming"
        if replies <= {Reply.DECLINED, Reply.WITHDRAWN}:
            return "declined"
        if self.opened:
            return "opened"
        return "issued" if self.link else "none"

    @property
    def coming(self) -> int:
        return sum(1 for each in self.guests if each.takes_place)


def rows(guest_list: GuestList, event: Event) -> list[Row]:
    """Return every party of an event, in the order of its first guest's name."""
    parties: dict[UUID, list[OpenGuest]] = {}
    for guest in guest_list.by_name:
        parties.setdefault(guest.party_id, []).append(guest)
    links = {
        link.party_id: link
        for link in Link.objects.filter(event_id=event.pk, kind=Link.Kind.OWN, revoked_at=None)
    }
    newest = {row.party_id: row for row in Answer.objects.filter(event_id=event.pk).order_by("at")}
    opened = _opened(event.pk)
    return [
        Row(
            party_id,
            guests,
            links.get(party_id),
            newest.get(party_id),
            *opened.get(party_id, (0, None)),
        )
        for party_id, guests in parties.items()
    ]


def _opened(event_id: UUID) -> Mapping[UUID, tuple[int, datetime]]:
    """Return how often each party's page was opened, and when last, by the access log."""
    found = (
        Entry.objects.filter(event_id=event_id, action=Action.PAGE_VIEW.value)
        .order_by()
        .values_list("subject_id")
        .annotate(times=Count("id"), last=Max("at"))
    )
    return {party_id: (times, last) for party_id, times, last in found if party_id}


def by_day(event: Event) -> list[tuple[str, int]]:
    """Return how many answers came on each day up to the newest, in the event's time zone."""
    moments = Answer.objects.filter(event_id=event.pk).values_list("at", flat=True)
    counts = Counter(at.astimezone(event.zone).date() for at in moments)
    if not counts:
        return []
    last = max(counts)
    first = max(min(counts), last - timedelta(days=MOST_DAYS - 1))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [(_day(day), counts[day]) for day in days]


def _day(day: date) -> str:
    return day.isoformat()


@dataclass(frozen=True, slots=True)
class Openings:
    """How often a link was opened, and from how many places: network and program together."""

    times: int
    places: int

    @property
    def is_forwarded(self) -> bool:
        return self.places > 2  # noqa: PLR2004  a phone and a computer of one person


def openings(organization_id: UUID, link_id: UUID) -> Openings:
    """Return what the access log says of a link, of its newest openings."""
    entries = streams.newest(
        Entry.objects.all(),
        organization_id,
        {"actor_id": [link_id]},
        streams.Window(streams.OLDEST, streams.NEWEST),
        MOST_OPENINGS,
    )
    views = [each for each in entries if each.action == Action.PAGE_VIEW.value]
    places = {(network(each.sealed.ip), each.sealed.agent) for each in views}
    return Openings(len(views), len(places))
