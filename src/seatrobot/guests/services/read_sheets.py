"""Workbooks that were read for an import, kept for the next look at it.

Reading a workbook takes seconds for a long list, and each step of an import looks at it again.
What was read is kept in this process, bounded by bytes, and is forgotten by a timer, when the file
is deleted, and when the organization's keys are gone. Whether the file is still there is asked of
the database each time, by the caller.
"""

from __future__ import annotations

import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from itertools import islice
from threading import Lock, Timer
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import get_language

from seatrobot.documents.reading import Choice, Sheet
from seatrobot.kernel import caches
from seatrobot.kernel.vault import services as vault

MOST_BYTES = 96 * 1024**2
"""What all kept workbooks of a process take at most; a larger one is read anew each time."""
LONGEST_UNUSED = 180.0
"""Seconds after which a workbook that nobody looks at is forgotten."""
_SAMPLE = 200


class _Key(NamedTuple):
    """language: of the sheet's warnings."""

    upload_id: UUID
    reading: Choice
    language: str


class _Kept(NamedTuple):
    sheet: Sheet
    organization_id: UUID
    size: int
    used_at: float


_kept: OrderedDict[_Key, _Kept] = OrderedDict()
_lock = Lock()


def read_once(
    organization_id: UUID, upload_id: UUID, reading: Choice, read: Callable[[], Sheet]
) -> Sheet:
    """Return the sheet of an upload, which `read` reads unless it is kept; raises what that does.

    Raises KeyringMissing when the organization's keys are gone.
    """
    if not vault.has_keyring(organization_id):
        forget(organization_id=organization_id)
        vault.require_open(organization_id)
    key = _Key(upload_id, reading, get_language() or "")
    with _lock:
        found = _kept.pop(key, None)
        if found is not None:
            _kept[key] = found._replace(used_at=time.monotonic())
            return found.sheet
    sheet = read()
    size = _size_of(sheet)
    if sheet.kind == "xlsx" and size <= MOST_BYTES:
        _keep(key, _Kept(sheet, organization_id, size, time.monotonic()))
    return sheet


def forget(*, upload_id: UUID | None = None, organization_id: UUID | None = None) -> None:
    """Forget what was read of an upload, or of all of an organization."""
    with _lock:
        for key, kept in list(_kept.items()):
            if key.upload_id == upload_id or kept.organization_id == organization_id:
                del _kept[key]


def _keep(key: _Key, kept: _Kept) -> None:
    with _lock:
        _kept[key] = kept
        while sum(each.size for each in _kept.values()) > MOST_BYTES:
            _kept.popitem(last=False)
        is_first = len(_kept) == 1
    if is_first:
        _wait(LONGEST_UNUSED)
    caches.touch()


def _owners() -> set[UUID]:
    with _lock:
        return {kept.organization_id for kept in _kept.values()}


caches.register("workbooks", _owners, lambda whose: forget(organization_id=whose))


def _wait(seconds: float) -> None:
    timer = Timer(max(seconds, 1.0), _forget_unused)
    timer.daemon = True
    timer.start()


def _forget_unused() -> None:
    before = time.monotonic() - LONGEST_UNUSED
    with _lock:
        for key, kept in list(_kept.items()):
            if kept.used_at <= before:
                del _kept[key]
        if not _kept:
            return
        oldest = min(kept.used_at for kept in _kept.values())
    _wait(oldest - before)


def _size_of(sheet: Sheet) -> int:
    """Return about how many bytes the rows of a sheet take, by weighing the first."""
    sizes = [
        sys.getsizeof(cells) + sum(map(sys.getsizeof, cells))
        for _row, cells in islice(sheet.rows, _SAMPLE)
    ]
    return sheet.row_count * sum(sizes) // max(len(sizes), 1)
