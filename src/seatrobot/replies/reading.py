"""What a party's page shows: the event, the party with its guests, and what is asked of them.

Read in the scope of the party, by the holder of its link, or by the team that takes an answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec
from django.http import Http404

from seatrobot.events.models import Activity, Event, Field
from seatrobot.guests.fields import OpenChoice, OpenField
from seatrobot.guests.guest_list import holds_special
from seatrobot.guests.models import Guest, Party
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import TAKES_PLACE, Reply, Status
from seatrobot.kernel.clock import now
from seatrobot.kernel.principals import Principal
from seatrobot.organizations.models import Organization
from seatrobot.replies.models import Answer, Attendance, Page, PageRecord, Picture

MOST_BROUGHT = 20
"""How many further people one page offers to name, whatever the invitation says."""
_ANSWERED = {Reply.CONFIRMED, Reply.WAITLISTED, Reply.DECLINED}


class Closed(StrEnum):
    """Why nothing can be answered any more."""

    NOT_OPEN = "not-open"
    TOO_LATE = "too-late"
    BEGUN = "begun"


@dataclass(slots=True)
class Invited:
    """One guest of the party. attends: by activity, what they have said."""

    row: Guest
    record: GuestRecord
    attends: dict[UUID, bool] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        return self.row.pk

    @property
    def is_named(self) -> bool:
        return bool(self.record.first_name or self.record.last_name)

    @property
    def has_arrived(self) -> bool:
        return self.row.checked_in_at is not None

    @property
    def is_waiting(self) -> bool:
        return self.row.reply == Reply.WAITLISTED

    @property
    def comes(self) -> bool | None:
        """What is recorded: None as long as nothing was said; a held place comes."""
        if self.row.reply in {Reply.CONFIRMED, Reply.WAITLISTED}:
            return True
        if self.row.reply == Reply.DECLINED:
            return False
        return None

    @property
    def takes_place(self) -> bool:
        return self.row.status in TAKES_PLACE


@dataclass(slots=True)
class Invitation:
    """All that one party's page is made of.

    further: activities beside the one that every event has. fields: what is asked, in order;
    hidden: how many more are asked that only a code opens. slots: how many further people the
    party may name. reply_by: until when, None where nobody says.
    """

    organization: str
    event: Event
    activity: Activity
    further: Sequence[Activity]
    party: Party
    guests: Sequence[Invited]
    fields: Sequence[OpenField]
    hidden: Sequence[OpenField]
    page: PageRecord
    is_open: bool
    has_list: bool
    reply_by: datetime | None
    pictures: dict[str, datetime]
    answered_at: datetime | None = None

    @property
    def host(self) -> str:
        return self.page.host or self.organization

    @property
    def lead(self) -> Invited:
        """Whoever was invited first, whose answers stand for the party."""
        return next((each for each in self.guests if each.row.host_id is None), self.guests[0])

    @property
    def slots(self) -> int:
        return max(0, min((self.party.places or 0) - len(self.guests), MOST_BROUGHT))

    @property
    def closed(self) -> Closed | None:
        if not self.is_open:
            return Closed.NOT_OPEN
        if self.event.starts_at <= now():
            return Closed.BEGUN
        if self.reply_by is not None and self.reply_by <= now():
            return Closed.TOO_LATE
        return None

    @property
    def is_answered(self) -> bool:
        return any(each.row.reply in _ANSWERED for each in self.guests)

    @property
    def is_waiting(self) -> bool:
        return any(each.row.status == Status.WAITLISTED for each in self.guests)

    @property
    def version(self) -> str:
        """Changes with whatever an answer may change of the party and its guests."""
        rows = sorted((str(each.id), each.row.changed_at.isoformat()) for each in self.guests)
        facts = repr((rows, self.party.places))
        return hashlib.sha256(facts.encode()).hexdigest()[:24]

    def of_person(self) -> list[OpenField]:
        return [each for each in self.fields if each.scope == Field.Scope.PERSON]

    def of_party(self) -> list[OpenField]:
        return [each for each in self.fields if each.scope != Field.Scope.PERSON]


def load(
    principal: Principal, event_id: UUID, party_id: UUID, *, for_update: bool = False
) -> Invitation:
    """Return a party's invitation; Http404 when the party, or whoever belonged to it, is gone.

    for_update: the guests' rows stay as they are until the transaction ends.
    """
    if not principal.sees(event_id):
        raise Http404
    party = Party.objects.filter(pk=party_id, event_id=event_id).first()
    event = Event.objects.filter(pk=event_id).first()
    guests = invited(party_id, event_id, for_update=for_update)
    if party is None or event is None or not guests:
        raise Http404
    activity, *further = Activity.objects.filter(event_id=event_id).order_by("position")
    row = Page.objects.filter(event_id=event_id).first()
    page = row.sealed if row else PageRecord()
    if further:
        _put_attendance(guests)
    asked = _asked(event_id, page)
    opens = holds_special()
    return Invitation(
        organization=Organization.objects.get(pk=event.organization_id).sealed.name,
        event=event,
        activity=activity,
        further=further,
        party=party,
        guests=guests,
        fields=[each for each in asked if opens or not each.special],
        hidden=[] if opens else [each for each in asked if each.special],
        page=page,
        is_open=row.is_open if row else True,
        has_list=row.has_list if row else True,
        reply_by=party.reply_by or (row.reply_by if row else None),
        pictures=dict(Picture.objects.filter(event_id=event_id).values_list("place", "changed_at")),
        answered_at=Answer.objects.filter(party_id=party_id)
        .order_by("-at")
        .values_list("at", flat=True)
        .first(),
    )


def invited(party_id: UUID, event_id: UUID, *, for_update: bool = False) -> list[Invited]:
    """Return the guests of a party, without those whose reply was withdrawn for them."""
    rows = Guest.objects.filter(party_id=party_id, event_id=event_id)
    if for_update:
        rows = rows.select_for_update(no_key=True)
    opens = holds_special()
    found = []
    for row in rows.exclude(reply=Reply.WITHDRAWN).order_by("created_at", "pk"):
        record: GuestRecord = row.sealed
        if opens and row.special is not None:
            answers = record.answers | row.special.answers
            record = msgspec.structs.replace(record, answers=answers)
        found.append(Invited(row, record))
    return found


def _put_attendance(guests: Sequence[Invited]) -> None:
    by_id = {each.id: each for each in guests}
    rows = Attendance.objects.filter(guest_id__in=list(by_id))
    for guest_id, activity_id, comes in rows.values_list("guest_id", "activity_id", "comes"):
        by_id[guest_id].attends[activity_id] = comes


def _asked(event_id: UUID, page: PageRecord) -> list[OpenField]:
    """Return the fields that the event's page asks, opened; one that is gone is not asked."""
    if not page.asked:
        return []
    rows = Field.objects.filter(event_id=event_id, pk__in=page.asked).order_by("position", "pk")
    return [
        OpenField(
            row.pk,
            row.position,
            row.type,
            row.scope,
            row.special,
            row.sealed.labels,
            [OpenChoice(each.key, each.labels) for each in row.sealed.choices],
        )
        for row in rows
    ]
