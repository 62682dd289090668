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
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal import signing, tree
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
