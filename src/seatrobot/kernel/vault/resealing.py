"""New keys, and everything sealed anew under them, while others go on writing.

1. `rotate` adds a key and seals under it from the next unit of work on. Older keys still open, and
   whoever began before reads the keyring again when a newer key is named (services.py).
2. `reseal` goes through every sealed column in batches: it opens and seals without a lock, then
   replaces only what is still as it was read, and passes over rows that somebody holds. What was
   changed meanwhile is left for the next pass. Nothing is noted of how far it has come: a value
   names its key, so a run that was killed goes on where the values of older keys are.
3. `retire` waits until every transaction of before has ended, counts in one statement what is
   sealed under each key, and closes a key only when that is nothing.

Another algorithm is another key, so it is the same operation. Records of logs are not touched:
nobody may change their rows, and their older keys stay.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.feature import Action
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import KeyInUse, StillGoingOn
from seatrobot.kernel.vault.fields import SealedField, sealed_fields
from seatrobot.kernel.vault.keyring import ROTATED, SEALED_ANEW, SEALING, Key, KeyClass
from seatrobot.kernel.vault.looks import KEY_BYTES, key_of
from seatrobot.kernel.vault.policy import policy

BATCH = 500
"""How many rows are sealed anew in one transaction."""
SHARE = 0.5
"""Of the time, how much is spent working; in the rest others have the processor."""
LONGEST_PAUSE = 2.0
LONGEST_WAIT = 60.0
"""Seconds to wait for transactions of before to end."""
OUTSIDE = timedelta(days=2)
"""How long something that is sealed under the platform's keys outside the database may live.

Mail that has no server to go to is kept for a day, a secret of an app on its way for minutes.
"""
SPREADING = timedelta(minutes=2)
"""After which every process has a keyring that was changed in a store on another machine."""

OLDER = """
    SELECT {key}, {column} FROM {table} WHERE {whose} AND {key} > %(after)s
        AND substring({column} FROM 1 FOR 5) <> %(newest)s
    ORDER BY {key} LIMIT %(batch)s
"""
REPLACE = """
    WITH fresh AS MATERIALIZED (
        SELECT * FROM unnest(%(ids)s::uuid[], %(was)s::bytea[], %(fresh)s::bytea[])
            AS f (id, was, fresh)
    ), free AS MATERIALIZED (
        SELECT {key} AS id FROM {table}
        WHERE {key} = ANY(%(ids)s::uuid[]) FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE {table} AS t SET {column} = fresh.fresh FROM fresh JOIN free USING (id)
    WHERE t.{key} = fresh.id AND t.{key} = ANY(%(ids)s::uuid[]) AND t.{column} = fresh.was
"""
USED = """
    SELECT %({name})s::text, substring({column} FROM 1 FOR 5), count(*) FROM {table}
    WHERE {whose} AND {column} IS NOT NULL GROUP BY 2
"""
UNDERWAY = """
    SELECT l.virtualtransaction FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'virtualxid' AND pid <> pg_backend_pid()
        AND a.datname = current_database()
"""
"""The transactions that are going on, also those that have written nothing yet."""

Field = SealedField[Any]


@dataclass(slots=True)
class Resealed:
    """values: sealed anew. meanwhile: left for a later pass, because somebody changed or held them.

    broken: values that do not open with the organization's keys, and stay as they are.
    """

    values: int = 0
    meanwhile: int = 0
    broken: int = 0
    seconds: float = 0.0


def rotate(
    actor: Actor, organization_id: UUID, algorithms: Mapping[str, str] | None = None
) -> list[Key]:
    """Seal under new keys from now on, of the algorithms that the policy names; return them.

    algorithms: of which purposes, and of which algorithm; all that rotate, unless it is said.
    Raises KeyringChanged when another process changed the keyring at the same time.
    """
    purposes = policy().purposes
    wanted = algorithms or {name: purposes[name].algorithm for name in ROTATED}
    with _acting(actor, organization_id):
        changed = vault.change_keyring(organization_id, lambda known: known.rotated(wanted))
        fresh = [changed.primary(name) for name in wanted]
        journal.record(Action.KEYS_ROTATE, keys=[_words(key) for key in fresh])
    return fresh


def reseal(
    actor: Actor,
    organization_id: UUID,
    *,
    share: float = SHARE,
    batch: int = BATCH,
    told: Callable[[Resealed], None] = lambda _so_far: None,
) -> Resealed:
    """Seal everything that is under an older key under the newest one; harmless to repeat.

    share: of the time, how much is spent working. told: called after each batch.
    Raises KeyringMissing when the keys are destroyed meanwhile.
    """
    done, begun = Resealed(), time.monotonic()
    for field in fields():
        before = None
        while before is None or (done.meanwhile and done.values > before):
            before, done.meanwhile = done.values, 0
            for seconds in _pass(actor, organization_id, field, batch, done):
                done.seconds = time.monotonic() - begun
                told(done)
                time.sleep(min(seconds * (1 - share) / share, LONGEST_PAUSE))
    done.seconds = time.monotonic() - begun
    return done


def used(organization_id: UUID) -> Counter[tuple[str, int]]:
    """Return how many values are sealed under each key, by purpose and key, in one statement.

    In a unit of work for the organization. Values that name no key are counted under 0.
    """
    counts: Counter[tuple[str, int]] = Counter()
    names = {f"p{number}": _purpose(field) for number, field in enumerate(fields())}
    parts = [
        _statement(USED, field, organization_id, name=sql.SQL(name))
        for name, field in zip(names, fields(), strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(parts), {"o": organization_id, **names})
        for purpose, prefix, count in cursor.fetchall():
            counts[purpose, key_of(bytes(prefix)) or 0] += count
    return counts


def retire(actor: Actor, organization_id: UUID, *, wait: float = LONGEST_WAIT) -> list[Key]:
    """Close older keys that nothing is sealed under any more; return them.

    wait: seconds for transactions of before to end. Raises KeyInUse when a key cannot be closed.
    """
    older = [key for key in vault.keys(organization_id) if _is_older(key)]
    if not older:
        return []
    _require_spread(organization_id)
    _wait_for_others(wait)
    with _acting(actor, organization_id):
        counts = used(organization_id)
        free = [key for key in older if not counts[key.purpose, key.id]]
        if free:
            vault.change_keyring(organization_id, lambda known: known.retired(free))
            facts: dict[str, Any] = {"keys": [_words(key) for key in free]}
            journal.record(Action.KEYS_RETIRE, counted=sum(counts.values()), **facts)
    if left := sum(counts[key.purpose, key.id] for key in older):
        raise KeyInUse(f"{left} values are still sealed under older keys")
    return free


def destroy_retired(actor: Actor, organization_id: UUID, *, at_once: bool = False) -> list[Key]:
    """Destroy closed keys that the policy keeps no longer; return them.

    at_once: whatever the policy says, where nothing was kept that they could open.
    """
    keys = vault.keys(organization_id)
    newest = {key.purpose: key.made for key in keys if key.is_primary}
    gone = [
        key
        for key in keys
        if not key.is_enabled and (at_once or _is_kept_no_longer(key.purpose, newest))
    ]
    if gone:
        with _acting(actor, organization_id):
            vault.change_keyring(organization_id, lambda known: known.without(gone))
            journal.record(Action.KEYS_DESTROY, keys=[_words(key) for key in gone])
    return gone


def due(organization_id: UUID) -> dict[str, str]:
    """Return the purposes whose key is past its date, or of an algorithm that is, with the next."""
    purposes, moment = policy().purposes, now()
    found = {}
    for key in vault.keys(organization_id):
        if not key.is_primary or key.purpose not in ROTATED:
            continue
        purpose = purposes[key.purpose]
        ends = purpose.due(key.made) if key.made else moment
        is_past = ends is not None and ends <= moment
        if is_past or policy().problem(key.purpose, key.algorithm, moment.date()):
            found[key.purpose] = purpose.algorithm
    return found


def ask(actor: Actor, organization_id: UUID) -> None:
    """Have a job seal everything of an organization anew; only one waits at a time."""
    with _acting(actor, organization_id):
        defer("keys.reseal", once=f"keys.reseal {organization_id}")


def has_older(organization_id: UUID) -> bool:
    """Return whether a key besides the newest still opens what can be sealed anew."""
    return any(_is_older(key) for key in vault.keys(organization_id))


def everybody() -> list[UUID]:
    """Return every organization that has keys, and the platform first."""
    return [PLATFORM, *vault.organizations()]


def fields() -> list[Field]:
    """Return the sealed columns whose values are sealed anew."""
    return [field for field in sealed_fields() if field.key_class is not KeyClass.LOG]


def _pass(
    actor: Actor, organization_id: UUID, field: Field, batch: int, done: Resealed
) -> Iterator[float]:
    """Go through a column once; give the seconds that each batch took."""
    after: UUID | None = UUID(int=0)
    while after is not None:
        begun = time.monotonic()
        after = _batch(actor, organization_id, field, (after, batch), done)
        yield time.monotonic() - begun


def _batch(
    actor: Actor,
    organization_id: UUID,
    field: Field,
    place: tuple[UUID, int],
    done: Resealed,
) -> UUID | None:
    """Seal some rows anew, in one transaction; return the last of them, None at the end."""
    vault.require_open(organization_id)
    after, batch = place
    with _acting(actor, organization_id), connection.cursor() as cursor:
        newest = _newest(organization_id, _purpose(field))
        cursor.execute(
            _statement(OLDER, field, organization_id),
            {"o": organization_id, "after": after, "newest": newest, "batch": batch},
        )
        rows = [(pk, bytes(sealed)) for pk, sealed in cursor.fetchall()]
        if not rows:
            return None
        todo = [field.place(pk, organization_id, sealed) for pk, sealed in rows]
        fresh = vault.reseal(
            organization_id, [(sealed, at) for at, sealed in todo], field.key_class
        )
        made = [
            (pk, was, again + was[-1:])
            for (pk, was), again in zip(rows, fresh, strict=True)
            if again is not None
        ]
        ids, was, new = (list(part) for part in zip(*made, strict=True)) if made else ([], [], [])
        values = {"ids": ids, "was": was, "fresh": new}
        cursor.execute(_statement(REPLACE, field, organization_id), values)
        changed = cursor.rowcount
        journal.record(Action.KEYS_RESEAL, values=changed)
    done.values += changed
    done.meanwhile += len(made) - changed
    done.broken += len(rows) - len(made)
    return rows[-1][0] if len(rows) == batch else None


def _newest(organization_id: UUID, purpose: str) -> bytes:
    return next(
        key.prefix
        for key in vault.keys(organization_id)
        if key.purpose == purpose and key.is_primary
    )


def _statement(
    text: str, field: Field, organization_id: UUID, **more: sql.Composable
) -> sql.Composed:
    return sql.SQL(text).format(
        key=sql.Identifier(str(field.model._meta.pk.column)),
        column=sql.Identifier(str(field.column)),
        table=sql.Identifier(field.model._meta.db_table),
        whose=sql.SQL(field.owner(organization_id)),
        **more,
    )


def _purpose(field: Field) -> str:
    return field.key_class.value if field.key_class else SEALING


def _is_older(key: Key) -> bool:
    return key.purpose in SEALED_ANEW and key.is_enabled and not key.is_primary


def _is_kept_no_longer(purpose: str, newest: Mapping[str, Any]) -> bool:
    made = newest[purpose]
    days = policy().purposes[purpose].keep_days
    return made is not None and now() - made >= timedelta(days=days)


def _require_spread(organization_id: UUID) -> None:
    """Raise KeyInUse while somebody may still seal, or have sealed elsewhere, under older keys."""
    newest = [
        key.made
        for key in vault.keys(organization_id)
        if key.is_primary and key.purpose in SEALED_ANEW and key.made
    ]
    age = now() - max(newest)
    if organization_id == PLATFORM and age < OUTSIDE:
        raise KeyInUse("mail that waits in files may be sealed under older keys for two days")
    if not vault.key_store().is_near and age < SPREADING:
        raise KeyInUse("not every process has the newest keys yet")


def _wait_for_others(seconds: float) -> None:
    """Wait until the transactions of this moment have ended; raise KeyInUse when they do not."""
    ends = time.monotonic() + seconds
    before = _underway()
    while before & _underway():
        if time.monotonic() > ends:
            raise StillGoingOn("a transaction that began before is still going on")
        time.sleep(0.05)


def _underway() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(UNDERWAY)
        return {row[0] for row in cursor.fetchall()}


def _acting(actor: Actor, organization_id: UUID) -> Any:
    return acting(actor, None if organization_id == PLATFORM else organization_id)


def _words(key: Key) -> str:
    return f"{key.purpose}:{key.id:08x}:{key.algorithm.lower()}"


assert KEY_BYTES == 5, "the statements above cut as many bytes"  # noqa: PLR2004
