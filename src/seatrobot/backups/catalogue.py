"""The catalogue read: which backups there are, and which of them could be restored from a store."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings

from seatrobot.backups.models import Backup, Day, Part, StoreCopy, StoreState
from seatrobot.deletion import backups as deletion
from seatrobot.holds import reading as holds
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor

ACTOR = Actor.system("backups")
FULL = re.compile(r"[0-9A-F]{24}")


@dataclass(frozen=True, slots=True)
class Listed:
    """A backup that is not destroyed. counts_in: stores that have all of it, and its log."""

    backup: Backup
    copies: tuple[StoreCopy, ...]
    counts_in: tuple[str, ...] = field(default=())


def catalogue() -> list[Listed]:
    """Return the finished backups that are not destroyed, the newest first."""
    with acting(ACTOR):
        states = {each.name: each for each in StoreState.objects.all()}
        rows = Backup.objects.filter(destroyed_at=None, finished_at__isnull=False)
        found = []
        for backup in rows.order_by("-made_at").prefetch_related("copies"):
            copies = tuple(backup.copies.all())
            stores = tuple(
                name
                for name in sorted({each.store for each in copies})
                if counts(backup, copies, name, states.get(name))
            )
            found.append(Listed(backup, copies, stores))
    return found


def counts(
    backup: Backup, copies: Iterable[StoreCopy], store: str, state: StoreState | None
) -> bool:
    """Whether a store has every part of a backup, and the log from its beginning to its end."""
    parts = {each.part for each in copies if each.store == store}
    return (
        parts == {str(part) for part in Part}
        and state is not None
        and state.unbroken_from <= backup.from_lsn
        and backup.to_lsn <= state.shipped_through
    )


class CatalogueOfBackups(deletion.Backups):
    """Tells deletion which backups may still hold what was deleted."""

    def existing(self) -> Iterable[deletion.Backup]:
        """Give each backup and each day of log, also those that were not finished.

        What a hold keeps is destroyed when the hold ends, at the latest.
        """
        with acting(ACTOR):
            held = list(holds.in_effect())
            backups = list(Backup.objects.filter(destroyed_at=None).prefetch_related("copies"))
            days = list(Day.objects.filter(destroyed_at=None))
            for backup in backups:
                for store in sorted({each.store for each in backup.copies.all()}) or [""]:
                    until = holds.held_until(backup.made_at, held) or backup.destroy_by
                    yield deletion.Backup(store, backup.made_at, max(until, backup.destroy_by))
            for day in days:
                until = holds.held_until(day.begins_at, held) or day.destroy_by
                yield deletion.Backup("", day.begins_at, max(until, day.destroy_by))

    def log_in_clear(self) -> Iterable[str]:
        """Return the full files of the log that were received and not encrypted yet."""
        spool = settings.CONFIG.data / "backups" / "spool"
        return [each.name for each in spool.glob("*") if FULL.fullmatch(each.name)]
