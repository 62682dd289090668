"""Telling the operator that backups fail, or that nothing is heard of them.

`look` runs each minute in the background work, which makes no backups: it reads what the part that
does has noted, and when. What is wrong is told once, through every address of `SEATROBOT_ALERTS`
and to everybody of the staff by mail, and once more when it is over.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from seatrobot.accounts.models import Account
from seatrobot.backups.feature import Action
from seatrobot.backups.making import ACTOR
from seatrobot.backups.models import Alert, Attempt, Backup, Day, StoreState
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal

log = logging.getLogger(__name__)

SILENT_AFTER = timedelta(hours=26)
LATE_AFTER = timedelta(minutes=10)
"""How long the log may wait for a store, and the part that ships it be silent."""
PATIENCE = timedelta(seconds=45)
"""How long a store may be away before anybody is told."""
DUE_FOR = timedelta(hours=1)
LEAST_FREE = 512 * 1024**2
MOST_HELD = 512 * 1024**2
KEPT_FOR = timedelta(days=90)
EXERCISE = "exercise"
"""The name of a store that is not there: each week it is asked for, and somebody has to be told."""
Kind = Alert.Kind
HELD = """
    SELECT slot_name, wal_status, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)
    FROM pg_replication_slots WHERE NOT active OR wal_status IN ('unreserved', 'lost')
"""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong now. about: a store's name, or "". since: None where unknown."""

    kind: Alert.Kind
    about: str
    detail: str
    since: datetime | None = None


def is_set_up() -> bool:
    """Whether this instance makes backups: of its own database, or by DATABASE_BACKUP_URL."""
    if (settings.CONFIG.data / "postgresql" / "cluster").exists():
        return True
    with acting(ACTOR):
        return StoreState.objects.exists()


def look() -> None:
    """Raise an alert for each trouble, and close those that are over."""
    moment = now()
    if not is_set_up():
        return
    with acting(ACTOR):
        found = {(each.kind, each.about): each for each in troubles(moment)}
        known = {(Kind(row.kind), row.about): row for row in Alert.objects.filter(solved_at=None)}
        for key in found.keys() - known.keys():
            _raise(found[key], moment)
        for key in known.keys() - found.keys():
            _close(known[key], moment)
        Alert.objects.filter(solved_at__lt=moment - KEPT_FOR).delete()
        untold = Alert.objects.filter(told_at=None, solved_at=None).values_list("pk", flat=True)
        for pk in untold:
            defer("backups.tell", alert_id=str(pk))


def troubles(moment: datetime) -> list[Trouble]:
    """Return what is wrong now; call inside a unit of work."""
    return [
        *_of_backups(moment),
        *_of_stores(moment),
        *_of_slots(),
        *_of_disk(),
        *_of_destruction(moment),
    ]


def begun_at() -> datetime:
    """Return since when this database has a catalogue of backups."""
    rows = MigrationRecorder(connection).migration_qs.filter(app="backups")
    moment: datetime = rows.order_by("applied").values_list("applied", flat=True)[0]
    return moment


def _of_backups(moment: datetime) -> Iterator[Trouble]:
    finished = Backup.objects.filter(finished_at__isnull=False).order_by("-made_at").first()
    last = finished.made_at if finished else begun_at()
    if moment - last > SILENT_AFTER:
        hours = int((moment - last).total_seconds() // 3600)
        yield Trouble(
            Kind.SILENCE,
            "",
            _("No backup has succeeded for %d hours.") % hours,
            last + SILENT_AFTER,
        )
    attempt = Attempt.objects.order_by("-begun_at").first()
    if attempt is not None and attempt.problem:
        yield Trouble(Kind.FAILURE, "", attempt.problem, attempt.ended_at)


def _of_stores(moment: datetime) -> Iterator[Trouble]:
    rows = list(StoreState.objects.exclude(name=EXERCISE))
    seen = max((row.seen_at for row in rows), default=begun_at())
    if moment - seen > LATE_AFTER:
        minutes = int((moment - seen).total_seconds() // 60)
        yield Trouble(
            Kind.SHIPPER,
            "",
            _("Nothing is heard of it for %d minutes.") % minutes,
            seen + LATE_AFTER,
        )
    for row in StoreState.objects.all():
        since, patience = row.problem_since, timedelta(0) if row.name == EXERCISE else PATIENCE
        if row.problem and since and moment - since > patience:
            yield Trouble(Kind.STORE, row.name, row.problem, since + patience)
        elif row.name != EXERCISE and not row.problem and row.seen_at == seen:
            shipped = row.shipped_at or begun_at()
            if row.seen_at - shipped > LATE_AFTER:
                minutes = int((row.seen_at - shipped).total_seconds() // 60)
                detail = _("It lacks the log of the last %d minutes.") % minutes
                yield Trouble(Kind.LAG, row.name, detail, shipped + LATE_AFTER)


def _of_slots() -> Iterator[Trouble]:
    with connection.cursor() as cursor:
        cursor.execute(HELD)
        for name, status, held in cursor.fetchall():
            if status in {"unreserved", "lost"} or (held or 0) > MOST_HELD:
                megabytes = int((held or 0) // 1024**2)
                detail = _("It holds %(size)d MB of the log (%(status)s).")
                yield Trouble(
                    Kind.SLOT, name, detail % {"size": megabytes, "status": status or "?"}
                )


def _of_disk() -> Iterator[Trouble]:
    free = {"": shutil.disk_usage(settings.CONFIG.data).free}
    free |= {row.name: row.free for row in StoreState.objects.all() if row.free is not None}
    for name, left in free.items():
        if left < LEAST_FREE:
            detail = _("%d MB are left.") % (left // 1024**2)
            yield Trouble(Kind.DISK, name, detail)


def _of_destruction(moment: datetime) -> Iterator[Trouble]:
    for model in (Backup, Day):
        late = model.objects.filter(
            destroyed_at=None, hold_id=None, destroy_by__lt=moment - DUE_FOR
        )
        for pk, due in late.values_list("pk", "destroy_by"):
            detail = _("It was to be destroyed at %s UTC.") % f"{due:%Y-%m-%d %H:%M}"
            yield Trouble(Kind.DESTRUCTION, str(pk), detail, due + DUE_FOR)


def _raise(trouble: Trouble, moment: datetime) -> None:
    log.error("backups: %s: %s %s", trouble.kind.label, trouble.about, trouble.detail)
    row = Alert.objects.create(
        kind=trouble.kind,
        about=trouble.about,
        detail=trouble.detail[:500],
        exercise=trouble.about == EXERCISE,
        raised_at=moment,
    )
    journal.record(Action.ALERT_RAISE, subject_id=row.pk, kind=str(row.kind))
    if settings.ALERTS and row.exercise:
        return
    for account_id in staff():
        defer("backups.mail-alert", alert_id=str(row.pk), account_id=account_id)


def _close(row: Alert, moment: datetime) -> None:
    Alert.objects.filter(pk=row.pk).update(solved_at=moment)
    journal.record(Action.ALERT_CLOSE, subject_id=row.pk)
    if row.told_at is not None and not row.exercise:
        defer("backups.tell", alert_id=str(row.pk))


def staff() -> list[str]:
    """Return the accounts of everybody who runs the service."""
    rows = Account.objects.filter(staff__is_enabled=True)
    return [str(pk) for pk in rows.values_list("pk", flat=True)]


def hears() -> int:
    """Return how many addresses and people are told."""
    with acting(ACTOR):
        return len(settings.ALERTS) + len(staff())


def title(row: Alert) -> str:
    """Return what is told in a line."""
    if row.exercise:
        return _("Seatrobot, an exercise: %s") % row.get_kind_display()
    if row.solved_at is not None:
        return _("Seatrobot, over: %s") % row.get_kind_display()
    return _("Seatrobot: %s") % row.get_kind_display()


def text(row: Alert) -> str:
    """Return what is told: which store, since when, and what PostgreSQL or the store said."""
    about = f"{row.about}: " if row.about else ""
    lines = [f"{about}{row.detail}", f"{settings.BASE_URL}  {row.raised_at:%Y-%m-%d %H:%M} UTC"]
    if row.exercise:
        lines.append(_("This failure was made on purpose, to see that you are told. Do nothing."))
    return "\n".join(lines)


def tell(row: Alert) -> bool:
    """Send it to every address of SEATROBOT_ALERTS; return whether each of them took it."""
    if not settings.ALERTS:
        return True
    import apprise

    channels = apprise.Apprise()
    known = [channels.add(each) for each in settings.ALERTS]
    sent = channels.notify(title=title(row), body=text(row))
    return bool(sent) and all(known)
