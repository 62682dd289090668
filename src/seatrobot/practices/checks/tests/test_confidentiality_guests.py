"""What a stolen link shows, as the examination tries it over HTTP and in the database."""

from __future__ import annotations

import importlib

import pytest

from seatrobot.guests.models import Guest
from seatrobot.kernel.tenancy.operations import EVENT_AND_PARTY, narrowing
from seatrobot.practices.checks.confidentiality import guest_links
from seatrobot.practices.faults.guest_links import FIND
from seatrobot.replies import links, reading, stamps, views
from seatrobot.replies.reading import Invited

pytestmark = pytest.mark.django_db(transaction=True)


def wrong() -> set[str]:
    found = guest_links.guests()
    return {name for name, count in found.values.items() if count and name != "tried"}


def test_a_stolen_link_shows_one_party(web, used):
    found = guest_links.guests()
    assert found.notes == []
    assert found.values["tried"] > 30


def test_a_page_that_answers_when_it_is_looked_at_is_noticed(web, used, monkeypatch):
    was = reading.invited

    def answering(*parts, **more):
        Guest.objects.update(reply="declined")
        return was(*parts, **more)

    monkeypatch.setattr(reading, "invited", answering)
    assert "changed" in wrong()


def test_one_step_and_more_than_one_party_are_noticed(web, used, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(stamps, "is_good", lambda *_: True)
        assert wrong() == {"changed"}
    monkeypatch.setattr(links.Resolved, "scope", property(lambda link: links.Scope(link.event_id)))
    assert "rows" in wrong()
    everybody = lambda party, event, **_more: [  # noqa: E731  as short as the fault
        Invited(row, row.sealed) for row in Guest.objects.filter(event_id=event)
    ]
    monkeypatch.setattr(reading, "invited", everybody)
    assert {"rows", "shown"} <= wrong()


def test_the_fault_changes_the_function_that_there_is():
    migration = importlib.import_module("seatrobot.replies.migrations.0001_initial")
    assert FIND.replace("CREATE OR REPLACE", "CREATE").strip() in migration.FUNCTIONS


def test_what_is_seeded_in_the_database_is_noticed(web, used, superuser_connection, monkeypatch):
    """One walk, for each examination makes its parties anew."""
    revoked, ended = " AND link.revoked_at IS NULL", " AND event.ends_at > moment"
    for part in (revoked, ended):
        superuser_connection.execute(FIND.replace(part, ""))
        try:
            assert wrong() == {"opened"}
        finally:
            superuser_connection.execute(FIND)
    superuser_connection.execute("DROP POLICY guests_guest_scope ON guests_guest")
    try:
        assert "rows" in wrong()
    finally:
        superuser_connection.execute(narrowing("guests_guest", EVENT_AND_PARTY))
    with monkeypatch.context() as patch:
        patch.setattr(links, "token_hash", str.encode)
        assert "readable" in wrong()
    with monkeypatch.context() as patch:
        patch.setattr(views.journal, "record", lambda *_, **__: None)
        assert "unlogged" in wrong()
