"""The log of heads, and the streams as the newest head has them."""

from __future__ import annotations

from django.db import models


class Head(models.Model):
    """One leaf of the log of heads; the table only grows, by grant and by trigger.

    number: its place, from 0. text: what it says (statement.py), which is the leaf. nodes: hashes
    of the subtrees that this leaf completes, smallest first (log.py). total: the running total of
    the last checkpoint in it. note: the signed checkpoint of the log up to this leaf.
    """

    number = models.BigIntegerField(primary_key=True, editable=False)
    at = models.DateTimeField(db_index=True)
    text = models.TextField()
    nodes = models.BinaryField()
    total = models.BigIntegerField()
    note = models.TextField()

    class Meta:
        db_table = "heads_head"

    def __str__(self) -> str:
        return f"{self.number} {self.at:%Y-%m-%d %H:%M}"


class Stream(models.Model):
    """A stream's size and root in the newest head; never smaller than it was."""

    id = models.UUIDField(primary_key=True, editable=False)
    size = models.BigIntegerField()
    root = models.BinaryField()

    class Meta:
        db_table = "heads_stream"

    def __str__(self) -> str:
        return f"{self.pk} {self.size}"
