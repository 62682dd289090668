"""Which changes of state are announced, and as what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.kernel.promises import reading
from seatrobot.kernel.promises.declaring import PROMISES
from seatrobot.kernel.promises.models import Change
from seatrobot.kernel.promises.status import PromiseStatus
from seatrobot.practices import addresses
from seatrobot.practices.changes import Kind, kind_of_change
from seatrobot.practices.page import text


@dataclass(frozen=True, slots=True)
class News:
    """One change as it is announced. numbers: the measurements in words."""

    id: UUID
    kind: Kind
    promise: str
    section: str
    sentence: str
    before: str
    state: str
    reason: str
    at: datetime
    link: str
    numbers: Sequence[str]


def news_of(change_ids: Iterable[UUID]) -> list[News]:
    """Return the news in some changes, broken promises first, in the order of the page."""
    changes = Change.objects.filter(pk__in=set(change_ids), promise__in=list(PROMISES))
    found = [(kind, change) for change in changes if (kind := kind_of_change(change))]
    statuses = {row.promise.id: row for row in reading.statuses()} if found else {}
    order, page = list(Kind), list(PROMISES)
    found.sort(key=lambda each: (order.index(each[0]), page.index(each[1].promise)))
    return [_news(kind, change, statuses[change.promise]) for kind, change in found]


def headline(kind: Kind) -> str:
    words = {
        Kind.BROKEN: _("Broken"),
        Kind.UNPROVEN: _("Unproven"),
        Kind.KEPT_AGAIN: _("Kept again"),
    }
    return words[kind]


def title(news: Sequence[News]) -> str:
    """Return one line: the change itself, or how many there are of each kind."""
    if len(news) == 1:
        return f"{headline(news[0].kind)}: {news[0].sentence}"
    count = Counter(each.kind for each in news)
    broken, unproven, again = (count[kind] for kind in Kind)
    parts = [
        (broken, ngettext("%d promise broken", "%d promises broken", broken)),
        (unproven, ngettext("%d unproven", "%d unproven", unproven)),
        (again, ngettext("%d kept again", "%d kept again", again)),
    ]
    return ", ".join(words % number for number, words in parts if number)


def _news(kind: Kind, change: Change, standing: PromiseStatus) -> News:
    still = standing.state == change.state
    return News(
        id=change.pk,
        kind=kind,
        promise=change.promise,
        section=standing.promise.section,
        sentence=str(standing.promise.sentence),
        before=change.before,
        state=change.state,
        reason=change.reason,
        at=change.at,
        link=addresses.of_promise(change.promise),
        numbers=_numbers(standing) if still else (),
    )


def _numbers(standing: PromiseStatus) -> list[str]:
    return [
        text.with_limit(measure, standing.measurements[measure.name])
        for measure in standing.promise.measures
        if measure.name in standing.measurements
    ]
