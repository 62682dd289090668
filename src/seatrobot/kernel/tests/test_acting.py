"""A unit of work begins with its settings in one round trip, and fails as any statement would."""

from __future__ import annotations

import pytest
from django.db import OperationalError, close_old_connections, connection
from psycopg.pq import TransactionStatus

from seatrobot.events.models import Event, EventRecord
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.tenancy.scopes import Scope

SETTINGS = ("organization", "account", "event", "party", "package")
pytestmark = pytest.mark.django_db(transaction=True)


def settings():
    with connection.cursor() as cursor:
        calls = ", ".join(f"current_setting('seatrobot.{name}', true)" for name in SETTINGS)
        cursor.execute(f"SELECT {calls}")
        return dict(zip(SETTINGS, cursor.fetchone(), strict=True))


def state():
    return connection.connection.pgconn.transaction_status


def test_it_begins_a_transaction_with_what_may_be_seen():
    organization, account, event = new_id(), new_id(), new_id()
    with acting(Actor.member(account), organization, scope=Scope(event)):
        assert state() == TransactionStatus.INTRANS
        assert settings() == {
            "organization": str(organization),
            "account": str(account),
            "event": str(event),
            "party": "",
            "package": "",
        }
    assert state() == TransactionStatus.IDLE
    assert not any(settings().values())


def test_nothing_of_it_stays_when_it_fails(alice):
    with pytest.raises(RuntimeError), alice.acting():
        Event.objects.create(
            organization_id=alice.organization_id,
            sealed=EventRecord("Dinner"),
            starts_at="2027-01-01T00:00Z",
            ends_at="2027-01-02T00:00Z",
            created_at="2026-01-01T00:00Z",
        )
        raise RuntimeError
    assert state() == TransactionStatus.IDLE
    with alice.acting():
        assert not Event.objects.exists()


def test_a_connection_that_died_is_an_error_of_the_database_and_the_next_one_works(
    alice, superuser_connection
):
    backend = connection.connection.pgconn.backend_pid
    superuser_connection.execute("SELECT pg_terminate_backend(%s)", [backend])
    with pytest.raises(OperationalError), alice.acting():
        pass
    close_old_connections()
    with alice.acting():
        assert settings()["organization"] == str(alice.organization_id)


@pytest.mark.parametrize("organization", ["', true); DROP TABLE x; --", 1])
def test_nothing_but_an_identifier_reaches_the_statement(organization):
    with pytest.raises(TypeError), acting(Actor.visitor(), organization):
        pass
