"""`feed.atom`: every change of state, the newest first.

It is right even when nothing notes changes any more: a promise that stands otherwise now than was
noted last is an entry, too. That entry has the identifier that the noted change will have. That a
promise began as unproven is none: nothing has changed by that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _

from seatrobot.kernel.promises.declaring import PROMISES, Promise
from seatrobot.kernel.promises.models import Change
from seatrobot.kernel.promises.standing import Standing, State
from seatrobot.practices import addresses
from seatrobot.practices.formats.facts import Facts
from seatrobot.practices.formats.identifiers import stable_id
from seatrobot.practices.formats.shelf import Edition
from seatrobot.practices.profile import known_profile
from seatrobot.practices.unavailable import or_nothing

PATH = "feed.atom"
MOST = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A promise went from one state into another. before: empty for its first."""

    id: UUID
    promise: Promise
    at: datetime
    before: str
    state: str
    reason: str


def make(edition: Edition) -> bytes:
    """Return the feed."""
    operator = known_profile().name
    feed = Atom1Feed(
        title=_("Security practices of %s: what changed") % operator,
        link=addresses.page(),
        description=_("Every promise that is broken, kept again, or no longer proven."),
        language="en",
        author_name=operator,
        feed_url=addresses.below(PATH),
        feed_guid=f"urn:uuid:{stable_id('feed')}",
    )
    for item in _items(Facts(edition.moment)):
        feed.add_item(**item)
    return feed.writeString("utf-8").encode()


def entries(facts: Facts) -> list[Entry] | None:
    """Return the newest changes; None when they cannot be read."""
    last = or_nothing(_last, None)
    if last is None:
        return None
    unnoted = [_unnoted(row, last.get(row.promise.id), facts) for row in facts.standings]
    noted = or_nothing(_noted, [])
    found = [*(each for each in unnoted if each), *noted]
    return sorted(found, key=lambda each: each.at, reverse=True)[:MOST]


def _items(facts: Facts) -> Iterator[dict[str, Any]]:
    found = entries(facts)
    if found is None:
        yield _silence(facts.moment)
    for each in found or []:
        yield {
            "title": f"{each.promise.id}: {_words(each)}",
            "link": addresses.of_promise(each.promise.id),
            "description": escape(f"{each.promise.sentence} {each.reason}".strip()),
            "unique_id": f"urn:uuid:{each.id}",
            "pubdate": each.at,
            "updateddate": each.at,
            "categories": [each.state],
        }


def _words(each: Entry) -> str:
    now = State(each.state).label
    if not each.before:
        return str(now)
    return _("%(now)s (was %(before)s)") % {"now": now, "before": State(each.before).label}


def _silence(moment: datetime) -> dict[str, Any]:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "title": _("Every promise is unproven"),
        "link": addresses.page(),
        "description": _("The evidence cannot be read just now."),
        "unique_id": f"urn:uuid:{stable_id('silence', day.isoformat())}",
        "pubdate": day,
        "updateddate": day,
        "categories": [State.UNPROVEN.value],
    }


def _last() -> dict[str, Change] | None:
    rows = Change.objects.order_by("promise", "-number").distinct("promise")
    return {row.promise: row for row in rows}


def _noted() -> list[Entry]:
    earlier = Change.objects.filter(promise=OuterRef("promise"), number__lt=OuterRef("number"))
    previous = Subquery(earlier.order_by("-number").values("pk")[:1])
    rows = Change.objects.filter(promise__in=list(PROMISES)).order_by("-number")
    rows = rows.exclude(before="", state=State.UNPROVEN)
    return [
        Entry(
            id=_id(row.promise, row.previous, row.state),
            promise=PROMISES[row.promise],
            at=row.at,
            before=row.before,
            state=row.state,
            reason=row.reason,
        )
        for row in rows.annotate(previous=previous)[:MOST]
    ]


def _unnoted(row: Standing, last: Change | None, facts: Facts) -> Entry | None:
    before = last.state if last else ""
    if before == row.state or (last is None and row.state == State.UNPROVEN):
        return None
    at = _since(row, facts.moment)
    return Entry(
        id=_id(row.promise.id, last.pk if last else None, row.state),
        promise=row.promise,
        at=max(at, last.at) if last else at,
        before=before,
        state=row.state,
        reason=row.reason,
    )


def _since(row: Standing, moment: datetime) -> datetime:
    """Return since when a promise is in its state, as far as its evidence tells."""
    if row.state == State.UNPROVEN and row.until and row.until <= moment:
        return row.until
    if row.at and row.at <= moment:
        return row.at
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _id(promise: str, previous: UUID | None, state: str) -> UUID:
    """Return the same for a change before it is noted and after."""
    return stable_id("change", promise, str(previous or "first"), str(state))
