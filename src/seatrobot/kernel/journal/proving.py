"""Making proofs about the journal, and comparing a kept checkpoint with today's.

Seen: 1 s for a stream of a million entries, of which every leaf between is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import psycopg
from django.utils.translation import gettext as _

from seatrobot.kernel.journal import leaf, signing, tree
from seatrobot.kernel.journal.checkpoints import Claim, claim_of
from seatrobot.kernel.journal.models import Checkpoint, Leaf
from seatrobot.kernel.journal.proofs import Consistency, Inclusion, extends
from seatrobot.kernel.journal.tree import Frontier, Roots
from seatrobot.kernel.refusal import Refused

CHUNK = 50_000
ENTRY = f"SELECT {', '.join(leaf.COLUMNS)} FROM journal_entry WHERE id = %s"  # noqa: S608  our own columns


class NoProof(Refused):
    """There is nothing to prove, or not yet."""

    status: ClassVar[int] = 422


@dataclass(frozen=True, slots=True)
class Comparison:
    """A kept checkpoint beside today's. proof: None when today's tree does not continue it."""

    older: Claim
    newest: Claim
    proof: Consistency | None

    @property
    def sentence(self) -> str:
        numbers = {"older": self.older.size, "newest": self.newest.size}
        if self.proof is None:
            return _(
                "The journal does not continue your checkpoint: entries were changed or removed"
                " since it was signed. Keep your checkpoint, and ask the operator."
            )
        if self.older.size == self.newest.size:
            return (
                _("Nothing was added or changed since your checkpoint (entries: %(newest)d).")
                % numbers
            )
        return (
            _(
                "The journal has only grown since your checkpoint: all of its entries (%(older)d)"
                " are unchanged among those of today (%(newest)d)."
            )
            % numbers
        )


def newest_checkpoint(stream: UUID) -> str:
    """Return the text of a stream's newest checkpoint, to be kept; raises NoProof."""
    return _newest(stream).note


def compare(stream: UUID, kept: str) -> Comparison:
    """Compare a kept checkpoint of a stream with the newest one; raises NoProof."""
    note, older = _read_kept(kept)
    if older.stream != stream:
        raise NoProof(_("This checkpoint is of another journal."), field="checkpoint")
    row = _newest(stream)
    newest = Claim(stream, row.size, bytes(row.root))
    if older.size > newest.size:
        return Comparison(older, newest, None)
    hashes = tree.consistency_proof(_roots(stream), newest.size, older.size)
    proof = Consistency(note, row.note, hashes)
    return Comparison(older, newest, proof if extends(older, newest, hashes) else None)


def continuation(stream: UUID, older: int, size: int) -> list[bytes]:
    """Return what proves that a stream continues an older checkpoint; empty when nothing does.

    It reads that checkpoint and the leaves since, however long the stream is: whatever of the proof
    lies before is a full subtree that the checkpoint has stored.
    """
    row = Checkpoint.objects.filter(stream=stream, size=older).first()
    if row is None or older > size:
        return []
    first, known = 0, {}
    for node, bit in zip(
        Frontier.of(older, bytes(row.frontier)).nodes, _powers(older), strict=True
    ):
        known[first, first + bit] = node
        first += bit
    later = _roots(stream)
    return tree.consistency_proof(
        lambda low, high: known[low, high] if high <= older else later(low, high), size, older
    )


def _powers(size: int) -> list[int]:
    """Return the powers of two that a size is the sum of, the largest first."""
    return [1 << place for place in range(size.bit_length())[::-1] if size >> place & 1]


def stream_of(kept: str) -> UUID:
    """Return whose journal a kept checkpoint is of; raises NoProof."""
    return _read_kept(kept)[1].stream


def prove_entry(examiner: psycopg.Connection, entry_id: UUID) -> Inclusion:
    """Prove that an entry stands in the newest tree of its stream; raises NoProof.

    examiner: reads entries of all streams (`examining()`); nothing sealed is opened.
    """
    row = examiner.execute(ENTRY, [entry_id]).fetchone()
    found = Leaf.objects.filter(pk=entry_id).first()
    if row is None or found is None:
        raise NoProof(_("There is no such entry."))
    if found.place is None:
        raise NoProof(_("This entry has no place in the tree yet. Try again in a minute."))
    newest = _newest(found.stream)
    hashes = tree.inclusion_proof(_roots(found.stream), newest.size, found.place)
    form = leaf.form(dict(zip(leaf.COLUMNS, row, strict=True)))
    return Inclusion(form, found.place, newest.note, hashes)


def _read_kept(kept: str) -> tuple[str, Claim]:
    """Return a checkpoint as it was signed, from text that somebody pasted; raises NoProof."""
    note = "\n".join(kept.strip().splitlines()) + "\n"
    try:
        return note, claim_of(signing.verify_note(note, signing.public_key()))
    except (signing.BadSignature, ValueError):
        sentence = _("This is not a checkpoint that this service has signed.")
        raise NoProof(sentence, field="checkpoint") from None


def _newest(stream: UUID) -> Checkpoint:
    row = Checkpoint.objects.filter(stream=stream).order_by("-size").first()
    if row is None:
        raise NoProof(_("This journal has no checkpoint yet. Try again in a minute."))
    return row


def _roots(stream: UUID) -> Roots:
    """Return a function that gives roots over the stored leaves of a stream.

    From the first leaf on it begins with the tree of the last checkpoint before the end.
    """

    def root(low: int, high: int) -> bytes:
        frontier = Frontier()
        if low == 0:
            before = Checkpoint.objects.filter(stream=stream, size__lte=high)
            if row := before.order_by("-size").first():
                frontier = Frontier.of(row.size, bytes(row.frontier))
        for start in range(low + frontier.size, high, CHUNK):
            places = Leaf.objects.filter(
                stream=stream, place__gte=start, place__lt=min(start + CHUNK, high)
            )
            for digest in places.order_by("place").values_list("hash", flat=True):
                frontier.append(bytes(digest))
        return frontier.root()

    return root
