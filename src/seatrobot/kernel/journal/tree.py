"""The Merkle tree of RFC 6962 (section 2.1): SHA-256, leaves after a 0 byte, nodes after a 1 byte.

A tree that only grows needs its frontier alone: the roots of the full subtrees that its size is
made of, largest first (a tree of 11 leaves: of 8, of 2, of 1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

EMPTY = hashlib.sha256(b"").digest()
HASH_BYTES = 32

Roots = Callable[[int, int], bytes]
"""Returns the root over the leaves from one place up to another, which does not count."""


def hash_leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\0" + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """A tree by its size and its full subtrees; leaves are given as their hashes."""

    size: int = 0
    nodes: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, size: int, stored: bytes) -> Frontier:
        """Read what `stored` wrote; ValueError when it does not fit the size."""
        nodes = [stored[at : at + HASH_BYTES] for at in range(0, len(stored), HASH_BYTES)]
        if len(stored) != HASH_BYTES * size.bit_count():
            raise ValueError("a frontier has one hash for each one in its size's binary form")
        return cls(size, nodes)

    @property
    def stored(self) -> bytes:
        return b"".join(self.nodes)

    def append(self, leaf: bytes) -> None:
        """Add a leaf; each full subtree of the same height to its left joins with it."""
        complete = ~self.size & (self.size + 1)  # 2 to the number of subtrees that join
        for _ in range(complete.bit_length() - 1):
            leaf = hash_node(self.nodes.pop(), leaf)
        self.nodes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self.nodes:
            return EMPTY
        root = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            root = hash_node(node, root)
        return root


def inclusion_proof(roots: Roots, size: int, place: int) -> list[bytes]:
    """Return the hashes that lead from the leaf at `place` to the root (PATH in RFC 6962)."""
    return [roots(low, high) for low, high in _path(place, 0, size)]


def consistency_proof(roots: Roots, size: int, older: int) -> list[bytes]:
    """Return what proves that a tree's first `older` leaves are the older tree (PROOF)."""
    return [roots(*part) for part in _subproof(older, 0, size, whole=True)] if older else []


def includes(root: bytes, size: int, place: int, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows the leaf at its place under the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= place < size:
        return False
    node, last = place, size - 1
    for step in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            leaf = hash_node(step, leaf)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            leaf = hash_node(leaf, step)
        node, last = node >> 1, last >> 1
    return last == 0 and leaf == root


def extends(older_root: bytes, older: int, root: bytes, size: int, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that a tree only grew since it was older (RFC 9162, 2.1.4.2)."""
    if not 0 < older < size:
        known = EMPTY if older == 0 else root
        return 0 <= older <= size and not proof and older_root == known
    steps = [older_root, *proof] if older & (older - 1) == 0 else list(proof)
    if not steps:
        return False
    node, last = older - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            before, after = hash_node(step, before), hash_node(step, after)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            after = hash_node(after, step)
        node, last = node >> 1, last >> 1
    return last == 0 and before == older_root and after == root


def _path(place: int, low: int, high: int) -> list[tuple[int, int]]:
    if high - low == 1:
        return []
    split = low + _split(high - low)
    if place < split:
        return [*_path(place, low, split), (split, high)]
    return [*_path(place, split, high), (low, split)]


def _subproof(older: int, low: int, high: int, *, whole: bool) -> list[tuple[int, int]]:
    if older == high:
        return [] if whole else [(low, high)]
    split = low + _split(high - low)
    if older <= split:
        return [*_subproof(older, low, split, whole=whole), (split, high)]
    return [*_subproof(older, split, high, whole=False), (low, split)]


def _split(size: int) -> int:
    """Return the largest power of two below the size."""
    return 1 << ((size - 1).bit_length() - 1)
