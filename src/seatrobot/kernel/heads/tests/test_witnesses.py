"""Heads are shown to a witness that runs, and what it answers is kept; tools of others agree."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.test import Client
from tlog_scales import signing as others
from tlog_scales import tlog
from tlog_scales.reader import TilesReader

from seatrobot.conftest import as_
from seatrobot.kernel.heads import memory, services, statement, witnesses
from seatrobot.kernel.journal import proving, signing, tree
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.models import Checkpoint
from seatrobot.kernel.journal.sequencer import sequence
from seatrobot.organizations.feature import Action
from seatrobot.witness.serving import WitnessServer
from seatrobot.witness.store import Store
from seatrobot.witness.witness import Witness

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "witness.example.org"


def publish(member, times=1):
    for _ in range(times):
        with as_(member):
            journal.record(Action.ORGANIZATION_VIEW)
        sequence()
        kept = services.publish()
    return kept


@contextmanager
def running(witness, port=0):
    server = WitnessServer(witness, "127.0.0.1", port)
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def witness(data, settings):
    log = signing.verifier_key(services.origin())
    return Witness(name=NAME, key_file=data / "w.key", store=Store(data / "w.sqlite"), logs=[log])


@pytest.fixture
def port(witness, settings):
    with running(witness) as port:
        settings.CONFIG = replace(
            settings.CONFIG, witnesses=((f"http://127.0.0.1:{port}/", witness.verifier_key),)
        )
        yield port


def answer():
    return witnesses.show_newest()[NAME]


def alarms(witness):
    return [each.kind for each in witness.store.alarms(9)]


def test_a_witness_cosigns_what_goes_on(port, alice, witness):
    assert answer().size == 0  # nothing to show yet
    for _ in range(2):
        kept = publish(alice, 3)
        found = answer()
        assert (found.size, found.trouble, found.ahead) == (kept.size, "", 0)
    assert memory.answers() == {NAME: found}
    checkpoint = tlog.Checkpoint.from_text(witnesses.newest_note())
    for key in (witness.verifier_key, signing.verifier_key(services.origin())):
        checkpoint.verify(others.Vkey.from_string(key))
    assert alarms(witness) == []


def test_a_witness_of_which_we_have_forgotten_everything_is_asked_what_it_knows(port, alice):
    publish(alice)
    answer()
    memory.keep_answers({})
    kept = publish(alice, 2)
    assert answer().size == kept.size


def test_a_dead_network_is_told_and_mended(port, alice, witness, settings):
    before = publish(alice)
    answer()
    address, key = settings.CONFIG.witnesses[0]
    settings.CONFIG = replace(settings.CONFIG, witnesses=(("http://127.0.0.1:9/", key),))
    kept = publish(alice)
    found = answer()
    assert (found.size, found.trouble) == (
        before.size,
        "It was not reached (ConnectionRefusedError).",
    )
    settings.CONFIG = replace(settings.CONFIG, witnesses=((address, key),))
    assert (answer().size, answer().trouble) == (kept.size, "")


def test_database_and_files_played_back_together(port, alice, witness, data, superuser_connection):
    """The one attack that neither the database nor its memory can show."""
    publish(alice)
    answer()
    evil = superuser_connection
    evil.execute("SET session_replication_role = replica")
    evil.execute("CREATE TEMP TABLE dump AS SELECT * FROM heads_head")
    files = {each.name: each.read_bytes() for each in (data / "heads").iterdir()}
    publish(alice, 2)
    answer()
    evil.execute("DELETE FROM heads_head; INSERT INTO heads_head SELECT * FROM dump")
    for name, content in files.items():
        (data / "heads" / name).write_bytes(content)
    found = answer()
    assert (found.ahead, found.refused) == (3, True)
    assert alarms(witness) == []  # an old head alone, which anybody could show
    publish(alice, 2)  # grown again, to what the witness knows
    assert answer().trouble == "It has seen another head of the same size."
    assert alarms(witness) == ["fork"]
    publish(alice)  # and past it
    assert answer().trouble == "The proof does not continue what it has seen."


def test_a_stream_that_is_cut_off_together_with_its_memory(
    port, alice, witness, superuser_connection, monkeypatch
):
    """By somebody who has the service sign whatever the database says."""
    publish(alice)
    answer()
    evil = superuser_connection
    evil.execute("SET session_replication_role = replica")
    evil.execute("UPDATE heads_stream SET size = size - 1 WHERE id = %s", [alice.organization_id])
    monkeypatch.setattr(services, "_refuse_forgotten", lambda *_known: None)
    services.publish()
    assert answer().trouble == "A stream became smaller or another one since the head before."
    assert alarms(witness) == ["shrunk"]


def test_a_stream_that_was_written_anew_and_grew_is_not_cosigned_as_ours(
    port, alice, witness, superuser_connection, monkeypatch
):
    """An entry of the past exchanged, with every size, root, head and file made to agree."""
    publish(alice, 3)
    answer()
    publish(alice, 2)
    assert answer().trouble == ""
    assert witness.store.streams(services.origin())[alice.organization_id.bytes][0] >= 5
    evil = superuser_connection
    evil.execute("SET session_replication_role = replica")
    evil.execute(
        "UPDATE journal_leaf SET hash = sha256(hash) WHERE place = 1 AND stream = %s",
        [alice.organization_id],
    )
    rows = "SELECT total, size FROM journal_checkpoint WHERE stream = %s ORDER BY size"
    leaves = "SELECT hash FROM journal_leaf WHERE stream = %s AND place < %s ORDER BY place"
    for total, size in evil.execute(rows, [alice.organization_id]).fetchall():
        anew = tree.Frontier()
        for (digest,) in evil.execute(leaves, [alice.organization_id, size]).fetchall():
            anew.append(bytes(digest))
        evil.execute(
            "UPDATE journal_checkpoint SET root = %s, frontier = %s WHERE total = %s",
            [anew.root(), anew.stored, total],
        )
    monkeypatch.setattr(services, "_refuse_forgotten", lambda *_known: None)
    publish(alice)
    found = answer()
    assert (found.trouble, found.refused) == (witnesses.SHRUNK, True)


def test_the_proof_of_a_stream_is_that_of_its_whole_tree(alice):
    stream = alice.organization_id
    for times in (1, 2, 1, 3, 2):
        publish(alice, times)
    sizes = list(Checkpoint.objects.filter(stream=stream).order_by("size"))
    newest = sizes[-1]
    for older in sizes:
        proof = proving.continuation(stream, older.size, newest.size)
        assert tree.extends(bytes(older.root), older.size, bytes(newest.root), newest.size, proof)
    assert proving.continuation(stream, newest.size + 1, newest.size + 2) == []


def test_a_signature_by_another_key_does_not_count(port, alice, witness, data, settings):
    other = Witness(name=NAME, key_file=data / "o.key", store=Store(":memory:"), logs=[])
    address, _ = settings.CONFIG.witnesses[0]
    settings.CONFIG = replace(settings.CONFIG, witnesses=((address, other.verifier_key),))
    publish(alice)
    found = answer()
    assert (found.size, found.trouble) == (0, "Its signature does not verify.")


class Served:
    """Our tiles, as a reader of tlog-scales asks for them."""

    def get(self, *path):
        answer = Client().get("/practices/heads/" + "/".join(path))
        return answer.content if answer.status_code == 200 else None


def test_a_reader_of_others_verifies_our_tiles(data, alice, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    kept = [publish(alice) for _ in range(5)]
    reader = TilesReader(Served())
    checkpoint = reader.get_checkpoint()
    assert (checkpoint.size, checkpoint.root_hash) == (5, reader.calculate_root_hash())
    for place, each in enumerate(kept):
        entry = reader.get_entry(place)
        assert entry.decode() == each.text
        proof = reader.get_inclusion_proof(place, 5)
        proof.check(tree.hash_leaf(entry), checkpoint.root_hash)
        assert proof.node_hashes == services.stored_log().inclusion(place, 5)
    reader.get_consistency_proof(2, 5).check(kept[1].root, kept[4].root)
    assert statement.read(entry.decode()).entries == kept[4].statement.entries
