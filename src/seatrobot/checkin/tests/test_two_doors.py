"""Several real connections: the same guest at the same moment, and everything at random."""

import contextlib
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from seatrobot.checkin import services
from seatrobot.checkin.feature import Action
from seatrobot.checkin.services import AlreadyIn, DoorRequest, NotCheckedIn
from seatrobot.conftest import as_
from seatrobot.guests.models import Arrival, Guest
from seatrobot.guests.services import bulk
from seatrobot.kernel.journal.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)


def race(members, verb):
    """Run the verb for each member at once; return what each got."""
    together = threading.Barrier(len(members))

    def act(member):
        try:
            together.wait(10)
            with as_(member):
                return verb(member)
        except AlreadyIn as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(members)) as pool:
        return list(pool.map(act, members))


def test_one_wins_and_the_other_is_told(doris, bob, max_, dinner, ada, fresh):
    results = race(
        [doris, bob, max_],
        lambda member: services.check_in(
            actor=member, event_id=dinner.pk, guest_id=ada.pk, tap=DoorRequest()
        ),
    )

    refusals = [result for result in results if isinstance(result, AlreadyIn)]
    winner = fresh(ada).checked_in_by
    assert len(refusals) == 2
    assert {refusal.by for refusal in refusals} == {winner}


def test_one_takes_the_whole_party(doris, bob, dinner, invite):
    party = invite("Pierre", "Curie").party_id
    for first in ("Marie", "Irène", "Ève"):
        invite(first, "Curie", party=party)

    results = race(
        [doris, bob],
        lambda member: services.check_in_party(
            actor=member, event_id=dinner.pk, party_id=party, tap=DoorRequest()
        ),
    )

    assert sorted(isinstance(result, AlreadyIn) for result in results) == [False, True]
    (won,) = [result for result in results if not isinstance(result, AlreadyIn)]
    assert len(won.guests) == 4


def test_the_same_tap_twice_at_once_is_one_arrival(doris, dinner, ada, fresh, arrivals_of):
    tap = DoorRequest()
    results = race(
        [doris, doris, doris],
        lambda member: services.check_in(
            actor=member, event_id=dinner.pk, guest_id=ada.pk, tap=tap
        ),
    )

    assert {(tuple(result.guests), result.at) for result in results} == {
        ((ada.pk,), fresh(ada).checked_in_at)
    }
    assert [arrival.pk for arrival in arrivals_of(ada)] == [tap.id]


def test_in_at_one_activity_while_taken_back_at_another(
    doris, bob, dinner, ceremony, ada, fresh, arrivals_of
):
    for _round in range(5):
        with as_(doris):
            services.check_in(actor=doris, event_id=dinner.pk, guest_id=ada.pk, tap=DoorRequest())
        second = DoorRequest(activity_id=ceremony.pk)
        race(
            [doris, bob],
            lambda member: (
                services.undo(actor=member, event_id=dinner.pk, guest_id=ada.pk)
                if member is doris
                else services.check_in(
                    actor=member,
                    event_id=dinner.pk,
                    guest_id=ada.pk,
                    tap=second,  # noqa: B023  used in this round
                )
            ),
        )
        (still,) = [arrival for arrival in arrivals_of(ada) if not arrival.undone_at]
        assert (fresh(ada).checked_in_at, fresh(ada).checked_in_by) == (still.at, still.by)
        with as_(doris):
            services.undo(actor=doris, event_id=dinner.pk, guest_id=ada.pk, activity_id=ceremony.pk)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_was_answered_stands_in_the_arrivals(
    alice, doris, bob, dinner, ceremony, invite, seed
):
    """Taps, the same taps again, parties, taking back and replies, by four people at once."""
    chance = random.Random(seed)
    parties = [invite(f"Guest{n}", "First").party_id for n in range(3)]
    for party in parties:
        invite("Plus", "One", party=party)
    with as_(alice):
        ids = list(Guest.objects.values_list("pk", flat=True))
    event = dinner.pk

    def tap(who, activity):
        made = DoorRequest(activity_id=activity)
        for _time in range(2):
            with as_(doris):
                services.check_in(actor=doris, event_id=event, guest_id=ids[who], tap=made)
        return made.id

    def party(who, activity):
        made = DoorRequest(activity_id=activity)
        with as_(bob):
            services.check_in_party(actor=bob, event_id=event, party_id=parties[who % 3], tap=made)

    def take_back(who, activity):
        with as_(doris):
            services.undo(actor=doris, event_id=event, guest_id=ids[who], activity_id=activity)

    def reply(who, _activity):
        with as_(alice):
            bulk.set_reply(actor=alice, event=dinner, ids=[ids[who]], reply="confirmed")

    acts = [
        (act, who, activity)
        for act in (tap, tap, party, take_back, take_back, reply)
        for who in range(6)
        for activity in (None, ceremony.pk)
    ]
    chance.shuffle(acts)

    def work(share):
        answered = []
        for act, who, activity in share:
            with contextlib.suppress(AlreadyIn, NotCheckedIn):
                answered.append((act, act(who, activity)))
        connection.close()
        return answered

    with ThreadPoolExecutor(4) as pool:
        shares = [acts[worker::4] for worker in range(4)]
        answered = [one for part in pool.map(work, shares) for one in part]

    with as_(alice):
        arrivals = list(Arrival.objects.order_by("at", "id"))
        guests = list(Guest.objects.all())
        counts = Counter(Entry.objects.values_list("action", flat=True))
    here = [(each.guest_id, each.activity_id) for each in arrivals if each.undone_at is None]
    assert len(here) == len(set(here))
    for guest in guests:
        still = [one for one in arrivals if one.guest_id == guest.pk and not one.undone_at]
        times = {(one.at, one.by) for one in still}
        assert (guest.checked_in_at is None) == (not still)
        assert guest.checked_in_at is None or (guest.checked_in_at, guest.checked_in_by) in times
    told = {made for act, made in answered if act is tap}
    assert told <= {each.pk for each in arrivals}
    assert counts[Action.CHECKIN_GUEST_CHECK_IN] == len(arrivals)
    undone = sum(each.undone_at is not None for each in arrivals)
    assert counts[Action.CHECKIN_GUEST_UNDO] == undone
    assert sum(act is take_back for act, _made in answered) == undone
