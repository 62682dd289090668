"""Whether those who asked to be told are told: mail that failed, subscribers who are gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.promises.declaring import Measure, Measurement, promise
from seatrobot.practices.feature import Action

PERIOD = timedelta(days=1)
WAITING = timedelta(minutes=15)
FAILED = """
    SELECT count(*) FROM procrastinate_jobs AS job
    WHERE status = 'failed' AND task_name LIKE 'subscribing.%%' AND task_name <> ALL(%s)
      AND EXISTS (SELECT FROM procrastinate_events WHERE job_id = job.id AND at >= %s)
"""
NOT_OURS = ["subscribing.deliver", "subscribing.send-confirmation"]
"""A webhook that fails is told to its organization; an unconfirmed address is no subscriber."""
UNTOLD = """
    SELECT count(*) FROM subscribing_untold JOIN promises_change ON promises_change.id = change_id
    WHERE at < %s
"""
PUT_OFF = """
    SELECT count(*) FROM procrastinate_jobs
    WHERE status = 'todo' AND queueing_lock = task_name AND scheduled_at > %s
"""
OVERDUE = """
    SELECT count(*) FROM subscribing_subscriber
    WHERE coalesce(alive_at, confirmed_at) < CASE alive
        WHEN 'daily' THEN %(now)s - interval '2 days'
        WHEN 'weekly' THEN %(now)s - interval '8 days'
    END
"""
"""Nobody waits longer than a period and a day for the mail that the service is alive."""
GONE = """
    SELECT subject_id FROM journal_entry
    WHERE organization_id IS NULL AND action = %s
    EXCEPT SELECT subject_id FROM journal_entry WHERE organization_id IS NULL AND action = %s
    EXCEPT SELECT id FROM subscribing_subscriber
"""


@promise(
    "transparency.notices",
    sentence=_("Whoever asked to hear of changes is told of them."),
    measured_by=_(
        "Every confirmed subscription in the journal that was not ended there must still be there;"
        " every change must be announced within 15 minutes; mail about changes that the mail server"
        " has refused for good, and work put off beyond its time, is counted; and subscribers who"
        " wait for the regular mail that the service is alive."
    ),
    measures=[
        Measure("gone", _("subscribers who are gone without having left"), most=0),
        Measure("untold", _("changes waiting for more than 15 minutes to be told"), most=0),
        Measure("failed", _("announcements of the last day that failed for good"), most=0),
        Measure("overdue", _("subscribers whose regular mail is overdue"), most=0),
        Measure("put_off", _("periodic work put off beyond its time"), most=0),
    ],
    every=timedelta(minutes=10),
)
def told() -> Measurement:
    """Compare subscribers with the journal, and count what was not announced."""
    moment = now()
    with examining() as examiner:
        known = [Action.SUBSCRIPTION_CONFIRM, Action.SUBSCRIPTION_LEAVE]
        gone = examiner.execute(GONE, known).fetchall()
    with connection.cursor() as cursor:
        counted = []
        asked: list[tuple[str, list[Any] | dict[str, Any]]] = [
            (OVERDUE, {"now": moment}),
            (UNTOLD, [moment - WAITING]),
            (FAILED, [NOT_OURS, moment - PERIOD]),
            (PUT_OFF, [moment + timedelta(hours=2)]),
        ]
        for statement, values in asked:
            cursor.execute(statement, values)
            counted.append(int(cursor.fetchone()[0]))
    overdue, untold, failed, put_off = counted
    notes = [f"the subscriber {pk} is gone" for (pk,) in gone]
    return Measurement(
        {
            "gone": len(gone),
            "untold": untold,
            "failed": failed,
            "overdue": overdue,
            "put_off": put_off,
        },
        notes,
    )
