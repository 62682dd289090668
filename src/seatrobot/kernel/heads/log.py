"""The log of heads as a Merkle tree (RFC 6962) whose roots and proofs take few rows.

Each row keeps the hashes of the complete subtrees that its leaf is the last of: its own hash, and
one for each level at which it closes a pair. So the subtree of 2^L leaves that ends with leaf N is
hash L of row N, and any root or proof reads a row for each level (C2SP tlog-tiles likewise).
"""

from __future__ import annotations

from collections.abc import Callable

from seatrobot.kernel.journal import tree
from seatrobot.kernel.journal.tree import EMPTY, HASH_BYTES

Fetch = Callable[[int], bytes]
"""Returns the stored nodes of a row by its number; KeyError when there is none."""

TILE = 256


class Log:
    """The tree over rows that `fetch` returns."""

    def __init__(self, fetch: Fetch) -> None:
        self.fetch = fetch

    def node(self, level: int, end: int) -> bytes:
        """Return the root of the complete subtree of 2^level leaves that ends before `end`."""
        nodes = self.fetch(end - 1)
        found = nodes[level * HASH_BYTES : (level + 1) * HASH_BYTES]
        if len(found) != HASH_BYTES:
            raise KeyError(end - 1)
        return found

    def roots(self, low: int, high: int) -> bytes:
        """Return the root over the leaves from one place up to another (see tree.Roots)."""
        size = high - low
        if size == 0:
            return EMPTY
        level = size.bit_length() - 1
        if size == 1 << level and low % size == 0:
            return self.node(level, high)
        middle = low + (1 << ((size - 1).bit_length() - 1))
        return tree.hash_node(self.roots(low, middle), self.roots(middle, high))

    def root(self, size: int) -> bytes:
        return self.roots(0, size)

    def appended(self, number: int, leaf: bytes) -> bytes:
        """Return the nodes of the next row, which is leaf `number`."""
        nodes = [leaf]
        while number >> (len(nodes) - 1) & 1:
            level = len(nodes) - 1
            nodes.append(tree.hash_node(self.node(level, number >> level << level), nodes[-1]))
        return b"".join(nodes)

    def consistency(self, older: int, size: int) -> list[bytes]:
        return tree.consistency_proof(self.roots, size, older)

    def inclusion(self, place: int, size: int) -> list[bytes]:
        return tree.inclusion_proof(self.roots, size, place)
