"""Roots, proofs and the map are those of RFC 6962, however they are stored."""

from __future__ import annotations

import os

import pytest

from seatrobot.kernel.heads import statement
from seatrobot.kernel.heads.log import Log
from seatrobot.kernel.heads.statement import StreamState
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import tree

SIZE = 70


@pytest.fixture(scope="module")
def grown():
    """A log, and the leaves in it."""
    rows: list[bytes] = []
    log = Log(lambda number: rows[number])
    leaves = [tree.hash_leaf(os.urandom(8)) for _ in range(SIZE)]
    for number, leaf in enumerate(leaves):
        rows.append(log.appended(number, leaf))
    return log, leaves


def root_of(leaves):
    frontier = tree.Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def test_every_root_is_that_of_its_leaves(grown):
    log, leaves = grown
    for size in range(SIZE + 1):
        assert log.root(size) == root_of(leaves[:size])


def test_every_proof_verifies_and_none_of_another_leaf(grown):
    log, leaves = grown
    for size in (1, 2, 7, 64, SIZE):
        for place in range(size):
            proof = log.inclusion(place, size)
            assert tree.includes(log.root(size), size, place, leaves[place], proof)
            assert not tree.includes(log.root(size), size, place, leaves[place - 1], proof) or (
                size == 1
            )
        for older in range(size):
            proof = log.consistency(older, size)
            assert tree.extends(log.root(older), older, log.root(size), size, proof)
            wrong = tree.hash_leaf(b"another")
            assert older == 0 or not tree.extends(wrong, older, log.root(size), size, proof)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 8, 13])
def test_the_map_proves_each_of_its_streams(count):
    ids = sorted(new_id() for _ in range(count))
    states = [StreamState(each, place + 1, os.urandom(32)) for place, each in enumerate(ids)]
    packed = statement.pack(states)
    assert statement.unpack(packed) == states
    root = statement.map_root(packed)
    assert root == root_of(statement.map_leaves(packed))
    for place, state in enumerate(states):
        leaf = tree.hash_leaf(state.packed)
        assert tree.includes(root, count, place, leaf, statement.map_proof(packed, place))
        smaller = tree.hash_leaf(state._replace(size=state.size - 1).packed)
        assert not tree.includes(root, count, place, smaller, statement.map_proof(packed, place))
