"""Entries get their places in the order they were written, and each change is signed."""

from __future__ import annotations

import threading

import pytest
from django.db import connections
from procrastinate.contrib.django import app

from seatrobot.accounts.feature import Action as AccountAction
from seatrobot.conftest import as_
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.journal import sequencer, signing
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.checkpoints import Claim, claim_of
from seatrobot.kernel.journal.models import Checkpoint, Entry, Leaf
from seatrobot.kernel.journal.sequencer import sequence
from seatrobot.kernel.journal.tests.test_tree import naive
from seatrobot.organizations.feature import Action as OrganizationAction


def record(member, times=1):
    with as_(member):
        for _ in range(times):
            journal.record(OrganizationAction.ORGANIZATION_VIEW)
    with as_(member):
        return [entry.pk for entry in Entry.objects.order_by("-id")[:times]][::-1]


def position_of(entry_id):
    return Leaf.objects.values_list("stream", "place").get(pk=entry_id)


def leaves(stream):
    return [bytes(leaf.hash) for leaf in Leaf.objects.filter(stream=stream).order_by("place")]


@pytest.mark.django_db
def test_an_entry_gets_its_place_after_those_before_it(alice):
    sequence()
    size = Leaf.objects.filter(stream=alice.organization_id).count()
    first, second = record(alice, 2)
    assert position_of(first) == (alice.organization_id, None)
    assert sequence() == 2
    assert position_of(first) == (alice.organization_id, size)
    assert position_of(second) == (alice.organization_id, size + 1)
    assert sequence() == 0


@pytest.mark.django_db
def test_each_stream_has_a_tree_of_its_own_and_each_change_a_signed_checkpoint(alice, charlie):
    sequence()
    record(alice, 3)
    sequence()
    for stream, checkpoints in ((alice.organization_id, 2), (charlie.organization_id, 1)):
        rows = list(Checkpoint.objects.filter(stream=stream).order_by("size"))
        assert len(rows) == checkpoints
        for row in rows:
            root = naive(leaves(stream)[: row.size])
            text = signing.verify_note(row.note, signing.public_key())
            assert claim_of(text) == Claim(stream, row.size, root)
        assert rows[-1].size == len(leaves(stream))
    assert Checkpoint.objects.order_by("-total")[0].total == Leaf.objects.count()


@pytest.mark.django_db
def test_more_than_one_batch_is_placed_in_one_go(alice, monkeypatch):
    record(alice, 5)
    waiting = Leaf.objects.filter(place=None).count()
    monkeypatch.setattr(sequencer, "BATCH", 2)
    assert sequence() == waiting
    numbers = Leaf.objects.filter(stream=alice.organization_id).order_by("place")
    assert list(numbers) == list(numbers.order_by("number"))


@pytest.mark.django_db(transaction=True)
def test_two_sequencers_at_once_give_each_place_once(alice):
    sequence()
    record(alice, 40)
    start = threading.Barrier(2)
    placed: list[int] = []

    def run():
        start.wait()
        placed.append(sequence())
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(placed) == 40
    places = Leaf.objects.filter(stream=alice.organization_id).order_by("place")
    assert [leaf.place for leaf in places] == list(range(len(places)))


@pytest.mark.django_db(transaction=True)
def test_the_job_runs_every_minute(alice):
    tasks = app.periodic_registry.periodic_tasks.values()
    (periodic,) = [each for each in tasks if each.task.name == "journal.sequence"]
    assert periodic.cron == "* * * * *"
    periodic.task(timestamp=0)
    assert Leaf.objects.exists()
    assert not Leaf.objects.filter(place=None).exists()


@pytest.mark.django_db
def test_the_platform_has_a_stream_too():
    with acting(Actor.visitor()):
        journal.record(AccountAction.ACCOUNT_SIGN_IN_FAIL)
    assert sequence() == 1
    assert Checkpoint.objects.get().stream == PLATFORM
