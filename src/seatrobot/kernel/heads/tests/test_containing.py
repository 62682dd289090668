"""Whoever cuts off, plays back or rewrites the database is found out by what was published."""

from __future__ import annotations

import os

import pytest
from msgspec.structs import replace

from seatrobot.conftest import as_
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.heads import containing, memory, services
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.checkpoints import Claim
from seatrobot.kernel.journal.models import Checkpoint
from seatrobot.kernel.journal.sequencer import sequence
from seatrobot.kernel.journal.verifying import verify
from seatrobot.organizations.feature import Action

pytestmark = pytest.mark.django_db(transaction=True)
CUT = """
    DELETE FROM journal_entry e USING journal_leaf l WHERE l.entry_id = e.id
        AND l.stream = '{0}' AND l.place >= {1};
    DELETE FROM journal_leaf WHERE stream = '{0}' AND place >= {1};
    DELETE FROM journal_checkpoint WHERE stream = '{0}' AND size > {1};
    UPDATE journal_checkpoint c SET total = -n.total FROM (
        SELECT stream, size, sum(size - start) OVER (ORDER BY total) AS total
        FROM journal_checkpoint) n
    WHERE (n.stream, n.size) = (c.stream, c.size);
    UPDATE journal_checkpoint SET total = -total;
"""
"""The newest entries with their leaves and checkpoints, and running totals that fit (no key)."""


@pytest.fixture
def stream(data, alice):
    """Alice's journal with three checkpoints, each published."""
    for _ in range(3):
        with as_(alice):
            journal.record(Action.ORGANIZATION_VIEW)
        sequence()
        services.publish()
    return alice.organization_id


@pytest.fixture
def evil(superuser_connection):
    """A superuser for whom no trigger fires."""
    superuser_connection.execute("SET session_replication_role = replica")
    return superuser_connection


def wrong():
    kept = memory.read()
    assert kept is not None
    with examining() as examiner:
        return containing.examine(examiner, kept).wrong


def last_size(stream, place=-1):
    sizes = Checkpoint.objects.filter(stream=stream).order_by("size").values_list("size", flat=True)
    return list(sizes)[place]


def test_an_untouched_past_is_contained(stream):
    with examining() as examiner:
        found = containing.examine(examiner, memory.read())
    assert (found.wrong, found.heads) == ([], 3)
    assert found.streams == Checkpoint.objects.values("stream").distinct().count()


@pytest.mark.parametrize("place", [-2, -3, None])
def test_newest_entries_cut_off_without_a_key(stream, evil, place):
    size = 0 if place is None else last_size(stream, place)
    evil.execute(CUT.format(stream, size))
    with examining() as examiner:
        assert verify(examiner, full=True).ok  # the journal alone does not notice
    assert [str(stream) in sentence for sentence in wrong()] == [True]
    for attack in ("SELECT 1", "DELETE FROM heads_stream WHERE id = %s"):
        evil.execute(attack, [stream] if "%s" in attack else [])
        with pytest.raises(services.Forgotten):  # so the memory is never replaced
            services.make()
        assert wrong()


@pytest.mark.parametrize(
    "attack",
    [
        "DELETE FROM heads_stream WHERE id = '{0}'",
        "UPDATE heads_stream SET size = size - 1 WHERE id = '{0}'",
    ],
)
def test_a_journal_that_is_left_out_of_heads(stream, evil, attack):
    evil.execute(attack.format(stream))
    with pytest.raises(services.Forgotten):
        services.publish()
    size = last_size(stream)
    assert wrong() == [
        f"The checkpoint at size {size} was published and is left out of heads (stream {stream})."
    ]


def test_growth_that_heads_are_to_overlook(stream, evil, alice):
    evil.execute("UPDATE heads_head SET total = total + 1 WHERE number = 2")
    with as_(alice):
        journal.record(Action.ORGANIZATION_VIEW)
    sequence()
    with pytest.raises(services.Forgotten):
        services.publish()


def test_a_past_that_was_written_anew_with_the_true_key(stream, evil):
    size, root = last_size(stream), os.urandom(32)
    evil.execute(
        "UPDATE journal_checkpoint SET root = %s, note = %s WHERE stream = %s AND size = %s",
        [root, Claim(stream, size, root).sign(), stream, size],
    )
    assert wrong() == [
        f"The checkpoint at size {size} was published and has another root (stream {stream})."
    ]


def test_a_dump_that_is_played_back(stream, evil, alice):
    evil.execute("CREATE TEMP TABLE dump AS SELECT * FROM heads_head")
    with as_(alice):
        journal.record(Action.ORGANIZATION_VIEW)
    sequence()
    services.publish()
    evil.execute("DELETE FROM heads_head; INSERT INTO heads_head SELECT * FROM dump")
    assert "The log of heads does not contain head 4, which was published." in wrong()
    with pytest.raises(services.Forgotten):
        services.make()


def test_a_head_whose_text_was_changed(stream, evil):
    evil.execute(
        "UPDATE heads_head SET text = replace(text, 'changes', 'chances') WHERE number = 1"
    )
    assert wrong() == ["Head 2 is not the one that was published."]


def test_evidence_that_was_published_and_is_gone(stream, evil):
    evil.execute(
        "INSERT INTO promises_evidence (id, promise, at, text, signature)"
        " VALUES (gen_random_uuid(), 'a', now(), 't', 's')"
    )
    services.publish()
    assert wrong() == []
    evil.execute("DELETE FROM promises_evidence")
    assert wrong() == [
        f"Evidence up to {memory.read().statement.evidence} was published and is gone."
    ]


def test_a_kept_file_that_somebody_changed(stream):
    kept = memory.read()
    memory.keep(replace(kept, note=kept.note.replace("/heads", "/feet")), [])
    assert "The head that was kept is not signed by our key." in wrong()
    memory.keep(replace(kept, streams=b""), [])
    assert "The streams that were kept are not those of their head." in wrong()
