"""One entry per act, one leaf per entry, one checkpoint per stretch of leaves.

The tables only ever grow: no update, no deletion, by grant and by trigger.
"""

from typing import ClassVar

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.ids import new_id
from seatrobot.kernel.tenancy.carrying import Carried, Way
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.vault.keyring import KeyClass


class Details(msgspec.Struct, omit_defaults=True):
    """What an entry says beyond identifiers.

    facts: short facts by name (a count, a status before and after, an identifier). Never a name, an
    address, a search text or a file name: an entry cannot be changed when a person is erased.
    ip, agent: from where, when a request did it. shown: whom a list showed, packed by shown.py;
    everybody: the list of the entry's event was shown whole.
    """

    CUTS_CARDS: ClassVar[bool] = True

    CLEAR: ClassVar[frozenset[str]] = frozenset({"facts", "shown", "everybody"})

    facts: dict[str, str | int | float | bool | list[str] | None] = {}
    ip: str = ""
    agent: str = ""
    shown: bytes = b""
    everybody: bool = False


class Entry(models.Model):
    """organization_id is empty in the platform's own stream (sign-ins).

    The organization is no foreign key: its entries outlive it, unreadable, when its keyring goes.
    """

    carried: ClassVar[Carried] = Carried(
        what=_("Access log"),
        way=Way.TOLD,
        why=_("It is the evidence of the instance that wrote it, signed with that instance's key."),
        accounts=frozenset({"actor_id"}),
    )

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    action = models.CharField(max_length=60)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=60, blank=True)
    event_id = models.UUIDField(null=True)
    subject_id = models.UUIDField(null=True)
    opened = models.IntegerField(default=0)
    sealed = SealedField(Details, key_class=KeyClass.LOG)

    class Meta:
        db_table = "journal_entry"
        indexes = [
            models.Index(fields=["organization_id", "id"], name="journal_by_time"),
            models.Index(fields=["organization_id", "actor_id", "id"], name="journal_by_actor"),
            models.Index(fields=["organization_id", "action", "id"], name="journal_by_action"),
            models.Index(fields=["organization_id", "actor_kind", "id"], name="journal_by_kind"),
            models.Index(
                fields=["event_id", "id"],
                name="journal_by_event",
                condition=models.Q(event_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action}"


class Leaf(models.Model):
    """What of an entry stands in its stream's Merkle tree; written by the entry's own INSERT.

    stream: the organization, or the nil UUID for the platform. number: the order of writing, with
    gaps. hash: see leaf.py. place: position in the tree, from 0; set once, by the sequencer.
    """

    entry_id = models.UUIDField(primary_key=True, editable=False)
    stream = models.UUIDField()
    number = models.BigIntegerField()
    hash = models.BinaryField()
    place = models.BigIntegerField(null=True)

    class Meta:
        db_table = "journal_leaf"
        indexes = [
            models.Index(
                fields=["number"],
                name="journal_leaf_waiting",
                condition=models.Q(place__isnull=True),
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["stream", "place"],
                name="journal_leaf_place",
                condition=models.Q(place__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.place}"


class Checkpoint(models.Model):
    """A stream's tree after the leaves from `start` up to `size`, signed.

    total: how many leaves of all streams have a place by now; each row adds its own, so none can
    go missing between two others. frontier: see tree.py. note: C2SP signed note of the root.
    """

    total = models.BigIntegerField(primary_key=True, editable=False)
    stream = models.UUIDField()
    start = models.BigIntegerField()
    size = models.BigIntegerField()
    root = models.BinaryField()
    frontier = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "journal_checkpoint"
        constraints = [
            models.UniqueConstraint(fields=["stream", "size"], name="journal_checkpoint_size")
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.size}"
