"""What can be done with backups; each function stands where its module's name says."""

from __future__ import annotations

from seatrobot.backups.catalogue import Listed, catalogue
from seatrobot.backups.making import BackupFailed, back_up
from seatrobot.backups.reading import (
    LogFile,
    LogMissing,
    described,
    fetch,
    open_part,
    wal,
)
from seatrobot.backups.sweeping import Sweep, destroy, destroy_due, sweep

__all__ = [
    "BackupFailed",
    "Listed",
    "LogFile",
    "LogMissing",
    "Sweep",
    "back_up",
    "catalogue",
    "described",
    "destroy",
    "destroy_due",
    "fetch",
    "open_part",
    "sweep",
    "wal",
]
