"""What can be done at the door: each is one change that two doors cannot both make."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from seatrobot.accounts.models import Account
from seatrobot.checkin import text
from seatrobot.checkin.feature import Action, Permission
from seatrobot.events.models import Activity, Event
from seatrobot.guests import arrivals, capacity, writing
from seatrobot.guests.guest_list import open_list
from seatrobot.guests.importing.matching import has_name, namesakes
from seatrobot.guests.models import Arrival, Guest
from seatrobot.guests.records import LIMITS, GuestRecord
from seatrobot.guests.services import editing
from seatrobot.guests.statuses import STATUSES, TAKES_PLACE, Status
from seatrobot.kernel import acting, cards
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id, one_of
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.normalizing import clean_line

LONGEST_NOTE = 300
"""Characters of the reason why a guest is let in who is not expected."""


class UnknownGuest(Refused):
    """There is no such guest, party or activity at this event."""

    status = 404

    def __init__(self) -> None:
        super().__init__(text.not_on_the_list())


class AlreadyIn(Refused):
    """Somebody was first. at: when. by: the account at the other door, where it is known."""

    def __init__(self, sentence: str, at: datetime, by: UUID | None, *, mine: bool) -> None:
        super().__init__(sentence, at=at, mine=mine)
        self.at = at
        self.by = by


class NotExpected(Refused):
    """The guest's status takes no place, so the guest is not expected."""

    def __init__(self, guest_status: Status) -> None:
        super().__init__(text.NOT_EXPECTED[guest_status])
        self.guest_status = guest_status


class TryAgain(Refused):
    """The guest is expected and not in, and yet this tap let nobody in.

    The id of the tap was used for another guest or at another activity, or the guest was changed
    by somebody else in the same moment.
    """

    def __init__(self) -> None:
        super().__init__(text.try_again())


class WrongNote(Refused):
    """Nothing says why a guest is let in who is not expected, or there is no room for it."""

    status = 422


class NotCheckedIn(Refused):
    """A check-in was taken back that is not there (any more)."""

    def __init__(self) -> None:
        super().__init__(text.taken_back_already())


class OnTheList(Refused):
    """Somebody of this name is on the list. twin: who."""


@dataclass(frozen=True, slots=True)
class DoorRequest:
    """One tap on a device. id: given by the device, so that a tap sent twice is one arrival.

    activity_id: whose door it is, None for the activity that every event has. door: what the device
    is called. device_at: by the clock of the device.
    """

    id: UUID = field(default_factory=new_id)
    activity_id: UUID | None = None
    door: str = ""
    device_at: datetime | None = None

    def __post_init__(self) -> None:
        cards.refuse(self.door, "door", _("The name of the door"))


@dataclass(frozen=True, slots=True)
class CheckInResult:
    """The guests who are in since `at`, or who are out again where it is None."""

    guests: list[UUID]
    at: datetime | None


def check_in(
    *, actor: Principal, event_id: UUID, guest_id: UUID, tap: DoorRequest
) -> CheckInResult:
    """Check one guest in; the same tap once more changes nothing and answers the same.

    Raises UnknownGuest, NotExpected, NotCheckedIn for a tap that was taken back meanwhile,
    AlreadyIn for the second of two doors, or TryAgain for a tap that was used for somebody else or
    at another door.
    """
    actor.require(Permission.CHECKIN_USE, event_id)
    at = now()
    if not _arrive(actor, event_id, {guest_id: tap.id}, tap, at):
        return _again(event_id, {guest_id: tap.id}, tap) or _explain(
            actor, event_id, [guest_id], tap
        )
    journal.record(Action.CHECKIN_GUEST_CHECK_IN, event_id=event_id, subject_id=guest_id)
    return CheckInResult([guest_id], at)


def check_in_party(
    *, actor: Principal, event_id: UUID, party_id: UUID, tap: DoorRequest
) -> CheckInResult:
    """Check in everybody of a party who is expected and not in yet.

    Raises UnknownGuest, NotExpected, NotCheckedIn, AlreadyIn or TryAgain when nobody was checked
    in.
    """
    actor.require(Permission.CHECKIN_USE, event_id)
    party = Guest.objects.filter(event_id=event_id, party_id=party_id).order_by("pk")
    ids = {guest_id: uuid5(tap.id, guest_id.hex) for guest_id in party.values_list("pk", flat=True)}
    at = now()
    arrived = _arrive(actor, event_id, ids, tap, at)
    if not arrived:
        return _again(event_id, ids, tap) or _explain(actor, event_id, list(ids), tap)
    for guest_id in arrived:
        journal.record(
            Action.CHECKIN_GUEST_CHECK_IN,
            event_id=event_id,
            subject_id=guest_id,
            together=len(arrived),
        )
    return CheckInResult(arrived, at)


def admit(  # noqa: PLR0913  one argument per thing that is said
    *,
    actor: Principal,
    event_id: UUID,
    guest_id: UUID,
    note: str,
    tap: DoorRequest,
    overbook: bool = False,
) -> CheckInResult:
    """Check in a guest who is not expected, such as one who declined; what was answered stays.

    note: why; it is added to the notes of the guest, for the journal keeps no words about people.
    Raises WrongNote, CapacityExceeded when every place is taken, and what `check_in` raises.
    """
    actor.require(Permission.CHECKIN_ADMIT, event_id)
    if not (note := clean_line(note)[:LONGEST_NOTE]):
        raise WrongNote(text.needs_note(), field="note")
    activity = capacity.lock_list(event_id)
    event = Event.objects.get(pk=event_id)
    at = now()
    line = text.let_in(date_format(at.astimezone(event.zone), "DATETIME_FORMAT"), note)
    with capacity.check_capacity(activity, overbook=overbook):
        arrived = _arrive(actor, event_id, {guest_id: tap.id}, tap, at, tuple(Status))
    if not arrived:
        return _again(event_id, {guest_id: tap.id}, tap) or _explain(
            actor, event_id, [guest_id], tap
        )
    writing.change_records(event, [guest_id], lambda record: _add_note(record, line))
    journal.record(Action.CHECKIN_GUEST_ADMIT, event_id=event_id, subject_id=guest_id)
    return CheckInResult([guest_id], at)


def walk_in(  # noqa: PLR0913  one argument per thing that is said
    *,
    actor: Principal,
    event_id: UUID,
    record: GuestRecord,
    guest_id: UUID,
    tap: DoorRequest,
    overbook: bool = False,
    is_another: bool = False,
) -> CheckInResult:
    """Add somebody to the list who is at the door, and check them in; a form sent twice adds one.

    is_another: somebody has said that this is not the person of the same name on the list.
    Raises OnTheList, WrongGuest, CapacityExceeded, FormUsed, and what `check_in` raises.
    """
    actor.require(Permission.CHECKIN_ADMIT, event_id)
    event = Event.objects.get(pk=event_id)
    if not is_another:
        _refuse_a_twin(actor, event, record, guest_id)
    guest = editing.add(
        actor=actor, event=event, record=record, guest_id=guest_id, overbook=overbook
    )
    return check_in(actor=actor, event_id=event_id, guest_id=guest.pk, tap=tap)


def undo(
    *, actor: Principal, event_id: UUID, guest_id: UUID, activity_id: UUID | None = None
) -> CheckInResult:
    """Take a check-in at an activity back, None for the one that every event has.

    Raises UnknownGuest or NotCheckedIn.
    """
    actor.require(Permission.CHECKIN_USE, event_id)
    gone = arrivals.take_back(
        event_id=event_id, guest_ids=[guest_id], by=actor.account_id, activity_id=activity_id
    )
    if not gone:
        known = Guest.objects.filter(event_id=event_id, pk=guest_id).exists()
        raise NotCheckedIn if known else UnknownGuest
    journal.record(Action.CHECKIN_GUEST_UNDO, event_id=event_id, subject_id=guest_id)
    return CheckInResult([guest_id], None)


def undo_party(
    *,
    actor: Principal,
    event_id: UUID,
    guest_ids: Sequence[UUID],
    activity_id: UUID | None = None,
) -> CheckInResult:
    """Take the check-ins of guests back who were let in together; those who are out stay so.

    Raises UnknownGuest or NotCheckedIn when nobody of them is in.
    """
    actor.require(Permission.CHECKIN_USE, event_id)
    gone = arrivals.take_back(
        event_id=event_id, guest_ids=guest_ids, by=actor.account_id, activity_id=activity_id
    )
    if not gone:
        known = Guest.objects.filter(event_id=event_id, pk__in=one_of(guest_ids)).exists()
        raise NotCheckedIn if known else UnknownGuest
    for guest_id in gone:
        journal.record(
            Action.CHECKIN_GUEST_UNDO, event_id=event_id, subject_id=guest_id, together=len(gone)
        )
    return CheckInResult(gone, None)


def _refuse_a_twin(actor: Principal, event: Event, record: GuestRecord, guest_id: UUID) -> None:
    if not has_name(record):
        return
    people = open_list(actor, event.pk, Permission.CHECKIN_ADMIT).by_name
    if not (twins := namesakes(people, record, besides=guest_id)):
        return
    arrived = [each.checked_in_at for each in twins if each.checked_in_at]
    since = text.clock_time(arrived[0], event.zone) if arrived else ""
    raise OnTheList(text.on_the_list(since), twin=twins[0].id)


def _add_note(record: GuestRecord, line: str) -> bool:
    notes = "\n".join(filter(None, (record.notes, line)))
    if len(notes) > LIMITS["notes"]:
        raise WrongNote(text.notes_are_full(), field="note")
    record.notes = notes
    return True


def _arrive(  # noqa: PLR0913, PLR0917  what a tap says
    actor: Principal,
    event_id: UUID,
    ids: dict[UUID, UUID],
    tap: DoorRequest,
    at: datetime,
    statuses: Collection[Status] = TAKES_PLACE,
) -> list[UUID]:
    return arrivals.arrive(
        event_id=event_id,
        guest_ids=list(ids),
        ids=list(ids.values()),
        by=actor.account_id,
        activity_id=tap.activity_id,
        statuses=statuses,
        times=dict.fromkeys(ids, at),
        device_at=tap.device_at,
        door=tap.door,
    )


def _which(tap: DoorRequest) -> dict[str, Any]:
    """Return the conditions that find the activity of a tap among those of its event."""
    return {"pk": tap.activity_id} if tap.activity_id else {"position": 0}


def _again(event_id: UUID, ids: dict[UUID, UUID], tap: DoorRequest) -> CheckInResult | None:
    """Return what the same tap did before at this activity; NotCheckedIn if it was taken back.

    None if it is a new one, or was used at another activity.
    """
    rows = Arrival.objects.filter(
        pk__in=list(ids.values()),
        guest_id__in=list(ids),
        activity__in=Activity.objects.filter(event_id=event_id, **_which(tap)),
    )
    found = list(rows.values_list("guest_id", "at", "undone_at"))
    if not found:
        return None
    still = [guest_id for guest_id, _at, undone_at in found if undone_at is None]
    if not still:
        raise NotCheckedIn
    return CheckInResult(still, found[0][1])


def _explain(
    actor: Principal, event_id: UUID, guest_ids: list[UUID], tap: DoorRequest
) -> CheckInResult:
    """Raise what stands in the way of checking these guests in."""
    guests = Guest.objects.filter(event_id=event_id, pk__in=guest_ids)
    statuses = list(guests.values_list("status", flat=True))
    activity = Activity.objects.filter(event_id=event_id, **_which(tap)).first()
    if not statuses or activity is None:
        raise UnknownGuest
    here = Arrival.objects.filter(
        guest_id__in=guest_ids,
        activity=activity,
        direction=Arrival.Direction.IN,
        undone_at__isnull=True,
    )
    last = here.only("at", "by", "door").order_by("-at").first()
    if last is not None:
        raise _already_in(actor, event_id, last)
    if TAKES_PLACE.intersection(statuses):
        raise TryAgain
    raise NotExpected(STATUSES[statuses[0]])


def _already_in(actor: Principal, event_id: UUID, arrival: Arrival) -> AlreadyIn:
    zone = Event.objects.get(pk=event_id).zone
    mine = arrival.by is not None and arrival.by == actor.account_id
    sentence = text.already_in(
        text.clock_time(arrival.at, zone),
        arrival.door,
        "" if mine else _name_of(arrival.by),
        by_yourself=mine,
    )
    return AlreadyIn(sentence, arrival.at, arrival.by, mine=mine)


def _name_of(account_id: UUID | None) -> str:
    """Return the name of a colleague, empty when the account is gone.

    The door sees no account but its own, so this one is named to the database.
    """
    access = acting.current()
    with acting.acting(access.actor, access.organization_id, person_id=account_id):
        account = Account.objects.filter(pk=account_id).first() if account_id else None
        return account.sealed.name if account else ""
