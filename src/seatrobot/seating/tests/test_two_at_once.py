"""Two people change the plan at the same moment, over two real connections."""

import threading

import pytest
from django.db import connections

from seatrobot.conftest import as_
from seatrobot.kernel.refusal import Refused
from seatrobot.seating.models import SeatAssignment
from seatrobot.seating.services import moves
from seatrobot.seating.tests.conftest import furnish, invite


@pytest.mark.django_db(transaction=True)
def test_two_guests_for_one_seat_one_wins_and_the_other_is_told(alice, bob, dinner, evening):
    ann, ben = invite(alice, dinner, "Ann Ash", "Ben Birch")
    [table] = furnish(alice, evening, 1)
    start, answers = threading.Barrier(2), {}

    def seat(member, guest):
        try:
            start.wait()
            with as_(member):
                moves.place(
                    actor=member,
                    activity=evening,
                    guest_id=guest,
                    table_id=table,
                    seat=0,
                    expects=None,
                )
            answers[guest] = "seated"
        except Refused as error:
            answers[guest] = str(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=seat, args=pair) for pair in ((alice, ann), (bob, ben))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = {ann: "Ann Ash", ben: "Ben Birch"}
    [winner] = [guest for guest, answer in answers.items() if answer == "seated"]
    [loser] = names.keys() - {winner}
    assert answers[loser] == f"Seat 1 at Table 1 was given to {names[winner]} meanwhile."
    with as_(alice):
        assert list(SeatAssignment.objects.values_list("guest_id", "seat")) == [(winner, 0)]


@pytest.mark.django_db(transaction=True)
def test_the_first_two_changes_of_an_event_make_one_room(alice, bob, dinner, evening):
    start, failures = threading.Barrier(2), []

    def add(member):
        try:
            start.wait()
            furnish(member, evening, 3)
        except Exception as error:  # noqa: BLE001  shown below
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=add, args=(member,)) for member in (alice, bob)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with as_(alice):
        assert sorted(dinner.tables.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]
