"""`feed.atom`: every change of state, the newest first.

It is correct even when changes are no longer recorded: a promise whose present state differs from
the last recorded one is an entry, too, with the identifier that the recorded change will have. That
a promise began as unproven is no change.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Subquery
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import gettext as _

from seatrobot.kernel.heads.checkpoint import claim_of, text_of
from seatrobot.kernel.promises import reading
from seatrobot.kernel.promises.declaring import PROMISES, Promise
from seatrobot.kernel.promises.models import Change
from seatrobot.kernel.promises.status import PromiseStatus, State
from seatrobot.practices import addresses
from seatrobot.practices.degraded import default_if_unreadable
from seatrobot.practices.formats.editions import Edition
from seatrobot.practices.formats.snapshot import Snapshot, stable_id
from seatrobot.practices.profile import known_profile

PATH = "feed.atom"
MOST = 100
FIRST_HEADS = """
    SELECT asked.at, (
        SELECT note FROM heads_head WHERE heads_head.at >= asked.at ORDER BY number LIMIT 1
    ) AS note
    FROM unnest(%s::timestamptz[]) AS asked(at)
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A change of a promise's state. before: empty for its first."""

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
    for item in _items(Snapshot(edition.moment)):
        feed.add_item(**item)
    return feed.writeString("utf-8").encode()


def entries(snapshot: Snapshot) -> list[Entry] | None:
    """Return the newest changes; None when they cannot be read."""
    last = default_if_unreadable(reading.last_changes, None)
    if last is None:
        return None
    unrecorded = [_unrecorded(row, last.get(row.promise.id), snapshot) for row in snapshot.statuses]
    recorded = default_if_unreadable(_recorded, [])
    found = [*(each for each in unrecorded if each), *recorded]
    return sorted(found, key=lambda each: each.at, reverse=True)[:MOST]


def _items(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    found = entries(snapshot)
    if found is None:
        yield _unreadable(snapshot.moment)
    heads = default_if_unreadable(lambda: _heads(found or []), {})
    for each in found or []:
        yield {
            "title": f"{each.promise.id}: {_words(each)}",
            "link": addresses.of_promise(each.promise.id),
            "description": escape(_description(each, heads.get(each.at, ""))),
            "unique_id": f"urn:uuid:{each.id}",
            "pubdate": each.at,
            "updateddate": each.at,
            "categories": [each.state],
        }


def _description(each: Entry, head: str) -> str:
    said = f"{each.promise.sentence} {each.reason}".strip()
    return f"{said} {_('Head of the journal: %s') % head}" if head else said


def _heads(found: Sequence[Entry]) -> dict[datetime, str]:
    """Return the first head signed at or after each change: size and root of the log of heads."""
    moments = sorted({each.at for each in found})
    with connection.cursor() as cursor:
        cursor.execute(FIRST_HEADS, [moments])
        claims = [(at, claim_of(text_of(note))) for at, note in cursor.fetchall() if note]
    return {at: f"{claim.size} {claim.root.hex()}" for at, claim in claims}


def _words(each: Entry) -> str:
    now = State(each.state).label
    if not each.before:
        return str(now)
    return _("%(now)s (was %(before)s)") % {"now": now, "before": State(each.before).label}


def _unreadable(moment: datetime) -> dict[str, Any]:
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


def _recorded() -> list[Entry]:
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


def _unrecorded(row: PromiseStatus, last: Change | None, snapshot: Snapshot) -> Entry | None:
    before = last.state if last else ""
    if before == row.state or (last is None and row.state == State.UNPROVEN):
        return None
    at = _since(row, snapshot.moment)
    return Entry(
        id=_id(row.promise.id, last.pk if last else None, row.state),
        promise=row.promise,
        at=max(at, last.at) if last else at,
        before=before,
        state=row.state,
        reason=row.reason,
    )


def _since(row: PromiseStatus, moment: datetime) -> datetime:
    """Return since when a promise has its state, as far as its evidence shows."""
    if row.state == State.UNPROVEN and row.until and row.until <= moment:
        return row.until
    if row.at and row.at <= moment:
        return row.at
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _id(promise: str, previous: UUID | None, state: str) -> UUID:
    """Return an identifier that is the same before a change is recorded and after."""
    return stable_id("change", promise, str(previous or "first"), str(state))
