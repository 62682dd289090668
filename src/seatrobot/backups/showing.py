"""What staff see of backups: a calendar, the stores, the drills, and how long recovery takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.formats import date_format

from seatrobot.backups.configured import stores
from seatrobot.backups.models import Alert, Backup, Drill, StoreState
from seatrobot.holds import reading as holds
from seatrobot.holds.models import Hold
from seatrobot.kernel.clock import now

DAYS = 14
MONTHS = timedelta(days=183)
MOST_DRILLS = 20


@dataclass(frozen=True, slots=True)
class BackupLine:
    """A backup. in_stores: how many stores have some of it.

    drill: the newest from a store, one that has failed before others; None: nobody has tried yet.
    """

    backup: Backup
    hours: int
    megabytes: float
    in_stores: int
    drill: Drill | None
    hold: Hold | None


@dataclass(frozen=True, slots=True)
class DayCell:
    """A day of the calendar, with its backups."""

    day: date
    backups: Sequence[BackupLine]

    @property
    def tone(self) -> str:
        """Grey: none; amber: not tried; green: restored; red: it could not be."""
        tried = [each.drill for each in self.backups if each.drill and each.drill.ended_at]
        if not self.backups:
            return "grey"
        if not tried:
            return "amber"
        return "green" if all(each.passed for each in tried) else "red"


@dataclass(frozen=True, slots=True)
class StoreLine:
    """A store as the shipper saw it last. behind: seconds since everything written was in it."""

    name: str
    where: str
    state: StoreState | None
    behind: int | None


@dataclass(frozen=True, slots=True)
class Overview:
    days: Sequence[DayCell]
    backups: Sequence[BackupLine]
    stores: Sequence[StoreLine]
    drills: Sequence[Drill]
    recovery: Sequence[tuple[str, int]]
    holds: Sequence[Hold]
    alerts: Sequence[Alert]

    @property
    def newest(self) -> BackupLine | None:
        return self.backups[0] if self.backups else None

    @property
    def last_passed(self) -> Drill | None:
        return next((each for each in self.drills if each.passed), None)


def overview() -> Overview:
    """Return everything; call inside `acting` as staff."""
    moment = now()
    found = list(Drill.objects.order_by("-begun_at")[:MOST_DRILLS])
    lines = _backups(moment)
    by_day: defaultdict[date, list[BackupLine]] = defaultdict(list)
    for line in lines:
        by_day[line.backup.made_at.date()].append(line)
    first = moment.date() - timedelta(days=DAYS)
    days = [first + timedelta(days=number) for number in range(DAYS + 1)]
    return Overview(
        days=[DayCell(day, by_day[day]) for day in days],
        backups=lines,
        stores=_stores(moment),
        drills=found,
        recovery=_recovery(moment),
        holds=list(holds.in_effect()),
        alerts=list(Alert.objects.filter(solved_at=None, exercise=False).order_by("raised_at")),
    )


def _backups(moment: datetime) -> list[BackupLine]:
    rows = Backup.objects.filter(destroyed_at=None, finished_at__isnull=False)
    newest: dict[tuple[UUID, str], Drill] = {}
    for drill in Drill.objects.order_by("begun_at"):
        newest[drill.backup_id, drill.store] = drill
    worst: dict[UUID, Drill] = {}
    for (backup_id, _store), drill in newest.items():
        if backup_id not in worst or not drill.passed:
            worst[backup_id] = drill
    held = list(holds.in_effect())
    lines = []
    for row in rows.order_by("-made_at").prefetch_related("copies"):
        copies = list(row.copies.all())
        by_store: defaultdict[str, int] = defaultdict(int)
        for copy in copies:
            by_store[copy.store] += copy.size
        lines.append(
            BackupLine(
                row,
                int((moment - row.made_at).total_seconds() // 3600),
                round(max(by_store.values(), default=0) / 1e6, 1),
                len(by_store),
                worst.get(row.pk),
                holds.holding(row.made_at, held),
            )
        )
    return lines


def _stores(moment: datetime) -> list[StoreLine]:
    states = {each.name: each for each in StoreState.objects.all()}
    lines = []
    for each in stores():
        state = states.get(each.name)
        shipped = state.shipped_at if state else None
        behind = int((moment - shipped).total_seconds()) if shipped else None
        lines.append(StoreLine(each.name, each.where, state, behind))
    return lines


def _recovery(moment: datetime) -> list[tuple[str, int]]:
    """Return the seconds of the slowest passed drill of each week, the oldest week first."""
    rows = Drill.objects.filter(passed=True, begun_at__gt=moment - MONTHS, seconds__isnull=False)
    weeks: dict[date, float] = {}
    for begun_at, seconds in rows.order_by("begun_at").values_list("begun_at", "seconds"):
        monday = begun_at.date() - timedelta(days=begun_at.weekday())
        weeks[monday] = max(weeks.get(monday, 0.0), seconds or 0.0)
    return [(date_format(day, "MONTH_DAY_FORMAT"), round(took)) for day, took in weeks.items()]
