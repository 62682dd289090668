"""The catalogue of backups: what was made, where it is, and until when.

It belongs to no organization: identifiers, positions, sizes and hashes. A backup's own key has the
backup's identifier, wrapped by the root key, in the store of backup keys (`keys.py`).

Positions of the log (LSN) are numbers of bytes. What is destroyed keeps its row for a time.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.ids import new_id
from seatrobot.kernel.words import WordField


class Part(models.TextChoices):
    """What one backup has: the database, files and keys of the data directory, the program."""

    CLUSTER = "cluster", _("Database")
    FILES = "files", _("Files and keys")
    SOURCE = "source", _("Source code and configuration")


class Backup(models.Model):
    """One nightly backup. from_lsn, to_lsn: it is whole with the log from the one to the other.

    made_at: when it began; nothing in it is older than its data was then. destroy_by: when it is
    destroyed at the latest, unless hold_id names a hold. digests: what a restored database is
    compared with. finished_at: None while it is being made, and where that failed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    made_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    timeline = models.IntegerField(default=1)
    from_lsn = models.BigIntegerField(default=0)
    to_lsn = models.BigIntegerField(default=0)
    destroy_by = models.DateTimeField()
    hold_id = models.UUIDField(null=True)
    destroyed_at = models.DateTimeField(null=True)
    digests = models.JSONField(default=dict)

    class Meta:
        db_table = "backups_backup"

    def __str__(self) -> str:
        return f"backup of {self.made_at:%Y-%m-%d %H:%M}"


class StoreCopy(models.Model):
    """A part of a backup in one store. store: its name. size: in bytes, encrypted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    backup = models.ForeignKey(Backup, models.CASCADE, related_name="copies")
    store = models.TextField()
    part = WordField(max_length=8, choices=Part.choices)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_at = models.DateTimeField()

    class Meta:
        db_table = "backups_store_copy"
        constraints = [
            models.UniqueConstraint(fields=["backup", "store", "part"], name="one_copy_per_store")
        ]

    def __str__(self) -> str:
        return f"{self.part} in {self.store}"


class Day(models.Model):
    """A day of log, which has a key of its own. begins_at: when its first piece was written."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    day = models.DateField(unique=True)
    begins_at = models.DateTimeField()
    from_lsn = models.BigIntegerField()
    to_lsn = models.BigIntegerField()
    destroy_by = models.DateTimeField()
    hold_id = models.UUIDField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "backups_day"

    def __str__(self) -> str:
        return f"log of {self.day}"


class StoreState(models.Model):
    """How shipping to one store stands.

    unbroken_from, shipped_through: the log that it has without a gap. shipped_at: when everything
    that was written up to then was in it. seen_at: when the shipper looked last, and found
    `problem`, which lasts since then. free: bytes; None where nobody knows.
    """

    name = models.TextField(primary_key=True)
    timeline = models.IntegerField(default=1)
    unbroken_from = models.BigIntegerField(default=0)
    shipped_through = models.BigIntegerField(default=0)
    shipped_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField()
    problem = models.TextField(blank=True)
    problem_since = models.DateTimeField(null=True)
    free = models.BigIntegerField(null=True)

    class Meta:
        db_table = "backups_store_state"

    def __str__(self) -> str:
        return self.name


class Alert(models.Model):
    """Somebody was told that backups fail.

    kind: what is wrong. about: which store, or "". told_at: when every channel had taken it.
    exercise: whether the failure was made on purpose, to see that it is told.
    """

    class Kind(models.TextChoices):
        SILENCE = "silence", _("No backup has succeeded for 26 hours")
        FAILURE = "failure", _("A backup has failed")
        STORE = "store", _("A store cannot be used")
        LAG = "lag", _("The log is not shipped in time")
        SHIPPER = "shipper", _("Nothing ships the log")
        SLOT = "slot", _("The database holds log for a receiver that does not come")
        DISK = "disk", _("The disk is nearly full")
        DESTRUCTION = "destruction", _("A backup was not destroyed on its date")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = WordField(max_length=12, choices=Kind.choices)
    about = models.TextField(blank=True)
    detail = models.TextField(blank=True)
    exercise = models.BooleanField(default=False)
    raised_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    solved_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "backups_alert"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "about"],
                condition=models.Q(solved_at__isnull=True),
                name="one_open_alert_of_a_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about}".strip()


class Attempt(models.Model):
    """One try to make a backup, and what became of it. problem: "" where it succeeded."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    backup_id = models.UUIDField(null=True)
    problem = models.TextField(blank=True)

    class Meta:
        db_table = "backups_attempt"

    def __str__(self) -> str:
        return f"attempt of {self.begun_at}"


class Drill(models.Model):
    """A backup was restored from one store alone, to see that it can be.

    seconds: until the restored service answered. lost_seconds: age of the newest write that came
    back, when the disaster was said to have happened. findings: what was wrong; none where it
    passed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    backup_id = models.UUIDField()
    store = models.TextField()
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    passed = models.BooleanField(default=False)
    seconds = models.FloatField(null=True)
    lost_seconds = models.FloatField(null=True)
    findings = models.JSONField(default=list)
    facts = models.JSONField(default=dict)

    class Meta:
        db_table = "backups_drill"

    def __str__(self) -> str:
        return f"drill of {self.begun_at}"
