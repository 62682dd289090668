"""Proofs about the journal that anybody verifies offline, with the public key alone.

A consistency proof shows that the tree of a checkpoint somebody has kept is the beginning of a
newer one, so no entry was changed or removed between them. An inclusion proof shows that an entry
stands in a tree. Both are those of RFC 6962 (2.1), in a JSON file with the signed checkpoints.

`proving.py` makes them. Nothing here needs Django or a database.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.journal import leaf, signing, tree
from seatrobot.kernel.journal.checkpoints import Claim, claim_of

FORMAT: Literal["seatrobot-journal-proof/1"] = "seatrobot-journal-proof/1"


class BadProof(Exception):
    """A file does not prove what it says; the text says why."""


class Consistency(msgspec.Struct, tag_field="kind", tag="consistency", forbid_unknown_fields=True):
    """That the tree of the checkpoint `older` is the beginning of the tree of `checkpoint`."""

    older: str
    checkpoint: str
    hashes: list[bytes]
    format: Literal["seatrobot-journal-proof/1"] = FORMAT


class Inclusion(msgspec.Struct, tag_field="kind", tag="inclusion", forbid_unknown_fields=True):
    """That an entry (its form, see leaf.py) stands at a place in the tree of a checkpoint."""

    entry: bytes
    place: int
    checkpoint: str
    hashes: list[bytes]
    format: Literal["seatrobot-journal-proof/1"] = FORMAT


def written(proof: Consistency | Inclusion) -> bytes:
    """Return a proof as the JSON file that `verify` reads."""
    return msgspec.json.format(msgspec.json.encode(proof)) + b"\n"


def verify(file: bytes, key: Ed25519PublicKey) -> str:
    """Return what a file proves, in a sentence; raises BadProof. Needs no database."""
    try:
        proof = msgspec.json.decode(file, type=Consistency | Inclusion)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadProof("This is not a proof of the journal.") from error
    newest = _claim(proof.checkpoint, key)
    if isinstance(proof, Inclusion):
        return _verify_inclusion(proof, newest)
    older = _claim(proof.older, key)
    if older.stream != newest.stream:
        raise BadProof("The two checkpoints are of different journals.")
    if not extends(older, newest, proof.hashes):
        raise BadProof("The newer tree does not continue the older one.")
    return (
        f"Proven: the {older.size} entries of the older checkpoint are the first of the"
        f" {newest.size} entries of the newer one (journal {newest.stream})."
    )


def _verify_inclusion(proof: Inclusion, newest: Claim) -> str:
    try:
        row = leaf.read_form(proof.entry)
    except (ValueError, OverflowError) as error:
        raise BadProof("The entry in this file cannot be read.") from error
    digest = tree.hash_leaf(proof.entry)
    is_there = tree.includes(newest.root, newest.size, proof.place, digest, proof.hashes)
    if not is_there or (row["organization_id"] or PLATFORM) != newest.stream:
        raise BadProof("The tree of the checkpoint does not contain this entry.")
    return (
        f"Proven: the entry {row['id']} ({row['action']}, {row['at']:%Y-%m-%d %H:%M:%S} UTC) stands"
        f" at place {proof.place} of the {newest.size} entries of journal {newest.stream}."
    )


def _claim(note: str, key: Ed25519PublicKey) -> Claim:
    try:
        return claim_of(signing.verify_note(note, key))
    except (signing.BadSignature, ValueError) as error:
        raise BadProof("A checkpoint in this file is not signed by this key.") from error


def extends(older: Claim, newest: Claim, hashes: list[bytes]) -> bool:
    """Whether the hashes prove that the newest tree continues the older one."""
    return tree.extends(older.root, older.size, newest.root, newest.size, hashes)
