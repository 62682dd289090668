"""Bringing an archive into an organization that has nothing yet: all of it, or nothing."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import msgspec
from django.db import DataError, IntegrityError, connection, models
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from seatrobot.archive import identifiers, reading
from seatrobot.archive.feature import Action, Permission
from seatrobot.archive.formats import Manifest
from seatrobot.archive.reading import BadArchive, Opened
from seatrobot.archive.tables import Table, tables
from seatrobot.kernel import acting
from seatrobot.kernel.ids import is_ahead
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations.models import Organization, OrganizationRecord

BATCH, BATCH_BYTES = 500, 4 * 1024**2
"""Rows that are written with one statement, and of how long lines at most."""
LONGEST_TEXT = 20_000
"""Characters of one text; no form takes a longer one."""
LARGEST = 1e12
"""The largest number that is no whole one; none that is measured or counted here is larger."""
COMES_BY_ITSELF = frozenset({"kernel_progress"})
"""Tables that may have rows in an organization that is empty: those of the import itself."""
MOST_NAMED = 5
LONGEST_REASON = 200

Tell = reading.Tell


class NotEmpty(Refused):
    """The organization has something already."""


class UnknownParts(Refused):
    """The archive is of a newer version, and has something that this one cannot keep."""

    status = 422


@dataclass(frozen=True, slots=True)
class Imported:
    """rows: by table, in the order of import. left: what this version does not know."""

    rows: dict[str, int]
    left: list[str]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def import_archive(
    *,
    actor: Principal,
    file: IO[bytes],
    leave_unknown: bool = False,
    tell: Tell = lambda _done, _total: None,
) -> Imported:
    """Import an archive into the organization of the actor; all that raises is Refused.

    leave_unknown: whether to leave out what a newer version has and this one does not know. The
    transaction of the caller holds all of it.
    """
    actor.require(Permission.ARCHIVE_IMPORT)
    organization = Organization.objects.select_for_update().get(pk=actor.organization_id)
    require_empty(actor)
    opened = reading.open_archive(file)
    opened.verify()
    left = unknown_parts(opened.manifest)
    if left and not leave_unknown:
        raise UnknownParts(
            _(
                "This archive is of a newer version and has what this instance does not know:"
                " %(parts)s. Update this instance, or import without that."
            )
            % {"parts": named(left)},
            field="leave_unknown",
        )
    with acting.savepoint(), _of_the_database():
        done = _rows(actor, opened, tell)
        organization.sealed = OrganizationRecord(_name(opened))
        organization.save(update_fields=["sealed"])
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        journal.record(
            Action.ARCHIVE_IMPORT,
            subject_id=organization.pk,
            rows=sum(done.values()),
            left=len(left),
        )
    return Imported(done, left)


def require_empty(actor: Principal) -> None:
    """Raise NotEmpty where the organization has a row of anything that an archive brings."""
    actor.require(Permission.ARCHIVE_IMPORT)
    for table in tables():
        if not table.is_imported or table.name in COMES_BY_ITSELF:
            continue
        if table.rows(actor.organization_id).exists():
            raise NotEmpty(
                _(
                    "An archive comes into an organization that is empty, and this one has"
                    " something: “%(what)s”. Set up a new organization for it."
                )
                % {"what": table.what}
            )


def unknown_parts(manifest: Manifest) -> list[str]:
    """Return what of an archive this version does not know: tables, and columns of those it does.

    Tables that are only told are not imported anyway.
    """
    known = {table.name: table for table in tables()}
    found = []
    for entry in manifest.tables:
        table = known.get(entry.name)
        if table is None:
            if entry.imported and entry.rows:
                found.append(entry.name)
        elif table.is_imported and entry.rows:
            columns = set(table.column_names())
            found += [f"{entry.name}.{name}" for name in entry.columns if name not in columns]
    return found


def named(parts: list[str]) -> str:
    """Return some of many parts as text."""
    shown = ", ".join(part[:60] for part in parts[:MOST_NAMED])
    more = len(parts) - MOST_NAMED
    return _("%(parts)s and %(more)s more") % {"parts": shown, "more": more} if more > 0 else shown


def _rows(actor: Principal, opened: Opened, tell: Tell) -> dict[str, int]:
    entries = {entry.name: entry for entry in opened.manifest.tables}
    wanted = [table for table in tables() if table.is_imported and table.name in entries]
    total = sum(entries[table.name].rows for table in wanted)
    put = identifiers.shifted(1 + secrets.randbelow(identifiers.LOW - 1))
    done: dict[str, int] = {}
    for table in wanted:
        path = entries[table.name].json
        after = import_string(table.carried.after) if table.carried.after else None
        done[table.name] = 0
        for batch in _batches(_new_rows(table, opened, path, put, actor)):
            models.QuerySet(table.model).bulk_create(batch)
            if after:
                after(actor.organization_id, batch)
            done[table.name] += len(batch)
            tell(sum(done.values()), total)
    return {name: count for name, count in done.items() if count}


def _new_rows(
    table: Table, opened: Opened, path: str, put: identifiers.Put, actor: Principal
) -> Iterator[tuple[models.Model, int]]:
    """Give the rows that the lines of a file become, each with the length of its line."""
    check = import_string(table.carried.check) if table.carried.check else None
    for number, line in opened.lines(path):
        try:
            values = table.moved(msgspec.json.decode(line, type=dict[str, Any]), put)
            _require_bounded(values)
            row = table.instance(msgspec.convert(values, table.row), actor.organization_id)
            _require_past(row)
            if check:
                check(row)
        except (msgspec.MsgspecError, ValueError, TypeError, AttributeError, Refused) as error:
            why = error.sentence if isinstance(error, Refused) else str(error)[:LONGEST_REASON]
            raise _does_not_fit(number, path, why) from error
        except RecursionError as error:
            raise _does_not_fit(number, path, _("it is nested too deep.")) from error
        yield row, len(line)


def _does_not_fit(number: int, path: str, why: str) -> BadArchive:
    return BadArchive(
        _("Line %(line)s of “%(file)s” does not fit: %(why)s")
        % {"line": number, "file": path, "why": why}
    )


def _require_past(row: models.Model) -> None:
    """Raise ValueError for an identifier of the future: the log of who saw it begins with it."""
    if is_ahead(row.pk):
        raise ValueError(_("its identifier is of a time to come."))


def _require_bounded(value: Any) -> None:
    """Raise ValueError for a text or a number that nobody could have entered."""
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise ValueError(
                _("a text has %(count)s characters; at most %(most)s are allowed.")
                % {"count": len(value), "most": LONGEST_TEXT}
            )
    elif isinstance(value, float):
        if not -LARGEST <= value <= LARGEST:
            raise ValueError(_("a number is too large."))
    elif isinstance(value, dict):
        for name, each in value.items():
            _require_bounded(name)
            _require_bounded(each)
    elif isinstance(value, list):
        for each in value:
            _require_bounded(each)


def _batches(rows: Iterable[tuple[models.Model, int]]) -> Iterator[list[Any]]:
    """Give rows together, as many as one statement writes, and few of those that are long."""
    batch: list[models.Model] = []
    size = 0
    for row, length in rows:
        batch.append(row)
        size += length
        if len(batch) == BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _name(opened: Opened) -> str:
    return opened.manifest.organization.name.strip()[:200] or _("Organization")


@contextmanager
def _of_the_database() -> Iterator[None]:
    """Say in a sentence what the database does not take of an archive."""
    try:
        yield
    except IntegrityError as error:
        raise BadArchive(
            _("The rows of this archive do not fit together: one names another that is not there.")
        ) from error
    except DataError as error:
        raise BadArchive(_("This archive has a value that cannot be kept.")) from error
