"""The plan's version sees every change of room and guest list, also one that commits late."""

import threading

import pytest
from django.db import connections

from seatrobot.conftest import as_
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import Reply
from seatrobot.kernel.refusal import Refused
from seatrobot.seating import floor as floors
from seatrobot.seating import plan
from seatrobot.seating.services import robot
from seatrobot.seating.tests.conftest import activity_of, furnish, invite

pytestmark = pytest.mark.django_db(transaction=True)


class Held:
    """A change in a transaction of its own that begins now and commits when it is let go."""

    def __init__(self, member, change):
        self.began, self.go = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.run, args=(member, change))
        self.thread.start()
        assert self.began.wait(10)

    def run(self, member, change):
        try:
            with as_(member):
                change()
                self.began.set()
                assert self.go.wait(10)
        finally:
            connections.close_all()

    def commit(self):
        self.go.set()
        self.thread.join(10)


@pytest.fixture
def two(alice, dinner):
    """The activity, and two guests of it."""
    evening = activity_of(alice, dinner)
    furnish(alice, evening)
    return evening, *invite(alice, dinner, "Ann Ash", "Ben Birch")


def rename(guest):
    row = Guest.objects.get(pk=guest)
    row.sealed.last_name = "Changed"
    row.save(update_fields=["sealed"])


def version(member, event):
    with as_(member):
        return plan.load(member, event.pk).version


def test_a_change_that_began_earlier_and_commits_later_is_seen(alice, dinner, two):
    _evening, ann, ben = two
    early = Held(alice, lambda: rename(ann))
    with as_(alice):
        rename(ben)
    before = version(alice, dinner)
    early.commit()
    assert version(alice, dinner) != before


def test_the_robot_accepts_no_question_from_before_it(alice, dinner, two):
    evening, ann, ben = two
    early = Held(alice, lambda: Guest.objects.filter(pk=ann).update(reply=Reply.DECLINED))
    with as_(alice):
        rename(ben)
    with as_(alice):
        proposal = robot.request(actor=alice, activity=evening, seconds=0.5)
        asked = robot.question(actor=alice, activity=evening)
    answer = robot.think(asked, 0.5)
    with as_(alice):
        robot.offer(actor=alice, activity=evening, proposal=proposal, asked=asked, answer=answer)
    early.commit()
    with as_(alice), pytest.raises(Refused, match="changed since the robot was asked"):
        robot.accept(actor=alice, activity=evening, proposal_id=proposal.pk)


def test_the_version_asked_for_alone_is_that_of_the_plan(alice, dinner, two):
    evening, *_ = two
    for _turn in range(2):
        with as_(alice):
            assert floors.version(floors.room_of(evening)) == plan.load(alice, dinner.pk).version
        invite(alice, dinner, "Cat Cedar")
