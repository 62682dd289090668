"""Disaster recovery, tried: the newest backups were restored, opened, compared and served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from seatrobot.backups.drills import fingerprint
from seatrobot.backups.feature import Action
from seatrobot.backups.models import Drill
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.promises.declaring import Measure, Measurement, NotSetUp, promise
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.practices.checks import duties

LONGEST = timedelta(days=90)
TRIED_WITHIN = timedelta(hours=26)
"""How old the newest backup may be before somebody has restored it."""
COLUMNS = (
    *("id", "backup_id", "store", "begun_at", "ended_at"),
    *("passed", "seconds", "lost_seconds", "findings", "facts"),
)
DRILLS = f"SELECT {', '.join(COLUMNS)} FROM backups_drill ORDER BY begun_at"  # noqa: S608  above
BACKUPS = """
    SELECT id, made_at FROM backups_backup
    WHERE finished_at IS NOT NULL AND destroyed_at IS NULL ORDER BY made_at
"""
NUMBERS = ("tables", "rows", "organizations", "opened", "entries", "pages")
"""What a drill that has passed has counted, by the names of its facts."""


class Found(NamedTuple):
    """The drills, the backups that could be tried, and what the journal says of drills."""

    drills: list[Drill]
    backups: list[tuple[UUID, datetime]]
    journal: Mapping[UUID, duties.Act]


@promise(
    "recovery.tested",
    sentence=_("Backups are fully tested at least every 90 days."),
    measured_by=_(
        "After every nightly backup it is restored from one store alone, each store in its turn,"
        " into an empty directory: PostgreSQL recovers to the recorded position, every table, every"
        " organization and every stream of the journal must have the count and the checksum that"
        " were taken at backup time, and then the rest of the log is read. The service's own code"
        " starts on it, deletes what was erased since, opens sealed values of every organization,"
        " serves pages to somebody who signs in, verifies the whole journal, and tries to read"
        " organizations that are deleted. The examination reads the results, which the journal must"
        " bear out. A restore on another machine is not measured."
    ),
    measures=[
        Measure("days", _("days since the last drill that passed"), most=LONGEST.days),
        Measure("stores", _("stores that a backup was restored from"), least=1),
        Measure("failed", _("stores whose newest drill failed"), most=0),
        Measure("untried", _("backups older than 26 hours that are still to be tried"), most=0),
        Measure("tables", _("tables compared, by count and checksum"), least=1),
        Measure("rows", _("rows compared")),
        Measure("organizations", _("organizations opened with their own keys"), least=1),
        Measure("opened", _("sealed values opened"), least=1),
        Measure("pages", _("pages served"), least=1),
        Measure("entries", _("entries of the journal verified"), least=1),
        Measure("deleted", _("deleted organizations tried")),
        Measure("seconds", _("seconds until the service answered")),
        Measure("lost", _("seconds of the newest writes lost"), most=60),
        Measure("forged", _("drills unknown to the journal"), most=0),
        Measure("gone", _("drills that the journal has and that are gone"), most=0),
    ],
    every=timedelta(minutes=30),
)
def tested() -> Measurement:
    """Judge what the drills of the last 90 days have found."""
    moment = now()
    with examining() as examiner, acting(ACTOR):
        found = _found(examiner)
    forged = [row for row in found.drills if row.ended_at and not _is_known(row, found.journal)]
    gone = _gone(found, moment)
    over = [row for row in found.drills if row.ended_at is not None]
    lately = [row for row in over if moment - row.begun_at <= LONGEST]
    newest = {row.store: row for row in over}
    failed = [row for row in newest.values() if not row.passed]
    passed = [row for row in over if row.passed and row not in forged]
    if not over and not gone:
        raise NotSetUp(gettext("No backup was restored yet: the first one is when it is made."))
    last = passed[-1] if passed else None
    facts: Mapping[str, Any] = last.facts if last else {}
    days = (moment - last.begun_at).days if last else LONGEST.days + 1
    untried = _untried(found, moment)
    notes = [f"{row.store}: {each}" for row in failed for each in row.findings]
    notes += [f"drill {row.pk} is not what the journal says" for row in forged]
    notes += [f"drill {pk} is gone" for pk in gone]
    if not facts.get("organizations") and last and not failed and not forged:
        raise NotSetUp(gettext("No organization uses this instance yet."))
    return Measurement(
        {
            "days": days,
            "stores": len({row.store for row in lately if row.passed}),
            "failed": len(failed),
            "untried": untried,
            **{name: int(facts.get(name, 0)) for name in NUMBERS},
            "deleted": int(facts.get("deleted", 0)),
            "seconds": round(last.seconds or 0) if last else 0,
            "lost": round(last.lost_seconds or 0) if last else 0,
            "forged": len(forged),
            "gone": len(gone),
        },
        notes,
    )


def _found(examiner: psycopg.Connection[Any]) -> Found:
    rows = [Drill(**dict(zip(COLUMNS, row, strict=True))) for row in examiner.execute(DRILLS)]
    backups = [(pk, made_at) for pk, made_at in examiner.execute(BACKUPS)]
    acts = duties.entries(examiner, Action.BACKUP_DRILL, duties.SERVICE_ACTS)
    return Found(rows, backups, acts)


def _is_known(row: Drill, journal: Mapping[UUID, duties.Act]) -> bool:
    act = journal.get(row.pk)
    return (
        act is not None
        and row.ended_at is not None
        and abs(act.at - row.ended_at) < duties.SAME_MOMENT
        and act.facts.get("hash") == fingerprint(row)
    )


def _gone(found: Found, moment: datetime) -> Sequence[UUID]:
    """Return the drills of the last 90 days that the journal has and the table has not."""
    there = {row.pk for row in found.drills}
    lately = {pk for pk, act in found.journal.items() if moment - act.at <= LONGEST}
    return sorted(lately - there)


def _untried(found: Found, moment: datetime) -> int:
    """Count the newest backup where it is old enough to have been restored, and was not."""
    tried = {row.backup_id for row in found.drills if row.ended_at is not None}
    newest = found.backups[-1:]
    return sum(pk not in tried and moment - made_at > TRIED_WITHIN for pk, made_at in newest)
