"""Archives that were made or handed in, as long as they are kept: sealed, in pieces."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.tenancy.carrying import Carried, Way
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.words import WordField


class ArchiveRecord(msgspec.Struct, omit_defaults=True):
    """filename: as it is handed out, or was handed in. recipient: of age, "" where not encrypted.

    sha256: of the file. canonical: of the content. rows: in all of its tables. leave_unknown: what
    a newer version has is left out on import.
    """

    CLEAR: ClassVar[frozenset[str]] = frozenset({"sha256", "canonical", "rows", "leave_unknown"})

    filename: str
    recipient: str = ""
    sha256: str = ""
    canonical: str = ""
    rows: int = 0
    leave_unknown: bool = False


class Archive(TenantModel):
    """One archive on its way out or in. size: in bytes. finished_at: None until it is whole."""

    class Direction(models.TextChoices):
        OUT = "out", _("Made here")
        IN = "in", _("Handed in")

    carried: ClassVar[Carried] = Carried(
        what=_("Archives"),
        way=Way.STAYS,
        why=_("No archive goes into an archive."),
    )

    direction = WordField(max_length=3, choices=Direction.choices)
    account_id = models.UUIDField(null=True)
    progress_id = models.UUIDField()
    size = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    sealed = SealedField(ArchiveRecord)

    class Meta:
        db_table = "archive_archive"

    def __str__(self) -> str:
        return f"{self.direction} {self.created_at:%Y-%m-%d %H:%M}"


class PieceRecord(msgspec.Struct):
    data: bytes


class ArchivePiece(TenantModel):
    """One piece of the bytes of an archive. start: the place of its first byte, from 0."""

    carried: ClassVar[Carried] = Carried(
        what=_("Pieces of archives"),
        way=Way.STAYS,
        why=_("No archive goes into an archive."),
    )

    archive = models.ForeignKey(
        Archive, models.CASCADE, related_name="pieces", db_constraint=False, db_index=False
    )
    start = models.PositiveBigIntegerField()
    size = models.PositiveIntegerField()
    sealed = SealedField(PieceRecord)

    class Meta:
        db_table = "archive_piece"
        constraints = [
            models.UniqueConstraint(fields=["archive", "start"], name="one_piece_at_a_place")
        ]

    def __str__(self) -> str:
        return f"{self.archive_id} {self.start}"
