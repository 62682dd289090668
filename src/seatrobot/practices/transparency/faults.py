"""What must be noticed when somebody rewrites what the page rests on."""

from __future__ import annotations

from collections.abc import Iterator

from seatrobot.kernel.promises.standing import State
from seatrobot.practices.faults.declaring import Instance, fault, viewed

LAST = "number = (SELECT max(number) FROM promises_evidence)"
LAST_OF_ONE = (
    "number = (SELECT max(number) FROM promises_evidence WHERE promise = 'access.visible')"
)
REWRITE = """
    CREATE TEMP TABLE written AS SELECT number, text FROM promises_evidence WHERE {0};
    UPDATE promises_evidence SET text = replace(text, '"took"', '"Took"') WHERE {0}
"""
RESTORE = """
    UPDATE promises_evidence e SET text = w.text FROM written w WHERE e.number = w.number;
    DROP TABLE written
"""


@fault("transparency.evidence", "rewrite evidence")
def rewritten(instance: Instance) -> Iterator[None]:
    with instance.changed(REWRITE.format(LAST), RESTORE):
        yield


@fault("access.visible", "rewrite its evidence", turns=State.UNPROVEN, look=viewed)
def rewritten_of_one(instance: Instance) -> Iterator[None]:
    with instance.changed(REWRITE.format(LAST_OF_ONE), RESTORE):
        yield


@fault("transparency.evidence", "take evidence away")
def taken_away(instance: Instance) -> Iterator[None]:
    with instance.changed(
        f"CREATE TEMP TABLE taken AS SELECT * FROM promises_evidence WHERE {LAST};"
        f" DELETE FROM promises_evidence WHERE {LAST}",
        "INSERT INTO promises_evidence OVERRIDING SYSTEM VALUE SELECT * FROM taken;"
        " DROP TABLE taken",
    ):
        yield


@fault("transparency.evidence", "forge an attestation")
def forged(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "INSERT INTO promises_attestation (id, promise, at, text, signature) VALUES"
        " (gen_random_uuid(), 'compliance.providers', now(), '{}', 'mine')",
        "DELETE FROM promises_attestation WHERE signature = 'mine'",
    ):
        yield
