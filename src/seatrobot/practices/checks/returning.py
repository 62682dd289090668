"""Return of Customer Data: everything is exported, imported elsewhere, and compared."""

from __future__ import annotations

import io
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NoReturn
from uuid import UUID

import psycopg
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from seatrobot.archive import importing, reading, services, verifying, writing
from seatrobot.archive.formats import Manifest, Origin
from seatrobot.archive.models import Archive
from seatrobot.archive.tables import tables
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import PLATFORM, first_id, new_id
from seatrobot.kernel.principals import Operator
from seatrobot.kernel.progress.models import Progress
from seatrobot.kernel.promises.declaring import CannotMeasure, Measure, Measurement, promise
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.vault import services as vault
from seatrobot.practices.checks import browser, canaries
from seatrobot.practices.checks.browser import Browser
from seatrobot.practices.checks.probe import ProbeOrganization, browser_of, probe_organization
from seatrobot.practices.models import Probe

MAKING_SECONDS = 90
"""How long the service may take to make the archive of the probe."""
POLL_SECONDS = 0.5
MOST_ROWS = 5000
"""Guests and contacts of an organization that is drawn; larger ones would take too long."""
OK, FOUND = 200, 302
OWNER = "organization_id"
KEEPS_BOOKS = {"organization_id", "changed_xid"}
"""Columns of the database that say nothing of what people put in."""
NOT_THEIRS = {"tenancy_deletion", "practices_probe", "archive_archive", "archive_piece"}
"""Tables with a column for the organization, in which nothing of one's data stands."""
COLUMNS = """
    SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
      AND a.attnum > 0 AND NOT a.attisdropped
      AND EXISTS (SELECT FROM pg_attribute o WHERE o.attrelid = c.oid AND NOT o.attisdropped
                  AND o.attname = 'organization_id')
    ORDER BY 1, a.attnum
"""
READABLE = """
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
      AND a.attname = 'organization_id' AND has_column_privilege(c.oid, a.attnum, 'SELECT')
"""
COUNT = "SELECT count(*) FROM {table} WHERE organization_id = %s AND {key} < %s"
"""Rows from before the archive was begun; the time is in their identifiers."""
SMALL_ONES = """
    SELECT id FROM organizations_organization o WHERE id <> ALL(%(not)s)
      AND (SELECT count(*) FROM (SELECT FROM guests_guest WHERE organization_id = o.id
                                 LIMIT %(most)s) g) < %(most)s
      AND (SELECT count(*) FROM (SELECT FROM contacts_contact WHERE organization_id = o.id
                                 LIMIT %(most)s) c) < %(most)s
"""


@promise(
    "retention.return",
    sentence=_("Customer Data can be exported, whole."),
    measured_by=_(
        "In an organization kept for this, words are written into thirteen kinds of fields; an"
        " archive is asked for, made and downloaded as an administrator does it. The words must be"
        " in it. It is imported into an empty organization, in a transaction that is undone, and"
        " exported again: both archives must have the same content. Of an organization drawn by"
        " lot, among those that are not locked and have fewer than 5,000 guests and contacts, an"
        " archive is made and read back as an import reads it. As another role of the database it"
        " is compared how many rows there are, and that no column exists which an archive neither"
        " has nor names."
    ),
    measures=[
        Measure("rows", _("rows exported and compared"), least=1),
        Measure("missing", _("written words that the archive lacks"), most=0),
        Measure("lost", _("tables with rows that the archive lacks"), most=0),
        Measure("different", _("tables that came back otherwise"), most=0),
        Measure("unnamed", _("columns that an archive lacks and leaves unnamed"), most=0),
    ],
    every=timedelta(hours=24),
    fresh_for=timedelta(hours=50),
    timeout=timedelta(minutes=5),
)
def returned() -> Measurement:
    """Do the round trip for the probe, read a sample back, and look at the schema."""
    found = _Found()
    with probe_organization() as probe:
        canaries.write(probe)
        try:
            begun = now()
            data = _downloaded(probe)
            found.opened(data)
        except _NotReturned as reason:
            found.missing = list(canaries.PLACES)
            found.notes.append(str(reason))
            return found.measurement()
        found.missing = _missing(data, now())
        found.lost = _lost(probe.organization_id, found.manifest, begun)
        _round_trip(probe, data, found)
    if sample := _sample():
        _read_back(sample, found)
    found.unnamed = _unnamed(found.manifest)
    return found.measurement()


class _NotReturned(Exception):
    """The service gave no archive; the text says why."""


@dataclass(slots=True)
class _Found:
    """What is wrong with the return of data, of the probe and of the sample."""

    manifest: Manifest = field(init=False)
    rows: int = 0
    missing: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def opened(self, data: bytes) -> None:
        """Take an archive's manifest; raise _NotReturned for one that is not whole."""
        try:
            opened = reading.open_archive(io.BytesIO(data))
            opened.verify()
        except Refused as refusal:
            raise _NotReturned(refusal.sentence) from refusal
        self.manifest = opened.manifest
        self.rows = sum(table.rows for table in opened.manifest.tables)

    def measurement(self) -> Measurement:
        """Return the numbers, with a sentence for each thing that is wrong."""
        wrong = [
            (gettext("not in the archive: %(what)s"), self.missing),
            (gettext("rows are missing: %(what)s"), self.lost),
            (gettext("came back otherwise: %(what)s"), self.different),
            (gettext("not named: %(what)s"), self.unnamed),
        ]
        notes = [sentence % {"what": what} for sentence, each in wrong for what in each]
        return Measurement(
            {
                "rows": self.rows,
                "missing": len(self.missing),
                "lost": len(self.lost),
                "different": len(self.different),
                "unnamed": len(self.unnamed),
            },
            [*self.notes, *notes],
        )


def _downloaded(probe: ProbeOrganization) -> bytes:
    """Ask for an archive over HTTP, wait until the jobs have made it, and download it."""
    administrator, archive_id = probe.administrator, new_id()
    with browser_of(administrator, "password") as person:
        path = reverse("archive:make", args=[probe.organization_id])
        if person.send(path, {"id": str(archive_id), "recipient": ""}).status != FOUND:
            raise _NotReturned(gettext("The page that makes an archive refuses it."))
        with _removed_afterwards(probe, archive_id):
            _wait(probe, archive_id)
            file = reverse("archive:download", args=[probe.organization_id, archive_id])
            return _bytes(person, file)


@contextmanager
def _removed_afterwards(probe: ProbeOrganization, archive_id: UUID) -> Iterator[None]:
    try:
        yield
    finally:
        with acting(ACTOR, probe.organization_id):
            services.forget_pieces(archive_id)
            Archive.objects.filter(pk=archive_id).delete()


def _wait(probe: ProbeOrganization, archive_id: UUID) -> None:
    end = time.monotonic() + MAKING_SECONDS
    while time.monotonic() < end:
        with acting(ACTOR, probe.organization_id):
            row = Archive.objects.get(pk=archive_id)
            failed = Progress.objects.get(pk=row.progress_id).state == Progress.State.FAILED
        if row.finished_at is not None:
            return
        if failed:
            raise _NotReturned(gettext("The service could not make the archive."))
        time.sleep(POLL_SECONDS)
    raise CannotMeasure(gettext("The archive was not made in time: the jobs do not run."))


def _bytes(person: Browser, path: str) -> bytes:
    """Return what the web server hands out; _NotReturned for anything but a whole answer."""
    status, data = browser.download(person, path)
    if status != OK:
        raise _NotReturned(gettext("The archive cannot be downloaded."))
    return data


def _missing(data: bytes, moment: datetime) -> list[str]:
    """Return the places whose word of today is in no JSON file of the archive, or in no CSV."""
    opened = reading.open_archive(io.BytesIO(data))
    found: dict[str, set[str]] = {"json/": set(), "csv/": set()}
    for entry in opened.manifest.files:
        kind = next((each for each in found if entry.path.startswith(each)), None)
        if kind is None:
            continue
        try:
            with reading.broken(entry.path):
                text = opened.file.read(entry.path).decode(errors="replace")
        except Refused:
            continue
        words = {place: canaries.word(place, moment.date()) for place in canaries.PLACES}
        found[kind] |= {place for place, word in words.items() if word in text}
    return [place for place in canaries.PLACES if not all(place in each for each in found.values())]


def _lost(organization_id: UUID, manifest: Manifest, begun: datetime) -> list[str]:
    """Return the tables with more rows in the database than the archive has.

    Compared are all tables that go along whole and whose rows the examiner can count.
    """
    rows = {table.name: table.rows for table in manifest.tables}
    lost = []
    with examining() as examiner:
        readable = {name for (name,) in examiner.execute(READABLE)}
        for table in tables():
            said, key = table.carried, table.model._meta.pk
            if table.name not in readable or said.owner != OWNER or said.rows is not None:
                continue
            if not isinstance(key, models.UUIDField):
                continue
            names = {"table": sql.Identifier(table.name), "key": sql.Identifier(str(key.column))}
            statement = sql.SQL(COUNT).format(**names)
            [number] = examiner.execute(
                statement, [organization_id, first_id(begun)]
            ).fetchone() or (0,)
            if rows.get(table.name, 0) < number:
                lost.append(table.name)
    return lost


class _Undone(Exception):
    """Ends a unit of work so that nothing it wrote remains. again: the second archive."""

    def __init__(self, again: bytes) -> None:
        self.again = again


def _round_trip(probe: ProbeOrganization, data: bytes, found: _Found) -> None:
    """Import the archive where nothing is, export again, and undo it all."""
    service = Operator(actor=ACTOR, organization_id=probe.foreign.organization_id)
    try:
        with service.acting():
            _import_and_undo(service, data)
    except _Undone as undone:
        second = reading.open_archive(io.BytesIO(undone.again)).manifest
        found.different += verifying.different(found.manifest, second)
    except Refused as refusal:
        found.different.append("import")
        found.notes.append(refusal.sentence)


def _import_and_undo(service: Operator, data: bytes) -> NoReturn:
    importing.import_archive(actor=service, file=io.BytesIO(data))
    raise _Undone(_archive(service))


def _archive(service: Operator) -> bytes:
    origin = Origin(str(service.organization_id), "", "")
    writer = writing.Writer(service.organization_id, origin, now(), "examination")
    return b"".join(writer.pieces())


def _sample() -> UUID | None:
    """Draw an organization that is not kept for examinations, not too large, and not locked."""
    probe = Probe.objects.get()
    ours = [probe.organization_id, probe.foreign_organization_id, PLATFORM]
    with examining() as examiner:
        rows = examiner.execute(SMALL_ONES, {"not": ours, "most": MOST_ROWS}).fetchall()
    secrets.SystemRandom().shuffle(rows)
    return next((pk for (pk,) in rows if vault.has_keyring(pk)), None)


def _read_back(organization_id: UUID, found: _Found) -> None:
    """Export an organization and read it back as an import would.

    Nothing of it is written anywhere: a copy under other keys would outlive a deletion.
    """
    service, begun = Operator(actor=ACTOR, organization_id=organization_id), now()
    with writing.snapshot(), service.acting():
        data = _archive(service)
        try:
            manifest = reading.open_archive(io.BytesIO(data)).manifest
            found.different += verifying.read_back(data, organization_id)
        except Refused as refusal:
            found.different.append("import")
            found.notes.append(refusal.sentence)
            return
    found.rows += sum(table.rows for table in manifest.tables)
    found.lost += _lost(organization_id, manifest, begun)


def _unnamed(manifest: Manifest) -> list[str]:
    """Return the columns of tables with an organization that no archive has or names."""
    told = {table.name: {name.split(".")[0] for name in table.columns} for table in manifest.tables}
    named = " ".join(each.what for each in manifest.not_carried)
    with examining() as examiner:
        return [
            f"{table}.{column}"
            for table, column in _columns(examiner)
            if not _is_named(table, column, told, named)
        ]


def _is_named(table: str, column: str, told: dict[str, set[str]], named: str) -> bool:
    if table in NOT_THEIRS or column in KEEPS_BOOKS or f"({table})" in named:
        return True
    name = "record" if column == "sealed" else column
    return name in told.get(table, set()) or f"{table}.{column}" in named.split()


def _columns(examiner: psycopg.Connection) -> list[tuple[str, str]]:
    return [(table, column) for table, column in examiner.execute(COLUMNS).fetchall()]
