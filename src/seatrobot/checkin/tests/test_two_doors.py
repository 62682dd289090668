"""Two real connections, the same guest, the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from seatrobot.checkin import services
from seatrobot.checkin.services import AlreadyIn, Tap
from seatrobot.conftest import as_

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
            actor=member, event_id=dinner.pk, guest_id=ada.pk, tap=Tap()
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
            actor=member, event_id=dinner.pk, party_id=party, tap=Tap()
        ),
    )

    assert sorted(isinstance(result, AlreadyIn) for result in results) == [False, True]
    (won,) = [result for result in results if not isinstance(result, AlreadyIn)]
    assert len(won.guests) == 4


def test_the_same_tap_twice_at_once_is_one_arrival(doris, dinner, ada, fresh, arrivals_of):
    tap = Tap()
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
            services.check_in(actor=doris, event_id=dinner.pk, guest_id=ada.pk, tap=Tap())
        second = Tap(activity_id=ceremony.pk)
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
