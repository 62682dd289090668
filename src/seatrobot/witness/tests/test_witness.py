"""A witness cosigns what continues a log, refuses anything else, and forgets nothing.

What it signs is verified by tlog-scales, which is not ours.
"""

from __future__ import annotations

import base64
import http.client
import os
import socket
import threading
import time

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tlog_scales import signing, tlog

from seatrobot.kernel.clock import now
from seatrobot.kernel.heads import statement
from seatrobot.kernel.heads.checkpoint import LOG_KEY, VerifierKey, key_id
from seatrobot.kernel.heads.log import Log
from seatrobot.kernel.heads.statement import Statement, StreamState
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import tree
from seatrobot.witness import serving
from seatrobot.witness.serving import WitnessServer
from seatrobot.witness.store import Store
from seatrobot.witness.witness import Continued, Streams, Witness

ORIGIN = "guests.example.org/heads"
NAME = "witness.example.org"
KEY = Ed25519PrivateKey.generate()
LOG = VerifierKey(ORIGIN, LOG_KEY, KEY.public_key()).text


class Grown(Log):
    """A log that a test writes."""

    def __init__(self, leaves=()):
        self.rows = []
        self.leaves = []
        super().__init__(self.rows.__getitem__)
        self.grow(*leaves)

    @property
    def size(self):
        return len(self.rows)

    def grow(self, *leaves):
        for leaf in leaves:
            self.rows.append(self.appended(self.size, leaf))
            self.leaves.append(leaf)
        return self

    def by(self, count):
        return self.grow(*(tree.hash_leaf(os.urandom(8)) for _ in range(count)))

    def note(self, key=KEY, origin=ORIGIN):
        text = f"{origin}\n{self.size}\n{base64.b64encode(self.root(self.size)).decode()}\n"
        blob = key_id(origin, LOG_KEY, key.public_key()) + key.sign(text.encode())
        return f"{text}\n— {origin} {base64.b64encode(blob).decode()}\n"

    def request(self, old, note=""):
        proof = self.consistency(old, self.size) if old <= self.size else []
        lines = [f"old {old}", *(base64.b64encode(each).decode() for each in proof)]
        return ("\n".join(lines) + "\n\n" + (note or self.note())).encode()


class Place:
    """A running witness, and who asks it."""

    def __init__(self, data):
        self.data, self.told = data, []
        self.begin()

    def begin(self):
        self.witness = Witness(
            name=NAME,
            key_file=self.data / "witness.key",
            store=Store(self.data / "witness.sqlite"),
            logs=[LOG],
            tell=self.told.append,
        )
        self.server = WitnessServer(self.witness, "127.0.0.1", 0)
        serving = threading.Thread(target=self.server.serve_forever, args=[0.02], daemon=True)
        serving.start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()
        self.witness.store.database.close()

    def ask(self, method, path, body=b""):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=10)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers["Content-Type"]
        finally:
            connection.close()

    def add(self, body):
        return self.ask("POST", "/add-checkpoint", body)

    def told_kinds(self):
        self.witness.telling.submit(lambda: None).result()
        return [alarm.kind for alarm in self.told]

    def alarms(self):
        return [alarm.kind for alarm in reversed(self.witness.store.alarms(99))]


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    yield place
    place.end()


@pytest.fixture
def log(place):
    """A log of which the witness has seen 10 and then 17 heads."""
    log = Grown().by(10)
    assert place.add(log.request(0))[0] == 200
    log.by(7)
    assert place.add(log.request(10))[0] == 200
    return log


def test_a_cosignature_verifies_with_a_tool_of_others(place, log):
    log.by(3)
    status, line, _ = place.add(log.request(17))
    assert status == 200
    checkpoint = tlog.Checkpoint.from_text(log.note() + line)
    key = place.ask("GET", "/key")[1].strip()
    checkpoint.verify(signing.Vkey.from_string(key))
    checkpoint.verify(signing.Vkey.from_string(LOG))
    proof = tlog.ConsistencyProof(17, 20, log.consistency(17, 20))
    proof.check(log.root(17), log.root(20))
    forged = tlog.Checkpoint.from_text(log.note().replace("\n20\n", "\n21\n") + line)
    with pytest.raises(InvalidSignature):
        forged.verify(signing.Vkey.from_string(key))


def test_the_same_head_is_cosigned_again(place, log):
    assert place.add(log.request(17))[0] == 200
    assert place.alarms() == []


def test_a_wrong_old_size_is_told_the_right_one(place, log):
    log.by(1)
    assert place.add(log.request(10)) == (409, "17\n", "text/x.tlog.size")
    assert place.alarms() == []


def test_an_old_head_is_refused_and_nothing_more(place, log):
    """Whoever has a mail or a document has one, which this witness has seen or not."""
    for size in (10, 12, 14, 10, 12):
        for old in (0, min(size, 10), 17):
            older = Grown(log.leaves[:size])
            assert place.add(older.request(old))[0] == (409 if old <= size else 400)
    assert place.alarms() == []
    assert place.ask("GET", "/status")[0] == 200


def test_a_new_head_with_a_wrong_proof_is_refused_and_nothing_more(place, log):
    log.by(3)
    wrong = b"old 17\n" + base64.b64encode(b"w" * 32) + b"\n\n" + log.note().encode()
    assert place.add(wrong)[0] == 422
    assert place.alarms() == []
    assert place.add(log.request(17))[0] == 200
    assert place.alarms() == []


def test_a_dump_played_back_is_a_fork_at_the_first_size_it_signs_anew(place, log):
    restored = Grown(log.leaves[:12])
    assert place.add(restored.request(12))[:2] == (409, "17\n")
    assert place.add(restored.by(5).request(17))[0] == 409
    assert place.alarms() == ["fork"]
    place.end()
    place.begin()
    assert place.add(restored.request(0))[:2] == (409, "17\n")
    assert place.ask("GET", "/status")[0] == 503
    assert place.alarms() == ["fork"]
    assert place.told_kinds() == ["fork"]
    log.by(1)
    assert place.add(log.request(17))[0] == 200


def begun(place, path, body=b"x"):
    """Return a connection that has sent the beginning of a request."""
    sent = socket.create_connection(("127.0.0.1", place.server.server_port), timeout=10)
    length = serving.LARGEST[path]
    sent.sendall(f"POST {path} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode() + body)
    return sent


def test_few_large_bodies_are_read_at_once_and_heads_all_the_while(place, log):
    held = [begun(place, "/add-streams") for _each in range(serving.MOST_LARGE)]
    while place.server.large._value:
        time.sleep(0.01)
    with begun(place, "/add-streams") as refused:
        assert b" 503 " in refused.recv(100)
    assert place.add(log.request(17))[0] == 200
    for each in held:
        each.close()


def test_a_body_has_one_time_however_it_trickles(place, monkeypatch):
    monkeypatch.setattr(serving, "BODY_SECONDS", -1)
    with begun(place, "/add-checkpoint") as sent:
        assert b" 408 " in sent.recv(100)


def test_a_connection_beyond_the_most_is_closed(place, log):
    for _each in range(serving.MOST_CONNECTIONS):
        place.server.connections.acquire()
    with begun(place, "/add-checkpoint") as sent:
        assert sent.recv(100) == b""
    place.server.connections.release()
    assert place.add(log.request(17))[0] == 200


def test_a_dump_played_back_and_grown_is_silence_with_the_head_that_continues_nothing(place, log):
    restored = Grown(log.leaves[:12]).by(8)
    assert place.add(restored.request(17))[0] == 422
    place.witness.silence = -1
    place.witness.look_for_silence()
    assert place.told_kinds() == ["silence"]
    assert place.told[0].note == restored.note()
    place.witness.silence = 900
    log.by(3)
    assert place.add(log.request(17))[0] == 200
    assert place.alarms() == ["silence", "fork"]


@pytest.mark.parametrize(("size", "old", "status"), [(17, 17, 409), (10, 0, 409), (10, 17, 400)])
def test_two_roots_for_a_size_are_a_fork_once_for_each(place, log, size, old, status):
    other = Grown().by(size)
    third = Grown().by(size)
    junk = other.note() + "— somebody.example AAAAAAAA\n"
    for body in (other.request(old), third.request(old), other.request(old, junk)):
        assert place.add(body)[0] == status
    assert place.alarms() == ["fork", "fork"]


def test_a_head_is_cosigned_while_an_alarm_is_told(place, log):
    going_on = threading.Event()
    place.witness.tell = lambda _alarm: going_on.wait(10)
    try:
        assert place.add(Grown().by(10).request(10))[0] == 409
        log.by(1)
        assert place.add(log.request(17))[0] == 200
        assert not going_on.is_set()
    finally:
        going_on.set()


@pytest.mark.parametrize(
    ("status", "body"),
    {
        "another key": (403, lambda log: log.request(17, log.note(Ed25519PrivateKey.generate()))),
        "another log": (404, lambda log: log.request(17, log.note(origin="others/heads"))),
        "older than nothing": (400, lambda log: log.request(30)),
        "no words": (400, lambda _: b"hello"),
        "no number": (400, lambda log: b"old -1\n\n" + log.note().encode()),
        "a proof too long": (
            400,
            lambda log: b"old 17\n" + 64 * (b"A" * 43 + b"=\n") + b"\n" + log.note().encode(),
        ),
        "a hash too short": (400, lambda log: b"old 17\nAAAA\n\n" + log.note().encode()),
        "too large": (400, lambda _: b"x" * 20_000),
    }.values(),
)
def test_what_is_no_head_of_the_log_is_refused(place, log, status, body):
    assert place.add(body(log))[0] == status
    assert place.alarms() == []
    assert place.witness.store.newest(ORIGIN).size == 17


def test_of_two_pasts_at_the_same_time_one_is_signed(place, log):
    found = []
    bodies = [Grown(log.leaves).by(number + 1).request(17) for number in range(6)]
    threads = [
        threading.Thread(target=lambda body=body: found.append(place.add(body)[0]))
        for body in bodies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200] + [409] * 5


def test_silence_is_an_alarm_once(place, log):
    assert place.witness.silent() == {}
    place.witness.silence = -1
    place.witness.look_for_silence()
    place.witness.look_for_silence()
    assert place.alarms() == ["silence"]
    assert place.ask("GET", "/status")[0] == 503
    place.witness.silence = 900
    assert place.ask("GET", "/status")[0] == 200
    place.witness.began = time.time()


def streams_of(log, states, continued=()):
    """Grow a log by a head over streams; return what add-streams is given."""
    packed = statement.pack(states)
    said = Statement(now(), len(states), 0, statement.map_root(packed), 0, "", 0, 0)
    log.grow(said.leaf)
    proof = log.inclusion(log.size - 1, log.size)
    return Streams(ORIGIN, log.size, said.text, proof, packed, list(continued))


def show(place, log, states, continued=()):
    """Show a head over streams, and the streams; return the status and the text."""
    shown = streams_of(log, states, continued)
    assert place.add(log.request(log.size - 1))[0] == 200
    return place.ask("POST", "/add-streams", msgspec.msgpack.encode(shown))[:2]


def state_of(id_, leaves):
    return StreamState(id_, leaves.size, leaves.root(leaves.size))


def test_a_stream_that_grows_is_proven_to_continue_what_it_was(place):
    """Sizes alone do not show it: a stream written anew can be longer than it was."""
    log, journal, id_ = Grown(), Grown().by(5), new_id()
    assert show(place, log, [state_of(id_, journal)])[0] == 200
    forked = Grown(journal.leaves[:3]).by(6)
    for known in (5, 7):
        journal.by(2)
        asked = (428, f"{id_.hex} {known}\n")
        assert show(place, log, [state_of(id_, journal)]) == asked
        wrong = Continued(id_.bytes, known, forked.consistency(known, forked.size))
        assert show(place, log, [state_of(id_, forked)], [wrong])[0] == 422
        stale = Continued(id_.bytes, 4, journal.consistency(4, journal.size))
        assert show(place, log, [state_of(id_, journal)], [stale]) == asked
        right = Continued(id_.bytes, known, journal.consistency(known, journal.size))
        assert show(place, log, [state_of(id_, journal)], [right])[0] == 200
        checked = tlog.ConsistencyProof(known, journal.size, right.proof)
        checked.check(journal.root(known), journal.root(journal.size))
    assert place.alarms() == []


def test_streams_that_are_no_longer_proven_are_an_alarm_once(place):
    log, journal, id_ = Grown(), Grown().by(5), new_id()
    assert place.add(log.by(1).request(0))[0] == 200
    place.witness.silence = -1
    assert place.witness.unproven() == {}  # a log that never showed any, as of others
    place.witness.silence = 900
    assert show(place, log, [state_of(id_, journal)])[0] == 200
    place.witness.store.keep_streams(ORIGIN, [], time.time() - 1000)
    assert show(place, log, [state_of(id_, journal.by(1))])[0] == 428
    place.witness.look_for_silence()
    place.witness.look_for_silence()
    assert place.told_kinds() == ["unproven"]
    assert place.ask("GET", "/status")[0] == 503
    right = Continued(id_.bytes, 5, journal.consistency(5, 6))
    assert show(place, log, [state_of(id_, journal)], [right])[0] == 200
    assert place.ask("GET", "/status")[0] == 200


@pytest.mark.parametrize(
    "later",
    {
        "smaller": lambda old: [old[0]._replace(size=4), old[1]],
        "another root": lambda old: [old[0]._replace(root=b"n" * 32), old[1]],
        "gone": lambda old: old[1:],
    }.values(),
)
def test_a_stream_that_shrank_between_two_heads_is_an_alarm(place, later):
    log = Grown()
    journal = Grown().by(9)
    states = [StreamState(new_id(), 5, b"r" * 32), state_of(new_id(), journal)]
    before = streams_of(log, states)
    assert place.add(log.request(0))[0] == 200
    assert place.ask("POST", "/add-streams", msgspec.msgpack.encode(before))[0] == 200
    larger = state_of(states[1].stream, journal.by(1))
    proof = Continued(larger.stream.bytes, 9, journal.consistency(9, 10))
    grown = streams_of(log, [states[0], larger], [proof])
    assert place.add(log.request(1))[0] == 200
    assert place.ask("POST", "/add-streams", msgspec.msgpack.encode(grown))[0] == 200
    assert place.alarms() == []
    wrong = streams_of(log, later(statement.unpack(grown.streams)))
    assert place.add(log.request(2))[0] == 200
    assert place.ask("POST", "/add-streams", msgspec.msgpack.encode(wrong))[0] == 422
    assert place.alarms() == ["shrunk"]


def test_streams_that_are_not_those_of_the_head_are_refused(place):
    log = Grown()
    shown = streams_of(log, [StreamState(new_id(), 5, b"r" * 32)])
    other = statement.pack([StreamState(new_id(), 5, b"r" * 32)])
    assert place.ask("POST", "/add-streams", msgspec.msgpack.encode(shown))[0] == 409
    assert place.add(log.request(0))[0] == 200
    shown.streams = other
    assert place.ask("POST", "/add-streams", msgspec.msgpack.encode(shown))[0] == 422
    assert place.ask("POST", "/add-streams", b"hello")[0] == 400
