"""Changing keys and algorithms as an exercise, in the probe organization, with a witness.

The service makes new keys of another algorithm, seals everything anew and closes the old keys. What
came of it is read as the examiner, and opened: no value may be under an old key, none may fail to
open, and each must say what it said before.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from seatrobot.kernel.acting import acting
from seatrobot.kernel.feature import Action
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.vault import resealing
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import KeyInUse, SealBroken, StillGoingOn, VaultError
from seatrobot.kernel.vault.fields import SealedField, sealed_fields
from seatrobot.kernel.vault.keyring import SEALED_ANEW, SEALING, KeyClass
from seatrobot.kernel.vault.looks import key_of
from seatrobot.kernel.vault.policy import policy
from seatrobot.practices.checks import sealing

WAIT_SECONDS = 20
ALL = "SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL AND {whose}"
NAMED = """
    SELECT {owner}, substring({column} FROM 1 FOR 5), count(*) FROM {table}
    WHERE {column} IS NOT NULL GROUP BY 1, 2
"""

Value = tuple[str, UUID]
"""Column and row."""


@dataclass(slots=True)
class Exercise:
    """values: sealed anew. left: under old keys afterwards. unopened: that open no more.

    changed: that say something else than before. closed: old keys. seconds: it took.
    """

    values: int = 0
    left: int = 0
    unopened: int = 0
    changed: int = 0
    closed: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)


def exercise(examiner: psycopg.Connection[Any], organization_id: UUID) -> Exercise:
    """Change algorithm and keys of an organization; raises StillGoingOn when others hold it up."""
    done = Exercise()
    before, _unopened = _digests(examiner, organization_id)
    begun = time.monotonic()
    older = [
        key for key in vault.keys(organization_id) if key.purpose in SEALED_ANEW and key.is_enabled
    ]
    algorithms = next_algorithms(organization_id)
    resealing.rotate(ACTOR, organization_id, algorithms)
    done.values = resealing.reseal(ACTOR, organization_id, share=1).values
    done.left = _under(examiner, organization_id, {key.id for key in older})
    if not done.left:
        _close(organization_id, done)
    done.seconds = round(time.monotonic() - begun, 2)
    after, done.unopened = _digests(examiner, organization_id)
    done.changed = sum(before[place] != after[place] for place in before.keys() & after.keys())
    still_open = {key.id for key in vault.keys(organization_id) if key.is_enabled}
    done.closed = sum(key.id not in still_open for key in older)
    if not done.unopened:
        resealing.destroy_retired(ACTOR, organization_id, at_once=True)
    return done


def _close(organization_id: UUID, done: Exercise) -> None:
    try:
        resealing.retire(ACTOR, organization_id, wait=WAIT_SECONDS)
    except StillGoingOn:
        raise
    except KeyInUse as error:
        done.notes.append(str(error))


def next_algorithms(organization_id: UUID) -> dict[str, str]:
    """Return for each purpose the algorithm that stands behind today's in the policy."""
    today = {key.purpose: key.algorithm for key in vault.keys(organization_id) if key.is_primary}
    chosen = {}
    for purpose in SEALED_ANEW:
        allowed = policy().purposes[purpose].allowed
        place = allowed.index(today[purpose]) if today[purpose] in allowed else -1
        chosen[purpose] = allowed[(place + 1) % len(allowed)]
    return chosen


def strange(examiner: psycopg.Connection[Any]) -> Counter[str]:
    """Return by column how many sealed values name no key of whom they belong to."""
    known: dict[UUID, set[tuple[str, int]]] = {}
    found: Counter[str] = Counter()
    for each in sealed_fields():
        meta = each.model._meta
        names = {str(other.column) for other in meta.concrete_fields}
        own = "id" if meta.db_table == "organizations_organization" else "organization_id"
        query = sql.SQL(NAMED).format(
            owner=sql.Identifier(own) if own in names else sql.NULL,
            column=sql.Identifier(str(each.column)),
            table=sql.Identifier(meta.db_table),
        )
        for owner, prefix, count in examiner.execute(query):
            whose = owner or PLATFORM
            if whose not in known:
                known[whose] = _keys(whose)
            purpose = str(each.key_class or SEALING)
            if known[whose] and (purpose, key_of(bytes(prefix))) not in known[whose]:
                found[f"{meta.db_table}.{each.column}"] += count
    return found


def _keys(organization_id: UUID) -> set[tuple[str, int]]:
    """Return the keys of an organization; none where it has no keyring, which others examine."""
    try:
        return {(key.purpose, key.id) for key in vault.keys(organization_id) if key.is_enabled}
    except VaultError:
        return set()


def _digests(
    examiner: psycopg.Connection[Any], organization_id: UUID
) -> tuple[dict[Value, int], int]:
    """Return a number that stands for what each value says, and how many do not open."""
    digests: dict[Value, int] = {}
    unopened = 0
    with acting(ACTOR, organization_id) as access:
        for each, pk, sealed in _values(examiner, organization_id):
            at, value = each.place(pk, organization_id, sealed)
            try:
                number = vault.examine_value(organization_id, value, at, each.key_class, _digest)
            except SealBroken:
                unopened += 1
            else:
                digests[f"{each.model._meta.db_table}.{each.column}", pk] = number
        if access.opened:
            journal.record(Action.VAULT_CHECK, values=access.opened)
    return digests, unopened


def _under(examiner: psycopg.Connection[Any], organization_id: UUID, keys: set[int]) -> int:
    """Return how many values are sealed under one of these keys."""
    return sum(key_of(sealed) in keys for _each, _pk, sealed in _values(examiner, organization_id))


def _values(
    examiner: psycopg.Connection[Any], organization_id: UUID
) -> list[tuple[SealedField[Any], UUID, bytes]]:
    """Return every value of an organization that can be sealed anew."""
    return [
        (each, pk, sealed)
        for each in sealed_fields()
        if each.key_class is not KeyClass.LOG
        for pk, sealed in sealing.rows(examiner, each, organization_id, ALL)
    ]


def _digest(plain: bytes) -> int:
    return int.from_bytes(hashlib.sha256(plain).digest(), "big")
