"""Pages of a long table: right from any place on, and along one index whatever is estimated."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from seatrobot.accounts.models import SignIn
from seatrobot.conftest import as_
from seatrobot.guests.feature import Action as GuestAction
from seatrobot.kernel import streams
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.models import Entry
from seatrobot.organizations.feature import Action as OrganizationAction
from seatrobot.seating.feature import Action as SeatingAction

DONE = [GuestAction.GUEST_CHANGE, GuestAction.GUEST_VIEW, SeatingAction.SEATING_LOCK]


@pytest.fixture
def entries(alice, bob, dinner) -> list[Entry]:
    """Twelve entries, the oldest first: actions by turns, members and events by halves."""
    for turn in range(12):
        with as_(alice if turn < 6 else bob):
            journal.record(DONE[turn % 3], event_id=dinner.pk if turn % 2 else None)
    with as_(alice):
        return list(Entry.objects.filter(action__in=DONE).order_by("id"))


def found(member, wanted, size=100, **window) -> list[Entry]:
    within, every = streams.Window(**window), Entry.objects.all()
    with as_(member):
        rows = streams.newest(every, member.organization_id, wanted, within, size)
    return [row for row in rows if row.action in DONE]


def test_one_value(alice, entries):
    assert found(alice, {"action": [DONE[0]]}) == entries[9::-3]


def test_several_values_are_merged_newest_first(alice, entries):
    both = [each for each in reversed(entries) if each.action != DONE[2]]
    assert found(alice, {"action": DONE[:2]}) == both
    assert found(alice, {"action": DONE[:2]}, size=3) == both[:3]


def test_every_condition_counts(alice, bob, dinner, entries):
    wanted = {"actor_id": [bob.account_id], "event_id": [dinner.pk], "action": DONE[:2]}
    fit = [each for each in reversed(entries[6:]) if each.event_id and each.action != DONE[2]]
    assert found(alice, wanted) == fit
    assert found(alice, wanted | {"action": []}) == []


@pytest.mark.parametrize("many", [1, 1000])
def test_whichever_leads_finds_the_same(alice, bob, dinner, entries, monkeypatch, many):
    monkeypatch.setattr(streams, "MANY", many)
    wanted = {"event_id": [dinner.pk], "actor_id": [bob.account_id]}
    assert found(alice, wanted) == [each for each in reversed(entries[6:]) if each.event_id]


def test_what_never_meets_is_not_looked_for(alice, bob, entries, monkeypatch):
    """The organization was founded before Bob did anything."""
    asked = []
    page = streams.filtered_page
    monkeypatch.setattr(streams, "filtered_page", lambda *how: asked.append(how[3]) or page(*how))
    wanted = {"actor_id": [bob.account_id], "action": [OrganizationAction.ORGANIZATION_CREATE]}
    assert found(alice, wanted) == []
    assert asked[-1] == streams.NOTHING


def test_it_goes_on_where_it_stopped_and_ends_where_it_should(alice, entries):
    first = found(alice, {}, size=5)
    rest = found(alice, {}, before=first[-1].pk)
    assert first + rest == entries[::-1]
    assert found(alice, {}, since=entries[9].pk) == entries[:8:-1]


@pytest.mark.parametrize(
    ("model", "column", "value", "index"),
    [
        (Entry, "organization_id", None, "journal_by_time"),
        (Entry, "action", GuestAction.GUEST_VIEW, "journal_by_action"),
        (Entry, "actor_id", new_id(), "journal_by_actor"),
        (Entry, "event_id", new_id(), "journal_by_event"),
        (SignIn, "organization_id", None, "sign_in_by_time"),
        (SignIn, "account_id", new_id(), "sign_in_by_member"),
        (SignIn, "outcome", "failure", "sign_in_by_outcome"),
        (SignIn, "device", "bot", "sign_in_by_device"),
    ],
)
def test_each_is_a_range_of_its_index(alice, model, column, value, index):
    """Without sorting and without reading whole tables there is no other plan than this one."""
    wanted = {column: [value]} if value else {}
    with as_(alice), connection.cursor() as cursor, CaptureQueriesContext(connection) as seen:
        every = model.objects.all()
        streams.newest(every, alice.organization_id, wanted, streams.Window(), 50)
        for way in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN {seen[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"Index Scan Backward using {index} " in plan
    along = plan.partition(f"using {index} ")[2]
    assert "ROW(" in along.partition("Index Cond")[2].partition("\n")[0]
    assert "Sort" not in plan
    assert f'"{column}" = ' not in seen[0]["sql"]
