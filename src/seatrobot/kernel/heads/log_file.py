"""An organization's log with the proof that it is whole, in one file that anybody verifies offline.

The file holds entries as they are hashed (leaf.py), so what is sealed stays sealed. From them
follows the root of the stream; that stands in the map of a head, the head in the log of heads, and
that is signed. So each entry is proven, and that none between the first and the last is missing.

Verifying needs neither Django nor a database.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from seatrobot.kernel.heads import checkpoint, statement
from seatrobot.kernel.heads.checkpoint import ML_DSA_KEY, VerifierKey
from seatrobot.kernel.heads.statement import StreamState
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.journal import leaf, signing, tree
from seatrobot.kernel.journal.proofs import BadProof
from seatrobot.kernel.journal.tree import Frontier

FORMAT: Literal["seatrobot-journal-log/1"] = "seatrobot-journal-log/1"


class LogFile(msgspec.Struct, forbid_unknown_fields=True):
    """Entries of a stream from place `start` on, up to the size that a head says.

    frontier: the full subtrees of the first `start` entries, largest first (RFC 6962). map_place,
    map_proof: where the stream stands in the head's map. text: the head; head_proof: that it is
    the last leaf of the log of heads that `head` signs. cosigner: the key (ML-DSA-44) of the log's
    other signature of that head; empty where there is none.
    """

    entries: list[bytes]
    start: int
    frontier: list[bytes]
    map_place: int
    map_proof: list[bytes]
    text: str
    head_proof: list[bytes]
    head: str
    cosigner: str = ""
    format: Literal["seatrobot-journal-log/1"] = FORMAT


def written(file: LogFile) -> bytes:
    return msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n"


def is_log(data: bytes) -> bool:
    """Whether a file claims to be one of these."""
    try:
        found = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return bytes(found.get("format", b"")) == f'"{FORMAT}"'.encode()


def read_keys(texts: Iterable[str]) -> tuple[Ed25519PublicKey, VerifierKey | None]:
    """Return the journal's key and, where it is among these lines, the log's other one.

    Raises signing.BadKey for anything else.
    """
    own, others = [], []
    for line in (line for text in texts for line in text.splitlines() if line.strip()):
        try:
            others.append(checkpoint.read_key(line, ML_DSA_KEY))
        except ValueError:
            own.append(signing.read_key(line))
    if len(own) != 1 or len(others) > 1:
        raise signing.BadKey
    return own[0], others[0] if others else None


def verify(data: bytes, key: Ed25519PublicKey, ml_dsa: VerifierKey | None = None) -> str:
    """Return what a file proves, in a sentence; raises BadProof.

    ml_dsa: the log's other key, where the reader knows it; then a signature by it is demanded. One
    that is there, or that the file names a key for, must verify in any case.
    """
    try:
        file = msgspec.json.decode(data, type=LogFile)
        stream = _stream(file)
        frontier = Frontier.of(file.start, b"".join(file.frontier))
        said = statement.read(file.text)
        claim = checkpoint.claim_of(signing.verify_note(_own(file.head), key))
    except signing.BadSignature as error:
        raise BadProof("The head in this file is not signed by this key.") from error
    except (msgspec.DecodeError, ValueError, OverflowError, RecursionError) as error:
        raise BadProof("This is not a log with its proof.") from error
    for entry in file.entries:
        frontier.append(tree.hash_leaf(entry))
    state = StreamState(stream, frontier.size, frontier.root())
    in_map = tree.hash_leaf(state.packed)
    if not tree.includes(said.map, said.streams, file.map_place, in_map, file.map_proof):
        raise BadProof("The entries are not those of which the head speaks.")
    place = claim.size - 1
    if not claim.origin.endswith("/heads") or not tree.includes(
        claim.root, claim.size, place, said.leaf, file.head_proof
    ):
        raise BadProof("The head is not in the log of heads that was signed.")
    return (
        f"Proven: these {len(file.entries)} entries are all from place {file.start} on of the"
        f" {state.size} that journal {stream} had at {said.at:%Y-%m-%d %H:%M:%S} UTC, as head"
        f" {claim.size} of {claim.origin} says.{_verify_ml_dsa(file, claim.origin, ml_dsa)}"
    )


def _verify_ml_dsa(file: LogFile, origin: str, told: VerifierKey | None) -> str:
    """Return a sentence on the head's signature of the other kind, or none; raises BadProof."""
    lines = checkpoint.cosignatures(file.head, origin, ML_DSA_KEY)
    if told is None and not lines and not file.cosigner:
        return ""
    try:
        key = told or checkpoint.read_key(file.cosigner, ML_DSA_KEY)
    except ValueError:
        raise BadProof("The file names no key for the ML-DSA-44 signature of its head.") from None
    signed = [checkpoint.cosigned_at(file.head, line, key) is not None for line in lines]
    if key.name != origin or not signed or not all(signed):
        raise BadProof("The head in this file is not signed by this ML-DSA-44 key.")
    if told:
        return " The head is signed with ML-DSA-44, too, by the key that you named."
    return (
        " The head is signed with ML-DSA-44, too, by the key that the file names; compare that"
        " with the one the service publishes, or name it with a second --key."
    )


def _stream(file: LogFile) -> UUID:
    """Return whose entries these are; ValueError unless they are of one stream."""
    streams = {leaf.read_form(entry)["organization_id"] or PLATFORM for entry in file.entries}
    if len(streams) != 1:
        raise ValueError("the entries are not of one journal")
    found: UUID = streams.pop()
    return found


def _own(note: str) -> str:
    """Return the note with the log's own signature alone: cosignatures stand after it."""
    body, blank, lines = note.rpartition("\n\n")
    return f"{body}{blank}{lines.partition(chr(10))[0]}\n"
