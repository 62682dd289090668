"""Editions of policies and courses, what staff signed and passed, and what they were reminded of.

Nothing here is Customer Data or belongs to an organization. Editions, signatures and results are
only ever added; the database holds that only the person adds theirs, under the newest edition.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from seatrobot.kernel.ids import new_id
from seatrobot.kernel.words import WordField


class Kind(models.TextChoices):
    POLICY = "policy", "policy"
    COURSE = "course", "course"


class Edition(models.Model):
    """One text of a policy or a course, as it was published.

    name: of its file, without the ending. number: from 1, without gaps. digest: SHA-256 of the
    text, in hexadecimal. text: canonical (`markdown.py`); empty: it was withdrawn.
    valid_days, earlier_days: of a course, as its text says.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = WordField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    text = models.TextField()
    valid_days = models.PositiveIntegerField(default=0)
    earlier_days = models.PositiveIntegerField(null=True)
    published_at = models.DateTimeField()

    class Meta:
        db_table = "personnel_edition"
        constraints = [
            models.UniqueConstraint(fields=["kind", "name", "number"], name="one_edition")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.number}"


class Signature(models.Model):
    """That somebody signed an edition of a policy. signed: the statement (`factors/statements`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account_id = models.UUIDField()
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="signatures")
    at = models.DateTimeField()
    signed = models.TextField()

    class Meta:
        db_table = "personnel_signature"
        constraints = [
            models.UniqueConstraint(fields=["account_id", "edition"], name="one_signature")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.at:%Y-%m-%d %H:%M}"


class Result(models.Model):
    """How somebody answered a course once. asked: how many questions. wrong: places, from 0."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account_id = models.UUIDField()
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="results")
    at = models.DateTimeField()
    asked = models.PositiveIntegerField()
    wrong = ArrayField(models.PositiveSmallIntegerField(), default=list)
    passed = models.BooleanField()

    class Meta:
        db_table = "personnel_result"
        indexes = [models.Index(fields=["account_id", "at"], name="result_of_person")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.asked - len(self.wrong)}/{self.asked}"


class Reminder(models.Model):
    """That a person was told of something that ends. days: how many before, 0: at the end.

    what: kind and name of the policy or course, or the identifier of a condition. ends_at: the end
    that they were told of, so that they are told again of another.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account_id = models.UUIDField()
    what = models.CharField(max_length=80)
    ends_at = models.DateTimeField()
    days = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "personnel_reminder"
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "what", "ends_at", "days"], name="one_reminder"
            )
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.days}"
