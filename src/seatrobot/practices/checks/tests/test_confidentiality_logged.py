"""Every access leaves an entry that nobody changes."""

from __future__ import annotations

import pytest

from seatrobot.kernel.unit_of_work import current
from seatrobot.practices.checks import confidentiality

ONE = "(SELECT id FROM journal_entry LIMIT 1)"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def asked(web):
    """The web server whose pages are read."""


def test_accesses_are_logged_and_the_log_is_whole(used):
    measured = confidentiality.logged()
    found = dict(measured.values)
    assert found.pop("entries") > 3
    assert found.pop("waiting") < 60
    assert found.pop("read") == 22
    assert set(found.values()) == {0}, measured.notes


@pytest.mark.parametrize(
    ("fault", "measure"),
    [
        (
            "DELETE FROM journal_entry WHERE id IN (SELECT id FROM journal_entry LIMIT 1)",
            "missing",
        ),
        ("UPDATE journal_entry SET action = 'event:event:view'", "changed"),
        (
            (
                "CREATE TABLE kept AS SELECT * FROM journal_entry LIMIT 1;"
                " UPDATE kept SET id = gen_random_uuid();"
                " INSERT INTO journal_entry SELECT * FROM kept; DROP TABLE kept"
            ),
            "unproven",
        ),
    ],
)
def test_a_log_that_somebody_changed_is_found(fault, measure, used, superuser_connection):
    superuser_connection.execute(f"SET session_replication_role = replica; {fault}")
    assert confidentiality.logged().values[measure] > 0


def test_an_access_that_leaves_no_entry_is_found(used, monkeypatch):
    confidentiality.logged()
    monkeypatch.setattr("seatrobot.kernel.journal.services.write", lambda access: None)
    found = confidentiality.logged().values
    assert found["unlogged"] > 20
    assert found["unrefused"] == 1


def _forgets(_people):
    """Drop the entries of whatever shows people."""
    current().entries.clear()
    current().opened = 0


@pytest.mark.parametrize(
    ("place", "replacement", "most"),
    [
        pytest.param(
            "seatrobot.web.addresses.client_address", lambda *_: "", 60, id="no address is noted"
        ),
        pytest.param("seatrobot.kernel.journal.services.shown", _forgets, 9, id="some left out"),
    ],
)
def test_an_entry_that_says_too_little_is_found(used, monkeypatch, place, replacement, most):
    confidentiality.logged()
    monkeypatch.setattr(place, replacement)
    assert 0 < confidentiality.logged().values["unlogged"] < most
