"""The room of an activity: its tables, who sits where, the rules, and how the plan came about."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from seatrobot.events.models import Activity, Event
from seatrobot.guests.models import Guest
from seatrobot.kernel.tenancy.carrying import Carried
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.vault.masking import EVERYTHING
from seatrobot.kernel.words import WordField


class Room(TenantModel):
    """The room of an activity; its row is locked for each change of the seating.

    revision: grows with each change. split_parties: may sit at different tables, on purpose.
    """

    carried: ClassVar[Carried] = Carried(what=_("Rooms"))

    event = models.ForeignKey(Event, models.CASCADE, related_name="rooms", db_constraint=False)
    activity = models.OneToOneField(
        Activity, models.CASCADE, related_name="room", db_constraint=False
    )
    revision = models.PositiveBigIntegerField(default=0)
    split_parties = ArrayField(models.UUIDField(), default=list)

    class Meta:
        db_table = "seating_room"

    def __str__(self) -> str:
        return f"{self.event_id} r{self.revision}"


class Shape(models.TextChoices):
    ROUND = "round", _("Round")
    RECTANGULAR = "rectangular", _("Long, seats on both sides")
    SQUARE = "square", _("Square")
    HEAD = "head", _("Head table, seats on one side")


class TableRecord(msgspec.Struct, omit_defaults=True):
    """label: a name instead of the number, such as "Sponsors"."""

    CLEAR: ClassVar[frozenset[str]] = frozenset({"label"})

    label: str = ""
    note: str = ""


class Table(TenantModel):
    """One table; x, y are its centre in metres, rotation is in degrees clockwise.

    number: its order, and its name where it has no label.
    """

    carried: ClassVar[Carried] = Carried(
        what=_("Tables"), check="seatrobot.seating.importable.check_table"
    )

    event = models.ForeignKey(Event, models.CASCADE, related_name="tables", db_constraint=False)
    room = models.ForeignKey(Room, models.CASCADE, related_name="tables", db_constraint=False)
    number = models.PositiveIntegerField()
    shape = WordField(max_length=12, choices=Shape.choices, default=Shape.ROUND)
    seats = models.PositiveSmallIntegerField()
    x = models.FloatField(default=0)
    y = models.FloatField(default=0)
    rotation = models.SmallIntegerField(default=0)
    sealed = SealedField(TableRecord)

    class Meta:
        db_table = "seating_table"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["room", "number"],
                name="table_number",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=models.Q(seats__gte=1), name="table_has_seats"),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.seats})"

    @property
    def name(self) -> str:
        return table_name(self.number, self.sealed)


def table_name(number: int, record: TableRecord) -> str:
    """Return what a table is called: its label, or its number."""
    return record.label or str(_("Table %(number)s") % {"number": number})


class SeatAssignment(TenantModel):
    """Where a guest sits. seat: counted from 0, shown from 1.

    A locked guest stays when the robot seats everyone.
    """

    carried: ClassVar[Carried] = Carried(what=_("Who sits where"))

    event = models.ForeignKey(
        Event, models.CASCADE, related_name="seat_assignments", db_constraint=False
    )
    room = models.ForeignKey(
        Room, models.CASCADE, related_name="seat_assignments", db_constraint=False
    )
    guest = models.ForeignKey(
        Guest, models.CASCADE, related_name="seat_assignments", db_constraint=False
    )
    table = models.ForeignKey(
        Table, models.CASCADE, related_name="seat_assignments", db_constraint=False
    )
    seat = models.PositiveSmallIntegerField()
    locked = models.BooleanField(default=False)

    class Meta:
        db_table = "seating_assignment"
        constraints = [
            models.UniqueConstraint(fields=["table", "seat"], name="one_guest_a_seat"),
            models.UniqueConstraint(fields=["room", "guest"], name="one_seat_a_guest"),
        ]

    def __str__(self) -> str:
        return f"{self.guest_id} at {self.table_id}:{self.seat}"


class RuleRecord(msgspec.Struct, omit_defaults=True):
    """column: of a mixing rule, the key of a column of the guest list (columns.py)."""

    CLEAR: ClassVar[frozenset[str]] = frozenset({"column"})
    REFERS: ClassVar[frozenset[str]] = frozenset({"column"})

    column: str = ""
    note: str = ""


class Rule(TenantModel):
    """A must or a wish about guests, and tables where it names some."""

    class Kind(models.TextChoices):
        TOGETHER = "together", _("Keep together")
        APART = "apart", _("Keep apart")
        AT_TABLE = "at_table", _("Seat at certain tables")
        NOT_AT_TABLE = "not_at_table", _("Keep away from tables")
        MIX = "mix", _("Mix")
        NEAR = "near", _("Seat near each other")

    class Strength(models.TextChoices):
        MUST = "must", _("Must")
        WISH = "wish", _("Wish")

    carried: ClassVar[Carried] = Carried(
        what=_("Rules of the seating"), check="seatrobot.seating.importable.check_rule"
    )

    event = models.ForeignKey(
        Event, models.CASCADE, related_name="seating_rules", db_constraint=False
    )
    room = models.ForeignKey(Room, models.CASCADE, related_name="rules", db_constraint=False)
    kind = WordField(max_length=12, choices=Kind.choices)
    strength = WordField(max_length=4, choices=Strength.choices, default=Strength.WISH)
    weight = models.PositiveSmallIntegerField(default=3)
    guest_ids = ArrayField(models.UUIDField(), default=list)
    table_ids = ArrayField(models.UUIDField(), default=list)
    sealed = SealedField(RuleRecord)

    class Meta:
        db_table = "seating_rule"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.strength}"


class Step(TenantModel):
    """One change of who sits where, which the account that made it can undo.

    before, after: `[guest, table or null, seat or null, locked]` of everybody it moved.
    """

    class Kind(models.TextChoices):
        MOVE = "move", _("Move")
        UNSEAT = "unseat", _("Take from the table")
        LOCK = "lock", _("Lock")
        UNLOCK = "unlock", _("Unlock")
        CLEAR = "clear", _("Clear the plan")
        ROBOT = "robot", _("The robot's proposal")

    carried: ClassVar[Carried] = Carried(
        what=_("Changes of the seating that can be undone"),
        accounts=frozenset({"account_id"}),
        refers=frozenset({"before", "after"}),
        check="seatrobot.seating.importable.check_step",
    )

    event = models.ForeignKey(
        Event, models.CASCADE, related_name="seating_steps", db_constraint=False
    )
    room = models.ForeignKey(Room, models.CASCADE, related_name="steps", db_constraint=False)
    account_id = models.UUIDField(null=True)
    kind = WordField(max_length=8, choices=Kind.choices)
    before = models.JSONField()
    after = models.JSONField()
    undone = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        db_table = "seating_step"
        indexes = [models.Index(fields=["room", "account_id", "-id"], name="step_history")]

    def __str__(self) -> str:
        return f"{self.kind} of {len(self.after)}"


class Unmet(msgspec.Struct, omit_defaults=True):
    """A wish that is not fulfilled; fields as in `robot.plan.Unmet`."""

    CLEAR: ClassVar[frozenset[str]] = EVERYTHING
    REFERS: ClassVar[frozenset[str]] = frozenset(
        {"rule", "guests", "rules", "parties", "locked", "tables"}
    )

    rule: str
    guests: list[str]
    cost: int
    reason: str
    rules: list[str] = []
    parties: list[str] = []
    locked: list[str] = []
    tables: list[str] = []
    needed: int = 0
    available: int = 0
    proven: bool = False


class Conflict(msgspec.Struct, omit_defaults=True):
    """What contradicts each other; fields as in `robot.plan.Contradiction`."""

    CLEAR: ClassVar[frozenset[str]] = EVERYTHING
    REFERS: ClassVar[frozenset[str]] = frozenset({"rules", "parties", "locked", "tables"})

    rules: list[str] = []
    parties: list[str] = []
    locked: list[str] = []
    tables: list[str] = []
    minimal: bool = True


class Left(msgspec.Struct, omit_defaults=True):
    """Guests who would get no seat; fields as in `robot.plan.LeftOver`."""

    CLEAR: ClassVar[frozenset[str]] = EVERYTHING
    REFERS: ClassVar[frozenset[str]] = frozenset({"guests", "tables"})

    guests: list[str]
    needed: int
    available: int
    tables: list[str] = []
    free: int = 0


class Report(msgspec.Struct, omit_defaults=True):
    """What the robot reported of one run, as identifiers; text is made when it is read.

    quality: 0 (as by lot) to 100 (every wish fulfilled); before: that of the plan as it was, None
    while not everybody had a seat. evenness: the same per mixing rule.
    after: `[guest, table, seat, locked]` of everybody who would sit elsewhere; gone once it was
    accepted or left. asked: what the question was about, to know whether it still is.
    better, worse: rules that the plan would fulfil and did not, and the other way round.
    """

    CLEAR: ClassVar[frozenset[str]] = EVERYTHING
    REFERS: ClassVar[frozenset[str]] = frozenset({"evenness", "after", "better", "worse"})

    guests: int = 0
    tables: int = 0
    quality: float = 0.0
    before: float | None = None
    wishes_met: int = 0
    wishes_total: int = 0
    evenness: dict[str, float] = {}
    unmet: list[Unmet] = []
    left: list[Left] = []
    optimal: bool = False
    seconds: float = 0.0
    conflict: Conflict | None = None
    after: list[tuple[str, str | None, int | None, bool]] = []
    asked: str = ""
    better: list[str] = []
    worse: list[str] = []


class Proposal(TenantModel):
    """What the robot was asked once and what came of it.

    most_moves: of those who sit, how many may change tables; None: everybody is seated anew.
    """

    class Mode(models.TextChoices):
        REST = "rest", _("Seat those who have no seat")
        IMPROVE = "improve", _("Improve the plan")
        AGAIN = "again", _("Start again")

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        READY = "ready", _("Proposed")
        SEATED = "seated", _("Accepted")
        LEFT = "left", _("Left")
        CONTRADICTION = "contradiction", _("Contradiction")
        REFUSED = "refused", _("Refused")

    carried: ClassVar[Carried] = Carried(
        what=_("Results of the robot"),
        rows=~models.Q(outcome="waiting"),
        check="seatrobot.seating.importable.check_proposal",
        without=_("Results that the robot is still working on."),
    )

    event = models.ForeignKey(Event, models.CASCADE, related_name="proposals", db_constraint=False)
    room = models.ForeignKey(Room, models.CASCADE, related_name="proposals", db_constraint=False)
    progress_id = models.UUIDField()
    mode = WordField(max_length=7, choices=Mode.choices)
    most_moves = models.PositiveIntegerField(null=True)
    outcome = WordField(max_length=13, choices=Outcome.choices, default=Outcome.WAITING)
    seconds_allowed = models.FloatField()
    created_at = models.DateTimeField()
    sealed = SealedField(Report)

    class Meta:
        db_table = "seating_proposal"
        indexes = [models.Index(fields=["room", "-id"], name="latest_proposal")]

    def __str__(self) -> str:
        return f"{self.outcome} {self.created_at:%Y-%m-%d %H:%M}"
