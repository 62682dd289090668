"""A head speaks of everything, is signed, and is kept where the database cannot reach."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import DatabaseError, connection, transaction

from seatrobot.conftest import as_
from seatrobot.kernel.heads import memory, services, statement
from seatrobot.kernel.heads.models import Head
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal import signing, tree
from seatrobot.kernel.journal.models import Checkpoint, Leaf
from seatrobot.kernel.journal.sequencer import sequence
from seatrobot.organizations.feature import Action

pytestmark = pytest.mark.django_db
MOMENT = datetime(2026, 11, 29, 17, 50, 12, tzinfo=UTC)


def grown(*members):
    for member in members:
        with as_(member):
            journal.record(Action.ORGANIZATION_VIEW)
    sequence()


def test_a_head_says_the_size_and_root_of_every_stream(data, alice, charlie):
    grown(alice, charlie)
    kept = services.publish(MOMENT)
    states = {each.stream: each for each in statement.unpack(kept.streams)}
    for stream in Leaf.objects.values_list("stream", flat=True).distinct():
        last = Checkpoint.objects.filter(stream=stream).order_by("-size")[0]
        assert (states[stream].size, states[stream].root) == (last.size, bytes(last.root))
    said = kept.statement
    assert said == statement.read(said.text)
    assert said.map == statement.map_root(kept.streams)
    assert said.at == MOMENT.replace(microsecond=0)
    assert said.entries == Leaf.objects.count() == sum(each.size for each in states.values())
    assert {alice.organization_id, charlie.organization_id} <= states.keys()


def test_heads_are_chained_and_signed(data, alice):
    kept = []
    for minute in range(5):
        grown(alice)
        kept.append(services.publish(MOMENT + timedelta(minutes=minute)))
    log = services.stored_log()
    for older, newer in pairwise(kept):
        proof = log.consistency(older.size, newer.size)
        assert tree.extends(older.root, older.size, newer.root, newer.size, proof)
    newest = kept[-1]
    assert signing.verify_note(newest.note, signing.public_key())
    assert newest.claim.origin == "guests.example.org/heads"
    with pytest.raises(signing.BadSignature):
        signing.verify_note(newest.note.replace("heads\n5\n", "heads\n6\n"), signing.public_key())
    assert memory.leaves(0, 9) == [each.statement.leaf for each in kept]
    assert memory.read() == newest


def test_nothing_is_signed_over_another_past(data, alice):
    grown(alice)
    with transaction.atomic():
        services.publish()
        transaction.set_rollback(True)  # as a dump of a moment ago that is played back
    assert not Head.objects.exists()
    with pytest.raises(services.Forgotten):
        services.make()


def test_a_stream_that_became_smaller_stays_as_large_in_heads(data, alice):
    grown(alice)
    before = services.publish()
    grown(alice)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM heads_stream")
        assert cursor.fetchone()[0] == before.statement.streams
        for attack in (
            "UPDATE heads_stream SET size = size - 1",
            "DELETE FROM heads_stream",
            "DELETE FROM heads_head",
            "UPDATE heads_head SET text = ''",
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(attack)
    assert services.publish().statement.entries == before.statement.entries + 1


def test_heads_that_a_crash_left_unpublished_are_published_with_the_next(data, alice):
    grown(alice)
    services.publish()
    lost = services.make()
    kept = services.publish()
    assert kept.size == lost.head.number + 2
    assert memory.leaves(lost.head.number, 1) == [statement.read(lost.head.text).leaf]


def test_a_memory_that_somebody_took_away_is_not_made_anew_of_the_database(data, alice):
    grown(alice)
    services.publish()
    services.publish()
    (data / "heads" / "newest").unlink()
    with pytest.raises(services.Forgotten):
        services.publish()
