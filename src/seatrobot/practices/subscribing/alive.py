"""The regular mail that says that the service is alive, signed: its absence is news, too.

Whoever hears only of changes cannot tell a service that keeps its promises from one that has been
stopped. The statement in the mail is a C2SP note by the journal's key; its lines are explained in
docs/practices-subscribing.md.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from seatrobot.kernel.heads import memory
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal import signing
from seatrobot.kernel.promises import reading
from seatrobot.kernel.promises.models import Change
from seatrobot.kernel.promises.status import PromiseStatus, State
from seatrobot.practices import silence
from seatrobot.practices.changes import is_news
from seatrobot.practices.feature import Action
from seatrobot.practices.subscribing.models import Rhythm, Subscriber
from seatrobot.practices.subscribing.news import News, news_of

FORMAT = "seatrobot-alive/1"
PERIODS = {Rhythm.DAILY: timedelta(days=1), Rhythm.WEEKLY: timedelta(days=7)}
SPARE = timedelta(hours=6)
"""A night's run may begin so much earlier than the last one."""
TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail says. counts: of each state. news: since the last mail, in the reader's sections.

    silence: sentences on what stands still. note: the signed statement. next_by: when the next mail
    must have come.
    """

    counts: dict[State, int]
    news: Sequence[News]
    silence: Sequence[str]
    note: str
    next_by: datetime


def due(moment: datetime) -> list[UUID]:
    """Return the subscribers whose mail is due tonight."""
    rows = Subscriber.objects.exclude(alive=Rhythm.NEVER)
    return [row.pk for row in rows.only("pk", "alive", "alive_at") if is_due(row, moment)]


def is_due(row: Subscriber, moment: datetime) -> bool:
    period = PERIODS.get(Rhythm(row.alive))
    if period is None:
        return False
    return row.alive_at is None or moment - row.alive_at >= period - SPARE


def report_for(row: Subscriber, moment: datetime) -> Report:
    """Return what to tell a subscriber, inside `acting`."""
    since = row.alive_at or row.confirmed_at
    changes = Change.objects.filter(at__gt=since, at__lte=moment).order_by("number")
    news = [
        each
        for each in news_of([change.pk for change in changes if is_news(change)])
        if not row.sections or each.section in row.sections
    ]
    statuses = reading.statuses(moment)
    counts = {state: sum(each.state == state for each in statuses) for state in State}
    still = silence.find(moment, statuses)
    next_by = moment + PERIODS[Rhythm(row.alive)] + timedelta(days=1)
    text = _statement(moment, counts, statuses, still, next_by)
    return Report(counts, news, still, signing.sign_note(text), next_by)


def mailed(row: Subscriber, moment: datetime) -> None:
    """Note that a mail was handed over, inside `acting`."""
    Subscriber.objects.filter(pk=row.pk).update(alive_at=moment)
    journal.record(Action.SUBSCRIPTION_ALIVE, subject_id=row.pk)


def _statement(
    moment: datetime,
    counts: dict[State, int],
    statuses: Sequence[PromiseStatus],
    still: Sequence[str],
    next_by: datetime,
) -> str:
    """Return the lines that are signed, of printable ASCII."""
    last = Change.objects.order_by("-number").values_list("number", flat=True).first()
    kept = memory.read()
    head = f"{kept.size} {base64.b64encode(kept.root).decode()}" if kept else "0"
    lines = [
        FORMAT,
        f"at {moment:{TIME}}",
        f"next {next_by:{TIME}}",
        f"promises {len(statuses)}",
        *(f"{state.value} {count}" for state, count in counts.items()),
        f"changes {last or 0}",
        f"silent {len(still)}",
        f"head {head}",
    ]
    return "".join(f"{line}\n" for line in lines)
