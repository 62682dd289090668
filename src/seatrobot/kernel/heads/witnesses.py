"""Shows heads to witnesses (C2SP tlog-witness) and keeps what they say.

A witness is another machine that remembers the largest head it has seen, demands a proof that a
new one continues it, and signs it. One that knows a larger head than our log has is told by its
answer (409): our past was cut off or played back.
"""

from __future__ import annotations

import base64
import http.client
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from django.conf import settings

from seatrobot.kernel import tls
from seatrobot.kernel.heads import checkpoint, memory, services, statement
from seatrobot.kernel.heads.checkpoint import COSIGNATURE_KEY, VerifierKey
from seatrobot.kernel.heads.memory import Answer, Kept
from seatrobot.kernel.journal import proving

SECONDS = 5
MOST_BYTES = 1024 * 1024
SHRUNK = "A stream became smaller or another one since the head before."
UNKNOWN = "It asks for a stream in a way that cannot be read."
TRIES = 2
"""The second time with the size that the witness says it knows."""


class NoCosignature(Exception):
    """A witness did not cosign; the text says why."""


class OtherPast(NoCosignature):
    """A witness knows another past of our log."""


class KnowsMore(OtherPast):
    """A witness knows a larger head than our log has. size: that head's."""

    def __init__(self, size: int) -> None:
        super().__init__(f"It has seen {size} heads, and our log has fewer.")
        self.size = size


def configured() -> dict[str, tuple[str, VerifierKey]]:
    """Return the witnesses by name, each with its address and key."""
    found = {}
    for address, text in settings.CONFIG.witnesses:
        key = checkpoint.read_key(text, COSIGNATURE_KEY)
        found[key.name] = (address, key)
    return found


def show_newest() -> dict[str, Answer]:
    """Show the newest head to every witness; return and keep what each has said."""
    kept, before = memory.read(), memory.answers()
    answers = {}
    for name, (address, key) in configured().items():
        answers[name] = before.get(name) or Answer()
        if kept is not None:
            _ask(address, key, kept, answers[name])
    if answers or before:
        memory.keep_answers(answers)
    return answers


def cosigned(kept: Kept) -> str:
    """Return the head's note with the cosignatures of witnesses that are there."""
    return kept.note + _of_witnesses(kept)


def whole(kept: Kept) -> str:
    """Return the head's note with every signature: of both kinds of keys, and of witnesses."""
    return kept.note + kept.cosignature + _of_witnesses(kept)


def signed_at(answer: Answer, key: VerifierKey) -> int:
    """Return when a witness signed the head it last did (seconds since 1970); 0: never."""
    return checkpoint.cosigned_at(answer.note, answer.line, key) or 0


def newest_note() -> str:
    """Return the newest head that was published, with its cosignatures; empty before the first."""
    try:
        kept = memory.read()
    except ValueError:
        return ""
    return cosigned(kept) if kept else ""


def _of_witnesses(kept: Kept) -> str:
    lines = [each.line for each in memory.answers().values() if each.note == kept.note]
    return "".join(lines)


def _ask(address: str, key: VerifierKey, kept: Kept, answer: Answer) -> None:
    answer.refused, answer.ahead = False, 0
    try:
        lines = _submit(address, kept, answer.size).splitlines(keepends=True)
    except OtherPast as reason:
        answer.refused, answer.trouble = True, str(reason)
        answer.ahead = reason.size if isinstance(reason, KnowsMore) else 0
    except NoCosignature as reason:
        answer.trouble = str(reason)
    else:
        for line in lines:
            if at := checkpoint.cosigned_at(kept.note, line, key):
                answer.size, answer.at, answer.line, answer.note = kept.size, at, line, kept.note
                answer.trouble = _show_streams(address, kept)
                answer.refused = answer.trouble == SHRUNK
                return
        answer.trouble = "Its signature does not verify."


def _submit(address: str, kept: Kept, older: int) -> str:
    """Return the lines with which a witness cosigns; raises NoCosignature."""
    for _ in range(TRIES):
        status, text = _post(address, request(kept, min(older, kept.size)))
        if status == http.client.OK:
            return text
        if status == http.client.UNPROCESSABLE_ENTITY:
            raise OtherPast("The proof does not continue what it has seen.")
        if status != http.client.CONFLICT or not text.strip().isdecimal():
            raise NoCosignature(f"It answered {status}.")
        older = int(text)
        if older > kept.size:
            raise KnowsMore(older)
    raise OtherPast("It has seen another head of the same size.")


def _show_streams(address: str, kept: Kept) -> str:
    """Show a witness of ours the streams of a head it has cosigned; return why it refuses them.

    It answers with the streams that have grown since, and gets a proof for each that it continues
    what it was. A witness of somebody else knows no such request, and answers 404.
    """
    shown: dict[str, Any] = {
        "origin": kept.claim.origin,
        "size": kept.size,
        "text": kept.text,
        "proof": services.stored_log().inclusion(kept.size - 1, kept.size),
        "streams": kept.streams,
    }
    try:
        status, text = _post(address, msgspec.msgpack.encode(shown), "add-streams")
        if status == http.client.PRECONDITION_REQUIRED:
            shown["continued"] = _continued(kept, text)
            status, _ = _post(address, msgspec.msgpack.encode(shown), "add-streams")
    except NoCosignature as reason:
        return str(reason)
    if status == http.client.UNPROCESSABLE_ENTITY:
        return SHRUNK
    if status in {http.client.OK, http.client.NOT_FOUND, http.client.CONFLICT}:  # a newer head
        return ""
    return f"It answered {status} to the streams."


def _continued(kept: Kept, asked: str) -> list[tuple[bytes, int, list[bytes]]]:
    """Return the proofs that a witness asks for in lines of stream and size."""
    now = {each.stream: each.size for each in statement.unpack(kept.streams)}
    proofs = []
    try:
        for line in asked.splitlines():
            stream, older = UUID(line.split(" ")[0]), int(line.split(" ")[1])
            hashes = proving.continuation(stream, older, now[stream])
            proofs.append((stream.bytes, older, hashes))
    except (ValueError, IndexError, KeyError):
        raise NoCosignature(UNKNOWN) from None
    return proofs


def request(kept: Kept, older: int) -> bytes:
    """Return the body of add-checkpoint: the size it knows, the proof, and the checkpoint."""
    proof = services.stored_log().consistency(older, kept.size)
    lines = [f"old {older}", *(base64.b64encode(node).decode() for node in proof)]
    return ("\n".join(lines) + f"\n\n{kept.note}").encode()


def _post(address: str, body: bytes, what: str = "add-checkpoint") -> tuple[int, str]:
    parts = urlsplit(address)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            parts.netloc, timeout=SECONDS, context=tls.client_context()
        )
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=SECONDS)
    try:
        connection.request("POST", f"{parts.path.rstrip('/')}/{what}", body)
        answer = connection.getresponse()
        return answer.status, answer.read(MOST_BYTES).decode()
    except (OSError, http.client.HTTPException, UnicodeDecodeError) as error:
        if tls.is_too_old(error):
            raise NoCosignature("It speaks no TLS of our profile.") from error
        raise NoCosignature(f"It was not reached ({type(error).__name__}).") from error
    finally:
        connection.close()
