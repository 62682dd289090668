"""Whatever a superuser does to the journal's past, the next examination names it."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from seatrobot.conftest import as_
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal import signing
from seatrobot.kernel.journal.checkpoints import Claim
from seatrobot.kernel.journal.commands import run_key, run_verify
from seatrobot.kernel.journal.findings import Fault
from seatrobot.kernel.journal.models import Leaf
from seatrobot.kernel.journal.sequencer import sequence
from seatrobot.kernel.journal.verifying import verify
from seatrobot.organizations.feature import Action

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 6


@pytest.fixture
def stream(alice, charlie):
    """Alice's stream, written in several rounds with a checkpoint each."""
    for _ in range(ROUNDS):
        with as_(alice):
            for _ in range(3):
                journal.record(Action.ORGANIZATION_VIEW)
        with as_(charlie):
            journal.record(Action.ORGANIZATION_VIEW)
        sequence()
    return alice.organization_id


@pytest.fixture
def evil(superuser_connection):
    """A superuser for whom no trigger fires."""
    superuser_connection.execute("SET session_replication_role = replica")
    return superuser_connection


def examine(**bounds):
    with examining() as connection:
        return verify(connection, **bounds)


def at(stream, place):
    """The entry at a place of a stream."""
    return Leaf.objects.get(stream=stream, place=place).entry_id


def found(**bounds):
    return {(finding.fault, finding.what) for finding in examine(**bounds).findings}


def kinds(**bounds):
    return {finding.fault for finding in examine(**bounds).findings}


SMALL = {"newest": 2, "older": 1, "turn": -1}
"""Bounds under which place 2 of a stream is not walked: what is found there was counted."""


def test_an_honest_journal_is_found_whole(stream, alice):
    with as_(alice):
        journal.record(Action.ORGANIZATION_VIEW)
    seen = examine()
    assert seen.ok
    assert (seen.entries, seen.waiting) == (seen.leaves, 1)
    assert seen.walked == seen.placed == seen.leaves - 1 == Leaf.objects.exclude(place=None).count()
    assert seen.oldest_waiting is not None
    sequence()
    assert examine().oldest_waiting is None


def test_an_empty_journal_is_whole(django_db_setup):
    assert examine().ok
    assert examine(full=True).ok


def test_a_deleted_entry_is_found_at_once_wherever_it_stood(stream, evil):
    entry = at(stream, 2)
    evil.execute("DELETE FROM journal_entry WHERE id = %s", [entry])
    assert found(**SMALL) == {(Fault.ENTRY_MISSING, str(entry))}


def test_an_entry_deleted_with_its_leaf_is_found_at_once(stream, evil):
    entry = at(stream, 2)
    evil.execute("DELETE FROM journal_entry WHERE id = %s", [entry])
    evil.execute("DELETE FROM journal_leaf WHERE entry_id = %s", [entry])
    assert Fault.LEAF_MISSING in kinds(**SMALL)


def test_the_newest_entry_deleted_with_its_leaf_is_found_at_once(stream, evil):
    entry = at(stream, Leaf.objects.filter(stream=stream).count() - 1)
    evil.execute("DELETE FROM journal_entry WHERE id = %s", [entry])
    evil.execute("DELETE FROM journal_leaf WHERE entry_id = %s", [entry])
    assert Fault.LEAF_MISSING in kinds(**SMALL)


def test_a_deletion_hidden_behind_an_addition_elsewhere_is_found_at_once(stream, charlie, evil):
    entry, other = at(stream, 2), at(charlie.organization_id, 0)
    evil.execute("DELETE FROM journal_entry WHERE id = %s", [entry])
    evil.execute("DELETE FROM journal_leaf WHERE entry_id = %s", [entry])
    evil.execute(
        "INSERT INTO journal_entry SELECT gen_random_uuid(), organization_id, at, action,"
        " actor_kind, actor_id, actor_name, event_id, subject_id, opened, sealed"
        " FROM journal_entry WHERE id = %s",
        [other],
    )
    evil.execute(
        "INSERT INTO journal_leaf (entry_id, stream, hash, place)"
        " SELECT id, organization_id, journal_leaf_hash(e), -1 FROM journal_entry e"
        " WHERE NOT EXISTS (SELECT FROM journal_leaf WHERE entry_id = id)"
    )
    assert Fault.LEAF_MISSING in kinds(**SMALL)


def test_a_hole_that_was_closed_by_renumbering_is_found_at_once(stream, evil):
    entry = at(stream, 2)
    evil.execute("DELETE FROM journal_entry WHERE id = %s", [entry])
    evil.execute("DELETE FROM journal_leaf WHERE entry_id = %s", [entry])
    for place in range(3, Leaf.objects.filter(stream=stream).count() + 1):
        evil.execute(
            "UPDATE journal_leaf SET place = place - 1 WHERE stream = %s AND place = %s",
            [stream, place],
        )
    assert Fault.LEAF_MISSING in kinds(**SMALL)
    assert Fault.ROOT_DIFFERS in kinds()


@pytest.mark.parametrize(
    "change",
    [
        "action = 'guest:list:view'",
        "at = at - interval '1 day'",
        "actor_id = NULL",
        "subject_id = id",
        "opened = opened + 1",
        "sealed = sealed || '\\x00'",
        "organization_id = NULL",
    ],
)
def test_a_changed_entry_is_found(change, stream, evil):
    entry = at(stream, 2)
    evil.execute(f"UPDATE journal_entry SET {change} WHERE id = %s", [entry])
    assert (Fault.ENTRY_CHANGED, str(entry)) in found()


def test_a_changed_entry_with_its_leaf_changed_too_is_found(stream, evil):
    entry = at(stream, 2)
    evil.execute("UPDATE journal_entry SET opened = 9 WHERE id = %s", [entry])
    evil.execute(
        "UPDATE journal_leaf SET hash = journal_leaf_hash(e) FROM journal_entry e"
        " WHERE e.id = entry_id AND e.id = %s",
        [entry],
    )
    assert kinds() == {Fault.ROOT_DIFFERS}


def test_a_database_that_hashes_differently_by_now_is_not_believed(stream, evil):
    entry = at(stream, 2)
    evil.execute("UPDATE journal_entry SET opened = 9 WHERE id = %s", [entry])
    honest = evil.execute("SELECT pg_get_functiondef('journal_leaf_hash'::regproc)").fetchone()[0]
    evil.execute(
        "CREATE OR REPLACE FUNCTION journal_leaf_hash(entry journal_entry) RETURNS bytea"
        " LANGUAGE sql STABLE RETURN (SELECT hash FROM journal_leaf WHERE entry_id = entry.id)"
    )
    try:
        assert found() == {(Fault.ENTRY_CHANGED, str(entry))}
    finally:
        evil.execute(honest)


def test_two_entries_that_changed_places_are_found(stream, evil):
    """The contents of one under the identifier of the other."""
    one, two = at(stream, 2), at(stream, 4)
    evil.execute(
        "UPDATE journal_entry a SET action = b.action, sealed = b.sealed, at = b.at"
        " FROM journal_entry b WHERE (a.id, b.id) IN ((%(one)s, %(two)s), (%(two)s, %(one)s))",
        {"one": one, "two": two},
    )
    assert found() == {(Fault.ENTRY_CHANGED, str(one)), (Fault.ENTRY_CHANGED, str(two))}


def test_two_leaves_that_changed_places_are_found(stream, evil):
    for old, new in ((2, 999), (4, 2), (999, 4)):
        evil.execute(
            "UPDATE journal_leaf SET place = %s WHERE stream = %s AND place = %s",
            [new, stream, old],
        )
    assert kinds() == {Fault.ROOT_DIFFERS}


def test_an_entry_that_came_in_past_the_tree_is_found_at_once(stream, evil):
    row = evil.execute(
        "INSERT INTO journal_entry SELECT gen_random_uuid(), organization_id, at, action,"
        " actor_kind, actor_id, actor_name, event_id, subject_id, opened, sealed"
        " FROM journal_entry LIMIT 1 RETURNING id"
    ).fetchone()
    assert found(**SMALL) == {(Fault.ENTRY_WITHOUT_LEAF, str(row[0]))}


def test_an_entry_exchanged_for_another_is_found_by_the_full_walk(stream, evil):
    entry = at(stream, 2)
    evil.execute("UPDATE journal_entry SET id = gen_random_uuid() WHERE id = %s", [entry])
    assert kinds(full=True) == {Fault.ENTRY_MISSING, Fault.ENTRY_WITHOUT_LEAF}


def test_a_waiting_entry_that_was_changed_or_deleted_is_found(stream, alice, evil):
    with as_(alice):
        journal.record(Action.ORGANIZATION_VIEW)
    entry = Leaf.objects.get(place=None).entry_id
    evil.execute("UPDATE journal_entry SET opened = 9 WHERE id = %s", [entry])
    assert found() == {(Fault.ENTRY_CHANGED, str(entry))}
    evil.execute("DELETE FROM journal_entry WHERE id = %s", [entry])
    assert found() == {(Fault.ENTRY_MISSING, str(entry))}


def test_a_forged_checkpoint_is_found_at_once(stream, evil, monkeypatch):
    """A past written anew: entry, leaf and checkpoint agree, and another key signed."""
    size = Leaf.objects.filter(stream=stream).count()
    with monkeypatch.context() as patch:
        forger = Ed25519PrivateKey.generate()
        patch.setattr(signing, "private_key", lambda _path: forger)
        note = Claim(stream, size, b"r" * 32).sign()
    evil.execute(
        "UPDATE journal_checkpoint SET root = %s, note = %s WHERE stream = %s AND size = %s",
        [b"r" * 32, note, stream, size],
    )
    assert (Fault.CHECKPOINT_FORGED, f"size {size}") in found(**SMALL)


def test_a_checkpoint_with_the_note_of_another_stream_is_found(stream, evil):
    evil.execute(
        "UPDATE journal_checkpoint SET note = (SELECT note FROM journal_checkpoint"
        " WHERE stream <> %(stream)s LIMIT 1) WHERE stream = %(stream)s",
        {"stream": stream},
    )
    assert Fault.CHECKPOINT_WRONG in kinds(**SMALL)


def test_a_spoiled_frontier_is_found(stream, evil):
    evil.execute("UPDATE journal_checkpoint SET frontier = '\\x00' WHERE stream = %s", [stream])
    assert Fault.CHECKPOINT_WRONG in kinds(full=True)


@pytest.mark.parametrize("which", ["min(size)", "max(size)"])
def test_a_deleted_checkpoint_is_found(which, stream, evil):
    evil.execute(
        f"DELETE FROM journal_checkpoint WHERE stream = %(stream)s AND size ="
        f" (SELECT {which} FROM journal_checkpoint WHERE stream = %(stream)s)",
        {"stream": stream},
    )
    assert Fault.CHECKPOINT_MISSING in kinds()


def test_a_stream_that_vanished_whole_is_found_at_once(stream, evil):
    for table, column in (
        ("journal_entry", "organization_id"),
        ("journal_leaf", "stream"),
        ("journal_checkpoint", "stream"),
    ):
        evil.execute(f"DELETE FROM {table} WHERE {column} = %s", [stream])
    assert kinds(**SMALL) == {Fault.CHECKPOINT_MISSING}


def test_turn_by_turn_every_old_entry_is_compared(stream, evil):
    entry = at(stream, 2)
    evil.execute("UPDATE journal_entry SET opened = 9 WHERE id = %s", [entry])
    total = Leaf.objects.count()
    turns = [found(newest=2, older=4, turn=turn) for turn in range(-(-(total - 2) // 4))]
    assert {(Fault.ENTRY_CHANGED, str(entry))} in turns
    assert set() in turns


def test_a_million_faults_are_told_by_the_first_hundred(stream, alice, evil):
    with as_(alice):
        for _ in range(120):
            journal.record(Action.ORGANIZATION_VIEW)
    sequence()
    evil.execute("UPDATE journal_entry SET opened = 9")
    assert len(examine().findings) == 100


def test_the_command_says_it_and_fails(stream, evil, capsys):
    class Asked:
        file = None
        full = True
        ml_dsa = False

    assert run_verify(Asked) == 0
    assert "nothing is wrong" in capsys.readouterr().out
    entry = at(stream, 2)
    evil.execute("DELETE FROM journal_entry WHERE id = %s", [entry])
    assert run_verify(Asked) == 1
    assert f"The entry {entry} is gone; its leaf is still there. (stream {stream})" in (
        capsys.readouterr().out
    )
    run_key(Asked)
    assert capsys.readouterr().out == f"{signing.verifier_key()}\n"


def test_without_an_examiner_the_command_says_so(settings, capsys):
    settings.EXAMINER_URL = ""

    class Asked:
        file = None
        full = False
        ml_dsa = False

    assert run_verify(Asked) == 1
    assert "DATABASE_EXAMINER_URL" in capsys.readouterr().err
