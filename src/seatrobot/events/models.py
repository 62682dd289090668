"""An event: one guest list, what happens at it, and what is asked of its guests."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import ClassVar
from zoneinfo import ZoneInfo

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _

from seatrobot.dates import bounded
from seatrobot.kernel.tenancy.carrying import Carried
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.vault.masking import EVERYTHING
from seatrobot.kernel.words import WordField


class EventRecord(msgspec.Struct):
    CLEAR: ClassVar[frozenset[str]] = frozenset({"title", "venue"})

    title: str
    venue: str = ""
    description: str = ""


class Event(TenantModel):
    """starts_at, ends_at: aware; shown in `time_zone` (IANA name).

    delete_on: the day on which it deletes itself; deletion_told_at: when that was announced.

    The database keeps further columns `changed_xid` (kernel.tenancy.operations.NoteChanges) here
    and in the tables below.
    """

    carried: ClassVar[Carried] = Carried(
        what=_("Events"),
        check="seatrobot.events.importable.check_event",
        left_out={"deletion_told_at": _("Where an archive is imported it is announced anew.")},
    )

    sealed = SealedField(EventRecord)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64, default="UTC")
    created_at = models.DateTimeField()
    delete_on = models.DateField(null=True)
    deletion_told_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "events_event"
        indexes = [models.Index(fields=["organization", "starts_at"], name="event_start")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="event_ends_after_start"
            ),
            bounded("event_dates", "starts_at", "ends_at"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def title(self) -> str:
        return self.sealed.title

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def last_day(self) -> date:
        """On which it ends, where it takes place."""
        return self.ends_at.astimezone(self.zone).date()

    @cached_property
    def activity(self) -> Activity:
        """The activity that every event has, which is called like the event."""
        return next(activity for activity in self.activities.all() if activity.position == 0)

    @property
    def capacity(self) -> int:
        """Places of that activity, 0 = unlimited."""
        return self.activity.capacity


class ActivityRecord(msgspec.Struct, omit_defaults=True):
    """title: empty for the activity that every event has, which is called like the event."""

    CLEAR: ClassVar[frozenset[str]] = EVERYTHING

    title: str = ""
    place: str = ""


class Activity(TenantModel):
    """Something at a time and a place: a room, tables, a plan, arrivals and a capacity hang on it.

    Every event has one, with position 0; whoever needs no second one never reads the word.
    starts_at, ends_at: None where they are the event's. capacity: places, 0 = unlimited.
    """

    carried: ClassVar[Carried] = Carried(
        what=_("What happens at events, and where"),
        check="seatrobot.events.importable.check_activity",
    )

    event = models.ForeignKey(Event, models.CASCADE, related_name="activities", db_constraint=False)
    position = models.PositiveSmallIntegerField(default=0)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    capacity = models.PositiveIntegerField(default=0)
    sealed = SealedField(ActivityRecord)

    class Meta:
        db_table = "events_activity"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "position"],
                name="activity_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            bounded("activity_dates", "starts_at", "ends_at"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id}:{self.position}"


class Choice(msgspec.Struct, omit_defaults=True):
    """key: what an answer stores; labels: by language, "" is the language of the event team."""

    CLEAR: ClassVar[frozenset[str]] = EVERYTHING

    key: str
    labels: dict[str, str]


class FieldRecord(msgspec.Struct, omit_defaults=True):
    """labels: by language, "" is the language of the event team. choices: of a choice field."""

    CLEAR: ClassVar[frozenset[str]] = EVERYTHING

    labels: dict[str, str]
    choices: list[Choice] = []

    @property
    def label(self) -> str:
        return self.labels[""]


class Field(TenantModel):
    """A column of an event's guest list, or a question: what is known beside name and address.

    Answers are kept in the guest's sealed record under `id`, so a field can be renamed, moved and
    retyped, and two fields can carry one name. position: its order, the same in every process.
    special: answers are special categories of data (GDPR art. 9: health, diet, religion, passport)
    and sealed under a key of their own.
    """

    class Scope(models.TextChoices):
        EVENT = "event", _("Event")
        PARTY = "party", _("Party")
        PERSON = "person", _("Guest")

    class Type(models.TextChoices):
        TEXT = "text", _("Text")
        CHOICE = "choice", _("Choice")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        DIET = "diet", _("Diet")
        CONSENT = "consent", _("Consent")

    carried: ClassVar[Carried] = Carried(
        what=_("Columns of guest lists"), check="seatrobot.events.importable.check_field"
    )

    event = models.ForeignKey(Event, models.CASCADE, related_name="fields", db_constraint=False)
    scope = WordField(max_length=6, choices=Scope.choices, default=Scope.PERSON)
    type = WordField(max_length=8, choices=Type.choices, default=Type.TEXT)
    position = models.PositiveSmallIntegerField()
    special = models.BooleanField(default=False)
    sealed = SealedField(FieldRecord)

    class Meta:
        db_table = "events_field"
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"
