"""Hearing of changes in the unit of work that notes them."""

from __future__ import annotations

from typing import Any

from seatrobot.kernel.jobs import defer
from seatrobot.kernel.promises.models import Change
from seatrobot.practices.subscribing.models import Untold
from seatrobot.practices.subscribing.news import is_news


def note(change: Change, **_signal: Any) -> None:
    """Keep a change to be told, and ask for the job that tells.

    One unit of work may note many: the first job to run takes them all together, the others find
    nothing left.
    """
    if not is_news(change):
        return
    Untold.objects.create(change_id=change.pk)
    defer("subscribing.tell")
