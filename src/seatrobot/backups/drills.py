"""Drills: which backup is restored next from which store, and what came of it."""

from __future__ import annotations

import fcntl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import models

from seatrobot.backups.catalogue import ACTOR, catalogue
from seatrobot.backups.configured import stores
from seatrobot.backups.feature import Action
from seatrobot.backups.models import Backup, Drill, StoreCopy, StoreState
from seatrobot.backups.source import lsn, shown
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.promises.statements import digest

GIVEN_UP_AFTER = timedelta(hours=4)
"""A drill that has not ended by then was killed: it counts as failed."""
MOST_FINDINGS, LONGEST_FINDING = 20, 300
KEPT_FOR = timedelta(days=400)


class NothingToDrill(Exception):
    """There is no backup that could be restored; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A backup and the one store that it will be restored from.

    parts: size and SHA-256 of each, as they were when they were stored.
    """

    backup: Backup
    store: str
    address: str
    parts: dict[str, tuple[int, str]]

    @property
    def size(self) -> int:
        return sum(size for size, _hash in self.parts.values())


def choose(store: str = "", backup_id: UUID | None = None) -> Chosen:
    """Return the newest backup, and the store that was tried longest ago; raise NothingToDrill."""
    found = [each for each in catalogue() if backup_id in {None, each.backup.pk}]
    if not found:
        raise NothingToDrill("There is no backup yet.")
    listed = found[0]
    held = sorted({copy.store for copy in listed.copies})
    if not store:
        store = min(held, key=_last_tried, default="")
    if store not in held:
        raise NothingToDrill(f"The backup of {listed.backup.made_at:%Y-%m-%d %H:%M} is not there.")
    return Chosen(listed.backup, store, address_of(store), _parts(listed.copies, store))


def undrilled() -> Backup | None:
    """Return the newest backup when nobody has restored it yet, and its log has been shipped."""
    found = catalogue()
    if not found or not found[0].counts_in:
        return None
    backup = found[0].backup
    with acting(ACTOR):
        tried = Drill.objects.filter(backup_id=backup.pk)
        lives = models.Q(begun_at__gt=now() - GIVEN_UP_AFTER)
        return None if tried.filter(models.Q(ended_at__isnull=False) | lives).exists() else backup


def address_of(store: str) -> str:
    """Return the address of a store by its name."""
    names = [each.name for each in stores()]
    return str(settings.BACKUP_STORES[names.index(store)])


def place() -> Path:
    """Return where drills are made: one at a time, in a data directory `var` of its own."""
    path: Path = settings.CONFIG.data / "backups" / "drill"
    return path


def is_running() -> bool:
    """Whether a drill is being made: one has begun, and a process holds the place.

    One that was killed holds nothing any more, so what it has left behind is of no drill.
    """
    with acting(ACTOR):
        begun = Drill.objects.filter(ended_at=None, begun_at__gt=now() - GIVEN_UP_AFTER).exists()
    if not begun:
        return False
    try:
        with (place() / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        pass
    return False


def is_shipped(chosen: Chosen) -> bool:
    """Whether the store has the log through the position of the digests, and a little more."""
    with acting(ACTOR):
        state = StoreState.objects.filter(name=chosen.store).first()
    position = lsn(str(chosen.backup.digests.get("at_lsn", "0/0")))
    return state is not None and state.shipped_through > position


def begin(chosen: Chosen) -> Drill:
    """Note that a drill begins, and forget those of more than a year ago."""
    with acting(ACTOR):
        Drill.objects.filter(begun_at__lt=now() - KEPT_FOR).delete()
        return Drill.objects.create(
            backup_id=chosen.backup.pk, store=chosen.store, begun_at=now(), passed=False
        )


def end(
    row: Drill,
    *,
    findings: Sequence[str],
    facts: Mapping[str, float | int | str],
    seconds: float | None,
    lost_seconds: float | None,
) -> None:
    """Note what came of a drill: it passed when nothing was found and it came to its end."""
    said = [each[:LONGEST_FINDING] for each in findings[:MOST_FINDINGS]]
    if seconds is None and not said:
        said = ["The drill did not come to its end."]
    row.ended_at, row.findings, row.facts = now(), said, dict(facts)
    row.seconds, row.lost_seconds, row.passed = seconds, lost_seconds, not said
    with acting(ACTOR):
        row.save()
        journal.record(
            Action.BACKUP_DRILL,
            subject_id=row.pk,
            passed=row.passed,
            hash=fingerprint(row),
        )


def fingerprint(row: Drill) -> str:
    """Return the hash of what a drill found, as the journal keeps it."""
    numbers = [
        f"{each:.1f}" if each is not None else "" for each in (row.seconds, row.lost_seconds)
    ]
    return digest(
        "\n".join([str(row.backup_id), row.store, str(row.passed), *numbers, *row.findings])
    )


def positions(backup: Backup) -> tuple[str, str]:
    return shown(backup.from_lsn), shown(backup.to_lsn)


def _last_tried(store: str) -> float:
    with acting(ACTOR):
        row = Drill.objects.filter(store=store).order_by("-begun_at").first()
    return row.begun_at.timestamp() if row else 0.0


def _parts(copies: Sequence[StoreCopy], store: str) -> dict[str, tuple[int, str]]:
    return {str(each.part): (each.size, each.sha256) for each in copies if each.store == store}
