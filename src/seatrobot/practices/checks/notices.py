"""Whether those who asked to be told are told, judged by what the journal says was done.

What waits in tables proves nothing: a row that was deleted, a job that was cancelled, and sections
that somebody else chose leave no trace there. So each change that is news must have the entry of
its announcement, and of each mail about it; and subscriptions must be what their entries say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from django.db import connection
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import first_id
from seatrobot.kernel.promises.declaring import PROMISES, Measure, Measurement, Number, promise
from seatrobot.kernel.promises.models import Change
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.practices import silence
from seatrobot.practices.changes import is_news
from seatrobot.practices.checks import duties
from seatrobot.practices.feature import Action

PERIOD = timedelta(days=1)
WAITING = timedelta(minutes=15)
LONGEST = {"daily": timedelta(days=2), "weekly": timedelta(days=8)}
"""Nobody waits longer than a period and a day for the mail that the service is alive."""
FAILED = """
    SELECT count(*) FROM procrastinate_jobs AS job
    WHERE status = 'failed' AND task_name LIKE 'subscribing.%%' AND task_name <> ALL(%s)
      AND EXISTS (SELECT FROM procrastinate_events WHERE job_id = job.id AND at >= %s)
"""
NOT_OURS = ["subscribing.deliver", "subscribing.send-confirmation"]
"""A webhook that fails is told to its organization; an unconfirmed address is no subscriber."""
PUT_OFF = """
    SELECT count(*) FROM procrastinate_jobs
    WHERE status = 'todo' AND queueing_lock IS NOT NULL AND scheduled_at > %s
"""
SUBSCRIBERS = """
    SELECT id, sections, alive, coalesce(alive_at, confirmed_at) FROM subscribing_subscriber
"""
ENTRIES = """
    SELECT subject_id, id, at, action, sealed FROM journal_entry
    WHERE organization_id IS NULL AND action = ANY(%s) AND id >= %s ORDER BY id
"""
HOOKS = "SELECT id FROM subscribing_hook"
OF_HOOKS = """
    SELECT e.subject_id, e.at, e.action
    FROM organizations_organization o JOIN journal_entry e ON e.organization_id = o.id
    WHERE e.action = ANY(%s) AND e.id >= %s ORDER BY e.id
"""
ADDED, *OVER = (Action.HOOK_ADD, Action.HOOK_REMOVE, Action.HOOK_DISABLE)
STANDING = [Action.SUBSCRIPTION_CONFIRM, Action.SUBSCRIPTION_CHANGE, Action.SUBSCRIPTION_LEAVE]
DONE = [Action.CHANGES_TELL, Action.SUBSCRIPTION_MAIL]


class Asked(NamedTuple):
    """What somebody asked to hear, from a moment on. sections: of which promises; none: of all."""

    at: datetime
    sections: frozenset[str]
    alive: str

    def takes(self, change: Change) -> bool:
        return not self.sections or PROMISES[change.promise].section in self.sections


@dataclass(frozen=True, slots=True)
class Known:
    """What the journal knows. asked: by subscriber, who has not left, the oldest first.

    told: changes that were announced to all, under None, and to each subscriber. alive: when each
    was last mailed that the service is alive.
    """

    asked: Mapping[UUID, Sequence[Asked]]
    told: Mapping[UUID | None, set[UUID]]
    alive: Mapping[UUID, datetime]


@promise(
    "transparency.notices",
    sentence=_("Whoever asked to hear of changes is told of them."),
    measured_by=_(
        "Every confirmed subscription in the journal that was not ended there must still be there,"
        " for the same sections and the same regular mail as were asked for there. Every change of"
        " the last day that is news must be announced within 15 minutes: the journal must have the"
        " announcement of it and, for each subscriber who asked for its section, the mail that was"
        " handed to the mail server, and for each webhook that was added and neither removed nor"
        " switched off after failures, an attempt of a delivery since. Mail that the mail server"
        " has refused for good, work put off beyond its time, and subscribers who wait for the"
        " regular mail that the service is alive, are counted. Mail to administrators of"
        " organizations is not followed further than to the announcement."
    ),
    measures=[
        Measure("gone", _("subscribers and webhooks that somebody took away"), most=0),
        Measure("unasked", _("subscriptions that differ from what was asked for"), most=0),
        Measure("untold", _("changes kept back for more than 15 minutes"), most=0),
        Measure("unmailed", _("mails about changes that subscribers still miss"), most=0),
        Measure("unposted", _("webhooks that missed a change"), most=0),
        Measure("failed", _("announcements of the last day that failed for good"), most=0),
        Measure("overdue", _("subscribers whose regular mail is overdue"), most=0),
        Measure("put_off", _("periodic work put off beyond its time"), most=0),
    ],
    every=timedelta(minutes=10),
)
def told() -> Measurement:
    """Compare subscribers and changes with the journal, and count what was not announced."""
    moment = now()
    with acting(ACTOR), examining() as examiner:
        known = _known(examiner, moment)
        news = _news(moment)
        gone, unposted = _hooks(examiner, news, moment)
    with connection.cursor() as cursor:
        cursor.execute(SUBSCRIBERS)
        rows = {pk: Asked(at, frozenset(what), alive) for pk, what, alive, at in cursor.fetchall()}
        cursor.execute(FAILED, [NOT_OURS, moment - PERIOD])
        failed = int(cursor.fetchone()[0])
        cursor.execute(PUT_OFF, [moment + silence.PUT_OFF])
        put_off = int(cursor.fetchone()[0])
    gone += [pk for pk in known.asked if pk not in rows]
    unasked = [pk for pk, row in rows.items() if not _is_asked(row, known.asked.get(pk))]
    untold = [change.pk for change in news if change.pk not in known.told[None]]
    unmailed = list(_unmailed(news, known))
    overdue = [pk for pk, row in rows.items() if _is_overdue(pk, row, known, moment)]
    notes = [f"the subscriber {pk} is gone" for pk in gone]
    notes += [f"the subscription {pk} is other than the journal has it" for pk in unasked]
    notes += [f"the change {pk} was not announced" for pk in untold]
    notes += [f"the subscriber {pk} was not told of {change}" for pk, change in unmailed]
    notes += [f"the webhook {pk} was not told of {change}" for pk, change in unposted]
    values: dict[str, Number] = {"gone": len(gone), "unasked": len(unasked)}
    values |= {"untold": len(untold), "unmailed": len(unmailed)}
    values |= {"unposted": len({pk for pk, _change in unposted}), "failed": failed}
    return Measurement(values | {"overdue": len(overdue), "put_off": put_off}, notes)


def _known(examiner: psycopg.Connection[Any], moment: datetime) -> Known:
    asked: dict[UUID, list[Asked]] = defaultdict(list)
    for pk, entry, at, action, sealed in examiner.execute(ENTRIES, [STANDING, UUID(int=0)]):
        if action == Action.SUBSCRIPTION_LEAVE:
            asked.pop(pk, None)
            continue
        facts = duties.facts_of(entry, bytes(sealed))
        asked[pk].append(Asked(at, frozenset(facts.get("sections", ())), facts.get("alive", "")))
    told_of: dict[UUID | None, set[UUID]] = defaultdict(set)
    since = first_id(moment - 2 * PERIOD)
    for pk, entry, _at, _action, sealed in examiner.execute(ENTRIES, [DONE, since]):
        changes = duties.facts_of(entry, bytes(sealed)).get("changes", ())
        told_of[pk] |= {UUID(each) for each in changes}
    since = first_id(moment - 2 * max(LONGEST.values()))
    mails = examiner.execute(ENTRIES, [[Action.SUBSCRIPTION_ALIVE], since])
    return Known(asked, told_of, {pk: at for pk, _entry, at, _action, _sealed in mails})


def _news(moment: datetime) -> list[Change]:
    """Return the changes of the last day of which everybody should have been told by now."""
    rows = Change.objects.filter(at__gt=moment - PERIOD, at__lte=moment - WAITING)
    return [each for each in rows.filter(promise__in=list(PROMISES)) if is_news(each)]


def _unmailed(news: Sequence[Change], known: Known) -> Iterator[tuple[UUID, UUID]]:
    """Give each subscriber with each change that they should have been told of and were not."""
    for pk, asked in known.asked.items():
        for change in news:
            before = [each for each in asked if each.at <= change.at][-1:]
            meanwhile = [each for each in asked if change.at < each.at <= change.at + WAITING]
            is_wanted = before and all(each.takes(change) for each in before + meanwhile)
            if is_wanted and change.pk not in known.told[pk]:
                yield pk, change.pk


def _hooks(
    examiner: psycopg.Connection[Any], news: Sequence[Change], moment: datetime
) -> tuple[list[UUID], list[tuple[UUID, UUID]]]:
    """Return webhooks that are gone, and those that heard nothing of a change, with the change."""
    acts: dict[UUID, list[tuple[datetime, str]]] = defaultdict(list)
    for pk, at, action in examiner.execute(OF_HOOKS, [[ADDED, *OVER], UUID(int=0)]):
        acts[pk].append((at, action))
    there = {pk for (pk,) in examiner.execute(HOOKS)}
    removed = {pk for pk, own in acts.items() if own[-1][1] == Action.HOOK_REMOVE}
    since = first_id(moment - 2 * PERIOD)
    done: dict[UUID, datetime] = {
        pk: at for pk, at, _action in examiner.execute(OF_HOOKS, [[Action.HOOK_DELIVER], since])
    }
    unposted = [
        (pk, change.pk)
        for pk, own in acts.items()
        for change in news
        if _is_listening(own, change) and (pk not in done or done[pk] < change.at)
    ]
    return sorted(acts.keys() - there - removed), unposted


def _is_listening(acts: Sequence[tuple[datetime, str]], change: Change) -> bool:
    """Whether a webhook was added before a change, and was on until it should have heard of it."""
    before = [action for at, action in acts if at <= change.at]
    meanwhile = [action for at, action in acts if change.at < at <= change.at + WAITING]
    return before[-1:] == [ADDED] and not meanwhile


def _is_asked(row: Asked, asked: Sequence[Asked] | None) -> bool:
    """Whether a subscription is what was asked for last."""
    last = asked[-1] if asked else None
    return last is not None and (row.sections, row.alive) == (last.sections, last.alive)


def _is_overdue(pk: UUID, row: Asked, known: Known, moment: datetime) -> bool:
    """Whether somebody waits too long, by their row or by the journal."""
    asked = known.asked.get(pk)
    times = [(row.alive, row.at)]
    if asked:
        last = max(asked[-1].at, known.alive.get(pk, asked[-1].at))
        times.append((asked[-1].alive, last))
    return any(how in LONGEST and at < moment - LONGEST[how] for how, at in times)
