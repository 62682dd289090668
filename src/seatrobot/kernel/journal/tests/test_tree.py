"""The tree is RFC 6962's: known roots, and a naive reading of the text for every other size."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrobot.kernel.journal import tree
from seatrobot.kernel.journal.tree import Frontier

# Test data of Certificate Transparency (github.com/google/certificate-transparency-go).
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [tree.hash_leaf(data) for data in INPUTS]
leaves = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70)


def naive(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, over hashes of leaves."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hashlib.sha256(b"\x01" + naive(hashes[:split]) + naive(hashes[split:])).digest()


def roots(hashes: list[bytes]) -> tree.Roots:
    return lambda low, high: naive(hashes[low:high])


@pytest.mark.parametrize("size", range(9))
def test_the_known_roots(size):
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier.append(leaf)
    assert frontier.root().hex() == naive(LEAVES[:size]).hex() == ROOTS[size]


def test_the_known_proofs():
    assert [step.hex()[:8] for step in tree.inclusion_proof(roots(LEAVES), 8, 5)] == [
        "bc1a0643",
        "ca854ea1",
        "d37ee418",
    ]
    assert [step.hex()[:8] for step in tree.consistency_proof(roots(LEAVES), 8, 6)] == [
        "0ebc5d34",
        "ca854ea1",
        "d37ee418",
    ]


@given(leaves)
def test_the_frontier_gives_the_root_after_every_leaf(hashes):
    frontier = Frontier()
    for size, leaf in enumerate(hashes, 1):
        frontier.append(leaf)
        assert frontier.root() == naive(hashes[:size])
        assert Frontier.of(size, frontier.stored) == frontier


@given(leaves, st.data())
def test_a_leaf_is_proven_at_its_place_and_nowhere_else(hashes, data):
    size, root = len(hashes), naive(hashes)
    place = data.draw(st.integers(0, size - 1))
    proof = tree.inclusion_proof(roots(hashes), size, place)
    assert tree.includes(root, size, place, hashes[place], proof)
    other = data.draw(st.binary(min_size=32, max_size=32).filter(lambda h: h != hashes[place]))
    assert not tree.includes(root, size, place, other, proof)
    assert not tree.includes(root, size, size, hashes[place], proof)
    assert not tree.includes(root, size, place, hashes[place], [*proof, other])
    if proof:
        assert not tree.includes(root, size, place, hashes[place], proof[:-1])
        assert not tree.includes(root, size, place, hashes[place], [other, *proof[1:]]) or (
            other == proof[0]
        )


@given(leaves, st.data())
def test_a_tree_that_only_grew_is_proven(hashes, data):
    older = data.draw(st.integers(0, len(hashes)))
    proof = tree.consistency_proof(roots(hashes), len(hashes), older)
    before, after = naive(hashes[:older]), naive(hashes)
    assert tree.extends(before, older, after, len(hashes), proof)


@given(leaves, st.data())
def test_a_tree_whose_past_changed_has_no_proof(hashes, data):
    older = data.draw(st.integers(1, len(hashes)))
    changed = [*hashes]
    changed[data.draw(st.integers(0, older - 1))] = b"another leaf"
    proof = tree.consistency_proof(roots(changed), len(changed), older)
    assert not tree.extends(naive(hashes[:older]), older, naive(changed), len(hashes), proof)


@pytest.mark.parametrize(("size", "stored"), [(1, b""), (3, bytes(32)), (4, bytes(33))])
def test_a_frontier_that_does_not_fit_its_size_is_refused(size, stored):
    with pytest.raises(ValueError, match="frontier"):
        Frontier.of(size, stored)
