"""The waiting list: whoever waits longest gets the places that come free, parties whole.

A party for which too few places are free keeps its turn, and the next one that fits gets them. The
journal has when each party began to wait, in the transaction of that answer, and for each that got
places whom it passed.
"""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from django.db.models import Exists, OuterRef

from seatrobot.events.models import Activity
from seatrobot.guests import capacity, writing
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import Reply, Status
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.replies.feature import Action, Permission
from seatrobot.replies.hooks import told
from seatrobot.replies.models import Answer, Waiting


def events_with_turns() -> list[UUID]:
    """Return the events of the organization in which somebody waits."""
    return list(Waiting.objects.order_by().values_list("event_id", flat=True).distinct())


def order(event_id: UUID) -> list[Waiting]:
    """Return who waits, in their order."""
    return list(Waiting.objects.filter(event_id=event_id).order_by("since", "pk"))


def promote(*, actor: Principal, event_id: UUID) -> list[UUID]:
    """Give the free places of an event to those who wait; return the parties that got theirs.

    Turns of parties in which nobody waits any more, such as one that the team confirmed, are taken
    away, and who waits without a turn, such as guests of an import, gets one at the end.
    """
    actor.require(Permission.REPLY_MANAGE, event_id)
    activity = _locked(event_id)
    if activity is None:
        return []
    _match_turns(activity)
    turns = order(event_id)
    if not turns or not activity.capacity:
        waiting = turns if not activity.capacity else []
        return [_give(activity, turn, _waiting(turn), []) for turn in waiting]
    free = activity.capacity - capacity.taken(activity)
    given, passed = list[UUID](), list[UUID]()
    for turn in turns:
        if free <= 0:
            break
        guests = _waiting(turn)
        if len(guests) > free:
            passed.append(turn.party_id)
            continue
        free -= len(guests)
        given.append(_give(activity, turn, guests, passed))
    return given


def _locked(event_id: UUID) -> Activity | None:
    try:
        return capacity.lock_list(event_id)
    except Activity.DoesNotExist:
        return None  # the event was deleted meanwhile


def _match_turns(activity: Activity) -> None:
    waiting = Guest.objects.filter(event_id=activity.event_id, status=Status.WAITLISTED)
    turns = Waiting.objects.filter(event_id=activity.event_id)
    turns.exclude(Exists(waiting.filter(party_id=OuterRef("party_id")))).delete()
    without = waiting.exclude(Exists(turns.filter(party_id=OuterRef("party_id"))))
    moment = now()
    first = defaultdict(lambda: moment)
    for party_id, created_at in without.values_list("party_id", "created_at"):
        first[party_id] = min(first[party_id], created_at)
    Waiting.objects.bulk_create(
        Waiting(
            organization_id=activity.organization_id,
            event_id=activity.event_id,
            party_id=party_id,
            since=moment,
        )
        for party_id, _created in sorted(first.items(), key=lambda item: (item[1], item[0]))
    )


def _waiting(turn: Waiting) -> list[Guest]:
    rows = Guest.objects.filter(
        event_id=turn.event_id, party_id=turn.party_id, status=Status.WAITLISTED
    )
    return list(rows.select_for_update(no_key=True).order_by("pk"))


def _give(activity: Activity, turn: Waiting, guests: list[Guest], passed: list[UUID]) -> UUID:
    writing.set_facts(
        {
            each.pk: each.facts.with_reply(Reply.CONFIRMED.value)._replace(
                held=not each.sealed.is_named
            )
            for each in guests
        }
    )
    row = Answer.objects.create(
        organization_id=activity.organization_id,
        event_id=activity.event_id,
        party_id=turn.party_id,
        channel=Answer.Channel.LIST,
        at=now(),
        coming=len(guests),
        declined=0,
        waiting=0,
    )
    journal.record(
        Action.PLACE_GIVE,
        event_id=activity.event_id,
        subject_id=turn.party_id,
        since=turn.since.timestamp(),
        places=len(guests),
        passed=[str(each) for each in passed],
    )
    for each in told():
        each.recorded(turn.party_id, event_id=activity.event_id, answer_id=row.pk)
    party_id: UUID = turn.party_id
    turn.delete()
    return party_id
