"""One event's guest list."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _

from seatrobot.contacts.models import Contact
from seatrobot.dates import bounded
from seatrobot.documents.reading import Choice
from seatrobot.events.models import Activity, Event
from seatrobot.guests.records import GuestRecord, SpecialRecord
from seatrobot.guests.statuses import (
    SHOWN,
    Delivery,
    Facts,
    Money,
    Reply,
    Withdrawal,
    facts_of,
)
from seatrobot.kernel.tenancy.carrying import Carried, Way
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.vault.keyring import KeyClass
from seatrobot.kernel.words import WordField


class PartyRecord(msgspec.Struct, omit_defaults=True):
    """label: what the event team calls the party, such as "Family Okafor"."""

    label: str = ""
    note: str = ""


class Party(TenantModel):
    """People who are invited and come together; every guest belongs to one.

    places: how many the invitation is for, None as many as there are guests. language: BCP 47 tag
    in which the party is written to, empty for the event's. reply_by: until when they may answer.
    sealed: None as long as nothing is said of the party, as of most who come alone.
    """

    class Source(models.TextChoices):
        STAFF = "staff", _("Added by the team")
        IMPORT = "import", _("Imported")

    carried: ClassVar[Carried] = Carried(what=_("Parties: who is invited together"))

    event = models.ForeignKey(Event, models.CASCADE, related_name="parties", db_constraint=False)
    places = models.PositiveSmallIntegerField(null=True)
    language = models.CharField(max_length=35, blank=True)
    reply_by = models.DateTimeField(null=True)
    source = WordField(max_length=8, choices=Source.choices, default=Source.STAFF)
    sealed: SealedField[PartyRecord] = SealedField(PartyRecord, null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "guests_party"
        constraints = [bounded("party_dates", "reply_by")]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def record(self) -> PartyRecord:
        """What is said of the party."""
        return self.sealed or PartyRecord()


class Guest(TenantModel):
    """A person's part in one event.

    host: whose plus-one this is. contact: the person across events, where the organization keeps
    one. email_index: blind index of the guest's own address, empty without one; several guests may
    share it. reply, withdrawal, held, delivery, money: see statuses.py.
    checked_in_at, checked_in_by: of the arrival that counts (`Arrival` has all of them).
    status: the facts in one word, worked out by the database; a saved instance does not know the
    new one before it is read again.
    special: answers to fields with special categories of data, sealed under a key of their own.

    The database keeps a further column, `changed_xid` (kernel.tenancy.operations.NoteChanges).
    """

    carried: ClassVar[Carried] = Carried(
        what=_("Guests"),
        left_out={"email_index": _("It is made anew from the address, with the new keys.")},
        accounts=frozenset({"checked_in_by"}),
        made={"email_index": "seatrobot.guests.writing.email_index_of"},
        after="seatrobot.guests.arrivals.require_agreement",
    )

    # An arrival writes a row into all indexes anew: there is none that another one answers for.
    organization = models.ForeignKey(
        "organizations.Organization", models.CASCADE, related_name="+", db_index=False
    )
    event = models.ForeignKey(
        Event, models.CASCADE, related_name="guests", db_index=False, db_constraint=False
    )
    party = models.ForeignKey(Party, models.CASCADE, related_name="guests", db_constraint=False)
    host = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        related_name="plus_ones",
        db_index=False,
        db_constraint=False,
    )
    contact = models.ForeignKey(
        Contact,
        models.SET_NULL,
        null=True,
        related_name="guests",
        db_index=False,
        db_constraint=False,
    )
    reply = WordField(max_length=11, choices=Reply.choices, default=Reply.OUTSTANDING)
    withdrawal = WordField(max_length=9, choices=Withdrawal.choices, blank=True)
    held = models.BooleanField(default=False)
    delivery = WordField(max_length=8, choices=Delivery.choices, blank=True)
    money = WordField(max_length=8, choices=Money.choices, blank=True)
    email_index = models.BinaryField(null=True)
    sealed = SealedField(GuestRecord)
    special: SealedField[SpecialRecord] = SealedField(
        SpecialRecord, null=True, key_class=KeyClass.SPECIAL
    )
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    checked_in_at = models.DateTimeField(null=True)
    checked_in_by = models.UUIDField(null=True)
    status = models.GeneratedField(
        expression=SHOWN, output_field=models.CharField(max_length=11), db_persist=True
    )

    class Meta:
        db_table = "guests_guest"
        indexes = [
            models.Index(fields=["organization", "email_index"], name="guest_email"),
            models.Index(
                fields=["event"], condition=models.Q(special__isnull=False), name="guest_special"
            ),
            models.Index(
                fields=["host"], condition=models.Q(host__isnull=False), name="guest_host"
            ),
            models.Index(
                fields=["contact"], condition=models.Q(contact__isnull=False), name="guest_contact"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reply=Reply.WITHDRAWN) ^ models.Q(withdrawal=""),
                name="withdrawn_with_a_reason",
            ),
            bounded("guest_dates", "checked_in_at"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.reply}"

    @property
    def facts(self) -> Facts:
        return facts_of(self.reply, self.withdrawal, self.held, self.delivery, self.money)


class Arrival(TenantModel):
    """Somebody came in, or went out, at a door of an activity.

    id: given by the device, so that the same tap sent twice is one arrival. device_at: by the
    device's clock; at: by the server's. by: the account. A taken-back arrival stays, with by whom.
    """

    class Direction(models.TextChoices):
        IN = "in", _("In")
        OUT = "out", _("Out")

    # Before guests: a guest who is checked in is refused without an arrival that says so.
    carried: ClassVar[Carried] = Carried(
        what=_("Arrivals"), accounts=frozenset({"by", "undone_by"}), order=-1
    )

    # The key of the guest holds event and organization too, and the database deletes with it.
    organization = models.ForeignKey(
        "organizations.Organization",
        models.DO_NOTHING,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    event = models.ForeignKey(
        Event, models.DO_NOTHING, related_name="arrivals", db_index=False, db_constraint=False
    )
    activity = models.ForeignKey(
        Activity, models.DO_NOTHING, related_name="arrivals", db_index=False, db_constraint=False
    )
    guest = models.ForeignKey(
        Guest, models.DO_NOTHING, related_name="arrivals", db_constraint=False
    )
    direction = WordField(max_length=3, choices=Direction.choices, default=Direction.IN)
    device_at = models.DateTimeField(null=True)
    at = models.DateTimeField()
    door = models.CharField(max_length=40, blank=True)
    by = models.UUIDField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.UUIDField(null=True)

    class Meta:
        db_table = "guests_arrival"
        indexes = [models.Index(fields=["event", "at"], name="arrival_time")]
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "guest"],
                condition=models.Q(direction="in", undone_at__isnull=True),
                name="arrived_once",
            ),
            bounded("arrival_dates", "at", "device_at"),
        ]

    def __str__(self) -> str:
        return f"{self.guest_id} {self.direction} {self.at:%Y-%m-%d %H:%M}"


def sealed_field() -> SealedField[GuestRecord]:
    """Return the field that seals and opens guests, for reading many rows without instances."""
    return Guest._meta.get_field("sealed")


class ImportRecord(msgspec.Struct, omit_defaults=True):
    """An import as far as a person has said how it goes.

    columns: heading -> target (importing.headings.Target) or the key of a field of the event;
    empty until a person agreed. values: word of a status column -> what it means. answers: to what
    the dry run asked (importing.asking.Answers). reading: how the file is to be read.
    keep_contacts: whether new guests become contacts.
    """

    CLEAR: ClassVar[frozenset[str]] = frozenset({"row_count", "keep_contacts"})
    REFERS: ClassVar[frozenset[str]] = frozenset({"columns"})

    filename: str
    columns: dict[str, str] = {}
    default_status: str = ""
    row_count: int = 0
    keep_contacts: bool = False
    values: dict[str, str] = {}
    answers: dict[str, str] = {}
    reading: Choice = Choice()


class Import(TenantModel):
    """A guest list on its way in: uploaded, mapped, looked at, and then done as `progress_id`."""

    carried: ClassVar[Carried] = Carried(
        what=_("Imports of guest lists"),
        rows=models.Q(progress_id__isnull=False),
        without=_("Imports that were not finished."),
        accounts=frozenset({"account_id"}),
    )

    event = models.ForeignKey(Event, models.CASCADE, related_name="imports", db_constraint=False)
    account_id = models.UUIDField(null=True)
    progress_id = models.UUIDField(null=True)
    sealed = SealedField(ImportRecord)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "guests_import"

    def __str__(self) -> str:
        return str(self.pk)


class FileRecord(msgspec.Struct):
    data: bytes


class ImportFile(TenantModel):
    """The uploaded file, in a row of its own so that it is read only when it is needed."""

    carried: ClassVar[Carried] = Carried(
        what=_("Files on their way into a guest list"),
        way=Way.STAYS,
        why=_("They are kept for a day at most, and their guests are on the list."),
    )

    upload = models.OneToOneField(Import, models.CASCADE, related_name="file", db_constraint=False)
    sealed = SealedField(FileRecord)

    class Meta:
        db_table = "guests_import_file"

    def __str__(self) -> str:
        return str(self.pk)


class MemoryRecord(msgspec.Struct, omit_defaults=True):
    """What the columns of a list meant the last time: as of ImportRecord.

    A column that became, or filled, one of the list is kept by the label it had there.
    """

    columns: dict[str, str] = {}
    values: dict[str, str] = {}
    default_status: str = ""
    sheet: str = ""


class ImportMemory(TenantModel):
    """How an organization's last list with certain headings was mapped.

    headings_index: blind index of the headings, whatever their order.
    """

    carried: ClassVar[Carried] = Carried(
        what=_("How lists with certain headings were read last"),
        left_out={"headings_index": _("It is made anew from the headings, with the new keys.")},
        made={"headings_index": "seatrobot.guests.services.mapping_memory.index_of"},
    )

    headings_index = models.BinaryField()
    sealed = SealedField(MemoryRecord)
    used_at = models.DateTimeField()

    class Meta:
        db_table = "guests_import_memory"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "headings_index"], name="one_memory_of_headings"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
