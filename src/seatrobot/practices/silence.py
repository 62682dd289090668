"""Whether the service has fallen silent: seen when a page or document is made, by the web itself.

Examinations, heads and mail are the work of other processes. Where one is stopped, nothing would
turn broken and nobody would be told; so whoever reads asks how long ago each last did its work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.utils.translation import gettext as _

from seatrobot.kernel.heads import memory
from seatrobot.kernel.promises.status import PromiseStatus
from seatrobot.practices.degraded import default_if_unreadable

LONGEST = timedelta(minutes=15)
"""How long each may be silent; `max_age` of the JSON document."""
PUT_OFF = timedelta(minutes=1)
"""Work of which one alone waits in the queue is due when it is asked for; it is never scheduled."""
STANDING = """
    SELECT EXISTS (
        SELECT FROM procrastinate_jobs AS job
        WHERE job.status = 'todo' AND coalesce(job.scheduled_at, (
            SELECT max(at) FROM procrastinate_events WHERE job_id = job.id
        )) < %(since)s
    ), EXISTS (
        SELECT FROM procrastinate_jobs
        WHERE status = 'todo' AND queueing_lock IS NOT NULL AND scheduled_at > %(put_off)s
    ), EXISTS (
        SELECT FROM subscribing_untold JOIN promises_change ON promises_change.id = change_id
        WHERE at < %(since)s
    )
"""


def find(moment: datetime, statuses: Sequence[PromiseStatus]) -> list[str]:
    """Return a sentence for everything that stands still; empty when nothing does."""
    return [*_of_heads(moment), *_of_examinations(moment, statuses), *_of_jobs(moment)]


def _of_heads(moment: datetime) -> Iterator[str]:
    try:
        kept = memory.read()
    except ValueError:
        kept = None
        yield _("The memory outside the database cannot be read.")
    if kept and moment - kept.statement.at > LONGEST:
        yield _("No head of the journal was signed since %s UTC.") % _written(kept.statement.at)


def _of_examinations(moment: datetime, statuses: Sequence[PromiseStatus]) -> Iterator[str]:
    late = [
        row.at
        for row in statuses
        if row.promise.examine and row.at and moment - row.at > row.promise.every + LONGEST
    ]
    if late:
        yield _("Examinations that were due since %s UTC have not been made.") % _written(min(late))


def _of_jobs(moment: datetime) -> Iterator[str]:
    bounds = {"since": moment - LONGEST, "put_off": moment + PUT_OFF}
    standing, put_off, untold = default_if_unreadable(lambda: _ask(bounds), (False,) * 3)
    if standing:
        yield _("Work that is due has waited for more than 15 minutes.")
    if put_off:
        yield _("Work that is due each minute was put off.")
    if untold:
        yield _("Changes were not announced for more than 15 minutes.")


def _ask(bounds: dict[str, datetime]) -> tuple[bool, bool, bool]:
    with connection.cursor() as cursor:
        cursor.execute(STANDING, bounds)
        found: tuple[bool, bool, bool] = cursor.fetchone()
        return found


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
