"""A proof about one journal says nothing of another, whatever its hashes say."""

from __future__ import annotations

import pytest

from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import leaf, proofs, signing, tree
from seatrobot.kernel.journal.checkpoints import Claim


def form_of(organization_id):
    row = dict.fromkeys(leaf.COLUMNS) | {
        "id": new_id(),
        "organization_id": organization_id,
        "at": now(),
        "action": "guest:list:view",
        "actor_kind": "member",
        "actor_name": "",
        "opened": 1,
        "sealed": b"x",
    }
    return leaf.form(row)


def test_an_entry_of_one_organization_is_not_in_the_journal_of_another():
    own, other = new_id(), new_id()
    form = form_of(own)
    for stream in (own, other):
        note = Claim(stream, 1, tree.hash_leaf(form)).sign()
        file = proofs.written(proofs.Inclusion(form, 0, note, []))
        if stream == own:
            assert proofs.verify(file, signing.public_key()).startswith("Proven")
        else:
            with pytest.raises(proofs.BadProof):
                proofs.verify(file, signing.public_key())


def test_a_journal_does_not_continue_another():
    root = tree.hash_leaf(form_of(new_id()))
    notes = [Claim(new_id(), 1, root).sign() for _ in range(2)]
    file = proofs.written(proofs.Consistency(*notes, []))
    with pytest.raises(proofs.BadProof, match="different journals"):
        proofs.verify(file, signing.public_key())
