"""Deciding whether a head is cosigned (C2SP tlog-witness), and raising alarms.

Anybody may show a head, because heads are public. So an alarm is only what the log itself caused:
    fork        the log has signed two roots for one size
    shrunk      a stream became smaller or another one between two heads
    silence     no head that continues the newest for longer than `silence` seconds
    unproven    for as long, no proof that the streams continue those that were shown before
An old head, or one with a wrong proof, is refused and proves nothing. A log that was played back
ends in one of these: it signs another root for a size that was shown, or shows nothing that
continues the newest.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from seatrobot.kernel import keyfiles
from seatrobot.kernel.heads import checkpoint, statement
from seatrobot.kernel.heads.checkpoint import COSIGNATURE_KEY, LOG_KEY, HeadClaim, VerifierKey
from seatrobot.kernel.journal import tree
from seatrobot.witness.store import Alarm, Known, Store

FORK, SHRUNK, SILENCE, UNPROVEN = "fork", "shrunk", "silence", "unproven"
SILENCE_SECONDS = 15 * 60
MOST_PROOF = 63
"""No log has a longer proof (tlog-witness)."""
SIZE_TYPE = "text/x.tlog.size"
PLAIN = "text/plain; charset=utf-8"


class Refusal(Exception):
    """A request is refused. text: the body of the answer."""

    def __init__(self, status: HTTPStatus, text: str = "", content_type: str = PLAIN) -> None:
        super().__init__(status)
        self.status, self.text, self.content_type = status, text, content_type


class Request(NamedTuple):
    """The body of add-checkpoint."""

    old: int
    proof: list[bytes]
    note: str
    claim: HeadClaim


class Continued(NamedTuple):
    """That a stream continues what it was: the proof from its size `older` to the present one."""

    stream: bytes
    older: int
    proof: list[bytes]


class Streams(msgspec.Struct):
    """The body of add-streams, an addition of ours: what the head of a size speaks of.

    text: the head (the last leaf). proof: of its inclusion. streams: packed, as in the head's map.
    continued: a proof for each stream that has grown since the last that were accepted.
    """

    origin: str
    size: int
    text: str
    proof: list[bytes]
    streams: bytes
    continued: list[Continued] = []


class Witness:
    """A witness of some logs.

    tell: is given each alarm that is new, in a thread of its own. silence: seconds without a head
    that are an alarm.
    """

    def __init__(  # noqa: PLR0913  what a witness is made of, all by name
        self,
        *,
        name: str,
        key_file: Path,
        store: Store,
        logs: Iterable[str],
        tell: Callable[[Alarm], None] = lambda _alarm: None,
        silence: float = SILENCE_SECONDS,
    ) -> None:
        seed = keyfiles.load_or_create(
            key_file, lambda: Ed25519PrivateKey.generate().private_bytes_raw()
        )
        self.name, self.store, self.tell, self.silence = name, store, tell, silence
        self.telling = ThreadPoolExecutor(max_workers=1, thread_name_prefix="alarms")
        self.key = Ed25519PrivateKey.from_private_bytes(seed)
        keys = [checkpoint.read_key(log, LOG_KEY) for log in logs]
        self.logs: dict[str, VerifierKey] = {key.name: key for key in keys}
        self.began = time.time()
        self._silent: set[str] = set()
        self._unproven: dict[str, str] = {}
        self._discontinued: set[str] = set()

    @property
    def verifier_key(self) -> str:
        """Return the public key, as logs and readers are told it."""
        return VerifierKey(self.name, COSIGNATURE_KEY, self.key.public_key()).text

    def add_checkpoint(self, body: bytes) -> str:
        """Return the line that cosigns a head; raises Refusal for one that contradicts another."""
        asked = read_request(body)
        origin, claim = asked.claim.origin, asked.claim
        if origin not in self.logs:
            raise Refusal(HTTPStatus.NOT_FOUND)
        if not checkpoint.is_signed(asked.note, self.logs[origin]):
            raise Refusal(HTTPStatus.FORBIDDEN)
        with self.store as store:
            known = store.newest(origin)
            if store.first_root(origin, claim.size, claim.root) != claim.root:
                self._raise(FORK, origin, asked.note, known.note)
            if asked.old > claim.size:
                raise Refusal(HTTPStatus.BAD_REQUEST)
            self._check_growth(asked, known)
            store.keep(origin, Known(claim.size, claim.root, asked.note, time.time()))
        self._silent.discard(origin)
        self._unproven.pop(origin, None)
        return checkpoint.cosign(asked.note, self.key, self.name, int(time.time()))

    def add_streams(self, body: bytes) -> None:
        """Compare the streams of the newest head with those accepted before; raises Refusal.

        One that has grown needs a proof; the answer names those that lack one, with the size that
        is known here. A wrong proof is no alarm, since a stranger can show one; none at all is.
        """
        try:
            shown = msgspec.msgpack.decode(body, type=Streams)
            said, states = statement.read(shown.text), statement.unpack(shown.streams)
        except (ValueError, msgspec.DecodeError, RecursionError):
            raise Refusal(HTTPStatus.BAD_REQUEST) from None
        with self.store as store:
            known = store.newest(shown.origin)
            place = shown.size - 1
            if shown.size != known.size:
                raise Refusal(HTTPStatus.CONFLICT, f"{known.size}\n", SIZE_TYPE)
            inside = tree.includes(known.root, known.size, place, said.leaf, shown.proof)
            if not inside or statement.map_root(shown.streams) != said.map:
                raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY)
            before = store.streams(shown.origin)
            now = {each.stream.bytes: (each.size, each.root) for each in states}
            for stream, (size, root) in before.items():
                newer = now.get(stream, (-1, b""))
                if newer[0] < size or (newer[0] == size and newer[1] != root):
                    self._raise(SHRUNK, shown.origin, shown.text, f"{stream.hex()} {size}")
                    raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY)
            _check_continued(before, now, shown.continued)
            fresh = [(each, *now[each]) for each in now if before.get(each) != now[each]]
            store.keep_streams(shown.origin, fresh, time.time())
        self._discontinued.discard(shown.origin)

    def silent(self) -> dict[str, float]:
        """Return the logs that have shown nothing for too long, with the seconds since."""
        moment = time.time()
        ages = {log: moment - (self.store.newest(log).at or self.began) for log in self.logs}
        return {log: age for log, age in ages.items() if age > self.silence}

    def unproven(self) -> dict[str, float]:
        """Return the logs that show heads and no longer prove their streams, with the seconds."""
        moment, silent = time.time(), self.silent()
        ages = {log: moment - at for log in self.logs if (at := self.store.proven_at(log))}
        return {log: age for log, age in ages.items() if age > self.silence and log not in silent}

    def look_for_silence(self) -> None:
        """Raise an alarm for each log that has become silent or proves nothing, once."""
        for origin in self.silent().keys() - self._silent:
            self._silent.add(origin)
            with self.store as store:
                shown = self._unproven.get(origin, "")
                self._raise(SILENCE, origin, shown, store.newest(origin).note)
        for origin in self.unproven().keys() - self._discontinued:
            self._discontinued.add(origin)
            with self.store as store:
                self._raise(UNPROVEN, origin, store.newest(origin).note, "")

    def _check_growth(self, asked: Request, known: Known) -> None:
        """Raise Refusal unless the head is proven to continue the newest."""
        claim = asked.claim
        if asked.old != known.size or (claim.size == known.size and claim.root != known.root):
            raise Refusal(HTTPStatus.CONFLICT, f"{known.size}\n", SIZE_TYPE)
        if not tree.extends(known.root, known.size, claim.root, claim.size, asked.proof):
            self._unproven[claim.origin] = asked.note
            raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY)

    def _raise(self, kind: str, origin: str, note: str, known: str) -> None:
        """Keep an alarm and have it told, once for each head whoever shows it again.

        What a stranger may add to a head, signatures of others, makes it no other head.
        """
        head = checkpoint.text_of(note) if kind == FORK else note
        if kind in {FORK, SHRUNK} and self.store.has_alarm(origin, kind, head):
            return
        alarm = Alarm(time.time(), origin, kind, note, known)
        if self.store.add_alarm(alarm):
            self.telling.submit(self.tell, alarm)


def _check_continued(
    before: Mapping[bytes, tuple[int, bytes]],
    now: Mapping[bytes, tuple[int, bytes]],
    continued: Iterable[Continued],
) -> None:
    """Raise Refusal unless each stream that has grown is proven to continue what it was."""
    proofs = {(each.stream, each.older): each.proof for each in continued}
    grown = {stream: known for stream, known in before.items() if now[stream][0] > known[0]}
    lacking = [
        (stream, size) for stream, (size, _) in grown.items() if (stream, size) not in proofs
    ]
    if lacking:
        lines = [f"{stream.hex()} {size}\n" for stream, size in lacking]
        raise Refusal(HTTPStatus.PRECONDITION_REQUIRED, "".join(lines))
    for stream, (older, known_root) in grown.items():
        size, root = now[stream]
        if not tree.extends(known_root, older, root, size, proofs[stream, older][:MOST_PROOF]):
            raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY)


def read_request(body: bytes) -> Request:
    """Read the body of add-checkpoint; raises Refusal."""
    try:
        first, _, note = body.decode().partition("\n\n")
        word, *lines = first.split("\n")
        name, old = word.split(" ")
        proof = [base64.b64decode(line, validate=True) for line in lines]
        claim = checkpoint.claim_of(checkpoint.text_of(note))
        is_number = old.isascii() and old.isdecimal() and str(int(old)) == old
    except (ValueError, binascii.Error):
        raise Refusal(HTTPStatus.BAD_REQUEST) from None
    whole = all(len(each) == tree.HASH_BYTES for each in proof)
    if name != "old" or not is_number or len(proof) > MOST_PROOF or not whole:
        raise Refusal(HTTPStatus.BAD_REQUEST)
    return Request(int(old), proof, note, claim)
