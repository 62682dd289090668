"""Sealed tables opened in memory as lists, kept for the next request, and true all the same.

A list is what one or more tables hold under one key, such as the guests, parties and fields of an
event. Every row carries the id of the transaction that changed it last (`changed_xid`, kept by
the database, tenancy.operations.NoteChanges). The statement that reads a list also reads the
oldest transaction that was still open at that moment (`pg_snapshot_xmin`): whatever commits later
changed its rows under that id or a higher one. So the next request reads only rows from that id
on. The transaction that took rows away last is kept, too, in tenancy_deletion: one from that id on
means that some may be gone. A transaction that has itself changed something keeps nothing, as it
may roll back.

Opened lists are bounded by the bytes they take, are forgotten by a timer minutes after their last
use, and are dropped when the organization's keys are gone.
"""

from __future__ import annotations

import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from threading import Lock, Timer
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import msgspec
from django.db import connection, models

from seatrobot.kernel import acting, caches
from seatrobot.kernel.staff import standing
from seatrobot.kernel.vault import services as vault

MOST_BYTES = 256 * 1024**2
"""What all opened lists of a process take at most; a larger one is opened anew each time."""
LONGEST_UNUSED = 300.0
"""Seconds after which a list that nobody looks at is forgotten."""
SAMPLE = 500
"""How many rows of a list are weighed to know what all of them take."""

_BEGINNING = "0"
_MARK = "hash_record_extended(ROW(id, changed_xid, ctid), 0)"
"""A number of one version of a row: `ctid` is another for each change within one transaction."""
_WORD = 2**64


class HasId(Protocol):
    @property
    def id(self) -> UUID: ...


R = TypeVar("R", bound=HasId)
V = TypeVar("V")


@dataclass(frozen=True)
class Table(Generic[R]):
    """One table of a list.

    key: the column that the list is read by. columns: what is read beside `id`; `open` gets the
    organization and the values of a row, `id` first, and returns the opened row. filled: a column
    without which a row is left out.
    """

    model: type[models.Model]
    key: str
    columns: tuple[str, ...]
    open: Callable[[UUID, tuple[Any, ...]], R]
    filled: str = ""

    @property
    def condition(self) -> str:
        filled = f" AND {self.filled} IS NOT NULL" if self.filled else ""
        return f"{self.key} = %(key)s{filled}"

    def ids(self, key: UUID) -> set[UUID]:
        """Return the identifiers of the rows that are there."""
        rows: models.QuerySet[Any] = models.QuerySet(self.model).filter(**{self.key: key})
        if self.filled:
            rows = rows.filter(**{f"{self.filled}__isnull": False})
        return set(rows.values_list("pk", flat=True))

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    def types(self) -> list[str]:
        meta = self.model._meta
        fields = [meta.pk, *(_field(meta, column) for column in self.columns)]
        return [str(field.db_type(connection)) for field in fields]


def _field(meta: Any, column: str) -> Any:
    return next(field for field in meta.concrete_fields if field.column == column)


@dataclass(frozen=True, slots=True)
class Slice(Generic[R]):
    """The rows of one table. marks: a number per row that changes with it."""

    rows: Mapping[UUID, R]
    marks: Mapping[UUID, int]
    mark: int
    size: int


_NOTHING: Slice[Any] = Slice({}, {}, 0, 0)


@dataclass(frozen=True, slots=True)
class _Kept:
    """oldest: the oldest transaction that was open when the list was read."""

    parts: tuple[Slice[Any], ...]
    view: Any
    oldest: str

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)


class Lists(Generic[V]):
    """Lists of one kind: `GUESTS = Lists("guests", [Table(...), ...], GuestList)`.

    build: makes what `open` returns from the rows of each table and the version. It is called
    when something changed, and must not change afterwards in what it says.
    """

    def __init__(
        self,
        name: str,
        tables: Sequence[Table[Any]],
        build: Callable[[Sequence[Mapping[UUID, Any]], str], V],
    ) -> None:
        self.name = name
        self.tables = tuple(tables)
        self.build = build

    def open(self, organization_id: UUID, key: UUID) -> V:
        """Return a list; the caller has asked for permission.

        Raises KeyringMissing when the organization's keys are gone, KeyringLocked while they are
        locked.
        """
        if not vault.has_keyring(organization_id):
            _drop(organization_id)
            vault.require_open(organization_id)
        vault.require(organization_id)
        place = (self._name, organization_id, key)
        kept = _take(place)
        before = kept.parts if kept else (_NOTHING,) * len(self.tables)
        reading = self._read(key, kept.oldest if kept else _BEGINNING)
        if (access := acting.current()).by_staff:
            standing.require_list(access, key)  # the database showed no rows if it was over
        parts = tuple(
            self._merge(table, part, key, organization_id, rows, lost=table.name in reading.lost)
            for table, part, rows in zip(self.tables, before, reading.rows, strict=True)
        )
        if kept and all(new is old for new, old in zip(parts, before, strict=True)):
            view: V = kept.view
        else:
            view = self.build([part.rows for part in parts], _version(parts))
        if reading.reads_only:
            _put(place, _Kept(parts, view, reading.oldest))
        fresh = sum(len(rows) for rows in reading.rows)
        acting.current().opened += max(sum(len(part.rows) for part in parts) - fresh, 0)
        return view

    @property
    def _name(self) -> str:
        """What the list is kept under: one with masks is another list."""
        return f"{self.name}, masked" if acting.current().masks else self.name

    def version(self, key: UUID) -> str:
        """Return the version that `open` would give its list, without opening anything."""
        with connection.cursor() as cursor:
            cursor.execute(self._version_sql, {"key": key})
            marks = {index: (count, int(mark)) for index, count, mark in cursor.fetchall()}
        return _version_of(marks[index] for index in range(len(self.tables)))

    def _read(self, key: UUID, since: str) -> _Reading:
        with connection.cursor() as cursor:
            cursor.execute(self._sql, {"key": key, "since": since})
            found = cursor.fetchall()
        oldest, reads_only, lost = found[0][1:4]
        rows: list[list[tuple[Any, ...]]] = [[] for _ in self.tables]
        for row in found[1:]:
            start, end = self._spans[row[0]]
            rows[row[0]].append((row[4], *row[start:end]))
        return _Reading(oldest, reads_only, frozenset(lost), rows)

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        """Return where in a row of the statement the columns of each table stand."""
        spans, start = [], 5
        for table in self.tables:
            end = start + 1 + len(table.columns)
            spans.append((start, end))
            start = end
        return spans

    @cached_property
    def _sql(self) -> str:
        """One statement for all tables, so that all of them are read at one moment."""
        nulls = [[f"NULL::{type_}" for type_ in table.types()] for table in self.tables]
        none = ", ".join(column for columns in nulls for column in columns)
        selects = [
            f"""WITH moment AS MATERIALIZED (
                SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS oldest,
                    pg_current_xact_id_if_assigned() IS NULL AS reads_only,
                    ARRAY(SELECT relation FROM tenancy_deletion
                        WHERE list_id = %(key)s AND changed_xid >= %(since)s::text::xid8) AS lost)
            SELECT -1, oldest, reads_only, lost, NULL::bigint, {none} FROM moment"""  # noqa: S608  our own names
        ]
        for index, table in enumerate(self.tables):
            columns = [
                ", ".join(["id", *table.columns] if other is table else nulls[place])
                for place, other in enumerate(self.tables)
            ]
            selects.append(
                f"SELECT {index}, NULL, NULL, NULL, {_MARK}, "  # noqa: S608  our own names
                f"{', '.join(columns)} FROM {table.name}"
                f" WHERE {table.condition} AND changed_xid >= %(since)s::text::xid8"
            )
        return " UNION ALL ".join(selects)

    @cached_property
    def _version_sql(self) -> str:
        return " UNION ALL ".join(
            f"SELECT {index}, count(*), coalesce(sum({_MARK}), 0)::text"  # noqa: S608  our own names
            f" FROM {table.name} WHERE {table.condition}"
            for index, table in enumerate(self.tables)
        )

    def _merge(  # noqa: PLR0913  all of it is one step
        self,
        table: Table[Any],
        before: Slice[Any],
        key: UUID,
        organization_id: UUID,
        changed: list[tuple[Any, ...]],
        *,
        lost: bool,
    ) -> Slice[Any]:
        """Lay changed rows over the ones known; leave out what the database has no more.

        lost: since the last reading rows were taken away, perhaps in the moment before it.
        """
        fresh = {row[1]: row[0] for row in changed}
        news = [row for row in changed if before.marks.get(row[1]) != row[0]]
        left = table.ids(key) if lost and before.rows else None
        gone = [] if left is None else [pk for pk in before.rows if pk not in left]
        if not news and not gone:
            return before
        opened = {row[1]: table.open(organization_id, row[1:]) for row in news}
        rows, marks = {**before.rows, **opened}, {**before.marks, **fresh}
        mark, size = before.mark, before.size + _weigh_rows(opened)
        average = before.size // len(before.rows) if before.rows else 0
        for pk in opened:
            mark += marks[pk] - before.marks.get(pk, 0)
            size -= average if pk in before.rows else 0
        for pk in gone:
            mark -= marks.pop(pk)
            del rows[pk]
            size -= average
        return Slice(rows, marks, mark % _WORD, max(size, 0))


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one statement told: the moment, and the rows changed since the last one.

    lost: tables of which rows were taken away.
    """

    oldest: str
    reads_only: bool
    lost: frozenset[str]
    rows: list[list[tuple[Any, ...]]]


def _version(parts: Sequence[Slice[Any]]) -> str:
    return _version_of((len(part.rows), part.mark) for part in parts)


def _version_of(marks: Iterable[tuple[int, int]]) -> str:
    """Return a text that is the same in every process for the same rows, and for no others.

    marks: for each table the number of rows, and the sum of their marks.
    """
    return "-".join(f"{count}.{mark % _WORD:x}" for count, mark in marks)


def _weigh_rows(rows: Mapping[UUID, Any]) -> int:
    """Return what rows take in memory, measured at some of them."""
    some = list(islice(rows.values(), 0, None, max(1, len(rows) // SAMPLE)))
    return sum(map(_weigh, some)) * len(rows) // max(len(some), 1) + 300 * len(rows)


def _weigh(value: Any) -> int:
    size = sys.getsizeof(value)
    if isinstance(value, msgspec.Struct):
        return size + sum(_weigh(getattr(value, name)) for name in value.__struct_fields__)
    if isinstance(value, dict):
        return size + sum(_weigh(key) + _weigh(item) for key, item in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return size + sum(map(_weigh, value))
    return size


ListKey = tuple[str, UUID, UUID]
"""Kind, organization, and what the list is read by."""

_kept: OrderedDict[ListKey, tuple[_Kept, float]] = OrderedDict()
_lock = Lock()
_timer: Timer | None = None


def clear() -> None:
    """Forget every opened list of this process."""
    global _timer  # noqa: PLW0603  one timer for a process
    with _lock:
        _kept.clear()
        if _timer is not None:
            _timer.cancel()
            _timer = None


def size() -> int:
    """Return how many bytes the opened lists of this process take."""
    with _lock:
        return sum(entry.size for entry, _used in _kept.values())


def _take(place: ListKey) -> _Kept | None:
    with _lock:
        _forget_unused()
        found = _kept.get(place)
        return found[0] if found else None


def _put(place: ListKey, entry: _Kept) -> None:
    """Keep a list; the ones used longest ago make room for it."""
    with _lock:
        _kept[place] = (entry, time.monotonic())
        _kept.move_to_end(place)
        total = sum(kept.size for kept, _used in _kept.values())
        while total > MOST_BYTES:
            _place, (gone, _used) = _kept.popitem(last=False)
            total -= gone.size
        _set_timer()
    caches.touch()


def _drop(organization_id: UUID) -> None:
    with _lock:
        for place in [place for place in _kept if place[1] == organization_id]:
            del _kept[place]


def _owners() -> set[UUID]:
    with _lock:
        return {place[1] for place in _kept}


caches.register("lists", _owners, _drop)


def _forget_unused() -> None:
    before = time.monotonic() - LONGEST_UNUSED
    while _kept and next(iter(_kept.values()))[1] < before:
        _kept.popitem(last=False)


def _set_timer() -> None:
    """Look again when the list that was used longest ago is due; the lock is held."""
    global _timer  # noqa: PLW0603  one timer for a process
    if _timer is not None or not _kept:
        return
    oldest = next(iter(_kept.values()))[1]
    _timer = Timer(max(oldest + LONGEST_UNUSED - time.monotonic(), 0) + 0.1, _tick)
    _timer.daemon = True
    _timer.start()


def _tick() -> None:
    global _timer  # noqa: PLW0603  one timer for a process
    with _lock:
        _timer = None
        _forget_unused()
        _set_timer()
