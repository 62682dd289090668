"""What has to be true of a person before they may see Customer Data as staff, and whether it is.

A package declares its conditions in its `feature.py`, by dotted paths, because features import no
services:

    FEATURE = Feature(staff_conditions=("seatrobot.personnel.conditions.policy_signed",))

    def policy_signed(account_id: UUID) -> Condition: ...

Such a function reads rows by the account and the clock: it opens nothing sealed, records nothing
and changes nothing. Whoever asks, it sees the rows that the person themself sees of the platform,
in no organization and no scope. Whatever changes its answer otherwise than by the passing of time
calls `changed(account_id)` in the same transaction.

`conditions` keeps the answers of a person for seconds in the process; a change that was committed
anywhere is noticed by the next call, because `changed` leaves the number of its transaction.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

from seatrobot.kernel import features
from seatrobot.kernel.clock import now
from seatrobot.kernel.tenancy.scopes import LEVELS

LONGEST_KEPT = 5.0
"""Seconds after which conditions are worked out again, though nobody said that they changed."""
MOST_KEPT = 1000
_ACCOUNT = "seatrobot.account"
_SETTINGS = [
    _ACCOUNT,
    *(f"seatrobot.{name}" for name in ("organization", "staff", "grant", *LEVELS)),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of one person.

    id: lasting name, `package.condition`. heading: of its column on the page of people.
    sentence: what has to be true, to the person ("Your laptop reported its disk encryption within
    the last 24 hours."). holds: whether it is true now. until: when it will stop being true if
    nothing is done, None where time does not end it. what_to_do: one sentence to the person on how
    to make it true. url: path of the page where they do it, "" where there is none.
    renews_itself: whether daily work makes it true again and again, so that nobody is warned before
    it ends. is_mailed: whether a mail tells the person that it has ended.
    """

    id: str
    heading: str
    sentence: str
    holds: bool
    until: datetime | None = None
    what_to_do: str = ""
    url: str = ""
    renews_itself: bool = False
    is_mailed: bool = True


@dataclass(frozen=True, slots=True)
class _Kept:
    version: str | None
    conditions: tuple[Condition, ...]
    at: datetime
    age_from: float
    until: datetime | None

    def counts(self, version: str | None) -> bool:
        """Return whether these answers are still those that would be given."""
        moment = now()
        return (
            self.version == version
            and time.monotonic() - self.age_from < LONGEST_KEPT
            and self.at <= moment  # a clock that was set back decides anew
            and (self.until is None or moment < self.until)
        )


_kept: dict[UUID, _Kept] = {}
_changing = Lock()


def conditions(account_id: UUID) -> tuple[Condition, ...]:
    """Return every condition of a person, in the order of INSTALLED_APPS; call inside `acting`."""
    return conditions_at(account_id, version_of(account_id))


def may_hold(account_id: UUID) -> bool:
    """Return whether a person fulfils every condition now; False where none is declared."""
    return all_hold(conditions(account_id))


def all_hold(found: tuple[Condition, ...]) -> bool:
    return bool(found) and all(each.holds for each in found)


def unmet(account_id: UUID) -> list[Condition]:
    """Return the conditions that a person does not fulfil now."""
    return [each for each in conditions(account_id) if not each.holds]


def changed(account_id: UUID) -> None:
    """Note in this transaction that a condition of the person may have another answer now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO staff_condition_change AS c (account_id, changes, changed_xid)"
            " VALUES (%s, 1, pg_current_xact_id()) ON CONFLICT (account_id) DO UPDATE"
            " SET changes = c.changes + 1, changed_xid = excluded.changed_xid",
            [account_id],
        )


def version_of(account_id: UUID) -> str | None:
    """Return a text that is another after each change of a person's conditions; None before any.

    It holds the transaction, so that what one saw that was rolled back is never taken for kept.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT concat(changed_xid, '.', changes) FROM staff_condition_change"
            " WHERE account_id = %s",
            [account_id],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def conditions_at(account_id: UUID, version: str | None) -> tuple[Condition, ...]:
    """Return a person's conditions, given the version that was read just now."""
    kept = _kept.get(account_id)
    if kept is not None and kept.counts(version):
        return kept.conditions
    started, age_from = now(), time.monotonic()
    with as_person(account_id):
        found = tuple(check(account_id) for check in features.staff_conditions())
    ends = [each.until for each in found if each.holds and each.until]
    with _changing:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[account_id] = _Kept(version, found, started, age_from, min(ends, default=None))
    return found


@contextmanager
def as_person(account_id: UUID) -> Iterator[None]:
    """Show the rows that a person sees of the platform for as long as the block runs."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(['current_setting(%s, true)'] * len(_SETTINGS))}", _SETTINGS
        )
        before = cursor.fetchone() or ()
        _set(cursor, ["" if name != _ACCOUNT else str(account_id) for name in _SETTINGS])
        yield
        _set(cursor, [value or "" for value in before])


def _set(cursor: CursorWrapper, values: list[str]) -> None:
    calls = ", ".join(["set_config(%s, %s, true)"] * len(_SETTINGS))
    cursor.execute(
        f"SELECT {calls}", [each for pair in zip(_SETTINGS, values, strict=True) for each in pair]
    )


def forget() -> None:
    """Forget what this process has worked out, as tests do between two databases."""
    with _changing:
        _kept.clear()
