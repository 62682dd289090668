"""Archives: asked for, made, handed out, handed in, imported, removed."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import IO
from uuid import UUID

from django.conf import settings
from django.http import Http404
from django.utils.translation import gettext as _

from seatrobot.archive import importing, reading, writing
from seatrobot.archive.feature import Action, Permission
from seatrobot.archive.formats import KEPT_DAYS, Origin
from seatrobot.archive.importing import Imported, UnknownParts
from seatrobot.archive.models import Archive, ArchivePiece, ArchiveRecord, PieceRecord
from seatrobot.events.models import Event
from seatrobot.kernel.build import build_name
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import NotAllowed, Principal
from seatrobot.kernel.progress import services as progress
from seatrobot.kernel.progress.models import Progress
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.repeats import inserting
from seatrobot.kernel.vault.keyring import KeyClass
from seatrobot.organizations import members
from seatrobot.organizations.models import Organization

KEPT = timedelta(days=KEPT_DAYS)
MAKING, IMPORTING = "archive.make", "archive.import"
LONGEST_NAME = 200
READ_AT_ONCE = 32 * 1024**2
"""Bytes of all files of an archive that are unpacked while somebody waits for the page."""


class OneAtATime(Refused):
    """Another archive of the organization is being made or imported."""


class ArchiveGone(Refused):
    """The archive is not there any more, or not there yet."""

    status = 404


def ask(*, actor: Principal, archive_id: UUID, recipient: str = "") -> Archive:
    """Ask for an archive of everything; the same form sent twice asks once.

    recipient: of age ("age1…"), to whom alone the archive is encrypted; "" for nobody.
    """
    actor.require(Permission.ARCHIVE_MAKE)
    recipient = recipient.strip()
    if recipient:
        writing.recipient(recipient)
    _lock(actor)
    if found := Archive.objects.filter(pk=archive_id).first():
        return found
    _refuse_second(actor)
    row = Archive(
        id=archive_id,
        organization_id=actor.organization_id,
        direction=Archive.Direction.OUT,
        account_id=actor.account_id,
        progress_id=progress.start(MAKING).pk,
        created_at=now(),
        sealed=ArchiveRecord(_filename(recipient), recipient),
    )
    with inserting():
        row.save(force_insert=True)
    journal.record(Action.ARCHIVE_ASK, subject_id=row.pk, encrypted=bool(recipient))
    defer(MAKING, archive_id=str(row.pk))
    return row


def _filename(recipient: str) -> str:
    return f"seatrobot-archive-{now():%Y-%m-%d}.zip{'.age' if recipient else ''}"


def _lock(actor: Principal) -> None:
    Organization.objects.select_for_update().get(pk=actor.organization_id)


def _refuse_second(actor: Principal) -> None:
    for row in Archive.objects.filter(organization_id=actor.organization_id, finished_at=None):
        if Progress.objects.get(pk=row.progress_id).is_alive:
            raise OneAtATime(
                _("An archive is being made or imported already: wait until it is done.")
            )


def make(*, actor: Principal, archive_id: UUID, tell: writing.Tell) -> Archive:
    """Write the archive that was asked for; call it in a transaction that sees one moment."""
    actor.require(Permission.ARCHIVE_MAKE)
    if KeyClass.SPECIAL not in actor.key_classes():
        raise NotAllowed("an archive of everything has special data, too")
    row = Archive.objects.get(pk=archive_id)
    organization = Organization.objects.get(pk=actor.organization_id)
    origin = Origin(str(organization.pk), organization.sealed.name, settings.BASE_URL)
    writer = writing.Writer(actor.organization_id, origin, now(), build_name(), tell)
    digest, size = hashlib.sha256(), 0

    def keep(data: bytes) -> None:
        nonlocal size
        ArchivePiece.objects.create(
            organization_id=row.organization_id,
            archive=row,
            start=size,
            size=len(data),
            sealed=PieceRecord(data),
        )
        digest.update(data)
        size += len(data)

    writing.store(writer.pieces(), keep, row.sealed.recipient)
    assert writer.manifest is not None
    row.size, row.finished_at = size, now()
    rows = sum(table.rows for table in writer.manifest.tables)
    row.sealed = ArchiveRecord(
        row.sealed.filename,
        row.sealed.recipient,
        digest.hexdigest(),
        writer.manifest.canonical,
        rows,
    )
    row.save()
    journal.record(
        Action.ARCHIVE_MAKE, subject_id=row.pk, rows=rows, bytes=size, sha256=digest.hexdigest()
    )
    for event_id in Event.objects.order_by("pk").values_list("pk", flat=True):
        shown = journal.record(Action.GUEST_LIST, event_id=event_id, archive=str(row.pk))
        shown.sealed.everybody = True
    journal.shown_everybody()
    return row


def forget_pieces(archive_id: UUID) -> None:
    """Delete what an earlier run wrote of an archive, or what was handed in."""
    ArchivePiece.objects.filter(archive_id=archive_id).delete()


def load(actor: Principal, archive_id: UUID) -> Archive:
    """Return an archive of the organization that is not older than KEPT; Http404 for any other."""
    actor.require(Permission.ARCHIVE_MAKE)
    rows = Archive.objects.filter(organization_id=actor.organization_id)
    row = rows.filter(pk=archive_id, created_at__gt=now() - KEPT).first()
    if row is None:
        raise Http404
    return row


def load_all(actor: Principal) -> list[Archive]:
    """Return the archives of the organization, the newest first."""
    actor.require(Permission.ARCHIVE_MAKE)
    rows = Archive.objects.filter(organization_id=actor.organization_id)
    return list(rows.filter(created_at__gt=now() - KEPT).order_by("-id"))


def hand_out(*, actor: Principal, archive: Archive, start: int, end: int) -> Iterator[bytes]:
    """Return the bytes from `start` up to `end` (not with it), a piece at a time.

    Each piece is a unit of work of its own, in which the permission is asked for again, so nothing
    stays open while the browser takes its time.
    """
    actor.require(Permission.ARCHIVE_MAKE)
    if archive.direction != Archive.Direction.OUT:
        raise Http404  # what was handed in is not handed out
    if archive.finished_at is None:
        raise ArchiveGone(_("This archive is not ready yet."))
    journal.record(
        Action.ARCHIVE_DOWNLOAD, subject_id=archive.pk, start=start, bytes=max(0, end - start)
    )
    return _bytes(actor, archive.pk, start, end, journal.origin())


def _bytes(
    actor: Principal, archive_id: UUID, start: int, end: int, origin: tuple[str, str]
) -> Iterator[bytes]:
    while start < end:
        with journal.coming_from(*origin), actor.acting():
            _require_still(actor)
            rows = ArchivePiece.objects.filter(archive_id=archive_id, start__lte=start)
            piece = rows.order_by("-start").first()
            if piece is None or start >= piece.start + piece.size:
                raise ArchiveGone(_("This archive was removed while it was downloaded."))
            data = piece.sealed.data[start - piece.start : end - piece.start]
        yield data
        start += len(data)


def _require_still(actor: Principal) -> None:
    """Raise NotAllowed where the account has lost the permission since the download began."""
    if actor.account_id is None:
        return
    member = members.load(actor.account_id, actor.organization_id)
    if member is None or not member.may(Permission.ARCHIVE_MAKE):
        raise NotAllowed("the permission ended while the file was downloaded")


def remove(*, actor: Principal, archive: Archive) -> None:
    """Delete an archive before its time."""
    actor.require(Permission.ARCHIVE_MAKE)
    if archive.finished_at is None and Progress.objects.get(pk=archive.progress_id).is_alive:
        raise OneAtATime(_("This archive is being made: wait until it is done."))
    forget_pieces(archive.pk)
    archive.delete()
    journal.record(Action.ARCHIVE_REMOVE, subject_id=archive.pk)


def receive(
    *, actor: Principal, archive_id: UUID, filename: str, file: IO[bytes], leave_unknown: bool
) -> Archive:
    """Take an archive in and defer its import; BadArchive at once for what is wrong with it.

    The files of a large one are looked at by the job alone.
    """
    actor.require(Permission.ARCHIVE_IMPORT)
    opened = reading.open_archive(file)
    if opened.unpacked <= READ_AT_ONCE:
        opened.verify()  # before anybody has to wait for this organization's row
    _lock(actor)
    if found := Archive.objects.filter(pk=archive_id).first():
        return found
    _refuse_second(actor)
    importing.require_empty(actor)
    if not leave_unknown and (left := importing.unknown_parts(opened.manifest)):
        sentence = _(
            "This archive is of a newer version and has what this instance does not know:"
            " %(parts)s. Tick the box to import it without that."
        )
        raise UnknownParts(sentence % {"parts": importing.named(left)}, field="leave_unknown")
    row = Archive(
        id=archive_id,
        organization_id=actor.organization_id,
        direction=Archive.Direction.IN,
        account_id=actor.account_id,
        progress_id=progress.start(IMPORTING).pk,
        created_at=now(),
        sealed=ArchiveRecord(filename[:LONGEST_NAME], leave_unknown=leave_unknown),
    )
    with inserting():
        row.save(force_insert=True)
    file.seek(0)
    size = 0
    while data := file.read(writing.PIECE):
        ArchivePiece.objects.create(
            organization_id=row.organization_id,
            archive=row,
            start=size,
            size=len(data),
            sealed=PieceRecord(data),
        )
        size += len(data)
    row.size = size
    row.save(update_fields=["size"])
    journal.record(Action.ARCHIVE_RECEIVE, subject_id=row.pk, bytes=size)
    defer(IMPORTING, archive_id=str(row.pk))
    return row


def bring_in(*, actor: Principal, archive_id: UUID, tell: writing.Tell) -> Imported:
    """Import what was handed in, and forget the file."""
    actor.require(Permission.ARCHIVE_IMPORT)
    row = Archive.objects.get(pk=archive_id)
    file = io.BytesIO()
    for piece in ArchivePiece.objects.filter(archive=row).order_by("start").iterator(chunk_size=1):
        file.write(piece.sealed.data)
    done = importing.import_archive(
        actor=actor, file=file, leave_unknown=row.sealed.leave_unknown, tell=tell
    )
    forget_pieces(row.pk)
    row.finished_at = now()
    row.save(update_fields=["finished_at"])
    return done


def give_up(archive_id: UUID, sentence: str) -> None:
    """End the work on an archive with one sentence on why, and forget what there is of it."""
    row = Archive.objects.filter(pk=archive_id).first()
    if row is None:
        return
    forget_pieces(row.pk)
    if Progress.objects.filter(pk=row.progress_id).exists():
        progress.fail(row.progress_id, sentence)
