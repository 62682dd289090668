"""A mail server, and guests with addresses to send to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seatrobot.conftest import as_
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import editing
from seatrobot.guests.statuses import Facts, Status
from seatrobot.invitations import addresses, jobs
from seatrobot.invitations.models import Delivery
from seatrobot.invitations.records import DeliveryRecord
from seatrobot.invitations.tests import relay as relays
from seatrobot.kernel import lists
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import Work


@pytest.fixture(autouse=True)
def no_opened_lists():
    lists.clear()
    yield
    lists.clear()


@pytest.fixture
def relay(settings):
    """A mail server that takes everything; the instance sends over it."""
    box = relays.Relay()
    server = relays.start(box)
    url = f"smtp://127.0.0.1:{server.port}"
    settings.CONFIG = replace(
        settings.CONFIG,
        smtp_url=url,
        mail_from="gala@zone.test",
        bounces="lmtp://127.0.0.1:2424/bounces.zone.test",
    )
    yield box
    server.stop()


@pytest.fixture
def add(alice, dinner):
    """Add a guest: `add("Alma Adams", email="alma@guests.test")`."""

    def add(name, status=Status.OUTSTANDING, **fields):
        first, _, last = name.rpartition(" ")
        record = GuestRecord(first_name=first, last_name=last, **fields)
        with as_(alice):
            facts = Facts().with_status(status)
            return editing.add(actor=alice, event=dinner, record=record, facts=facts)

    return add


@pytest.fixture
def queue(alice, dinner):
    """Queue a message without a template to an address."""

    def queue(address="alma@guests.test", **fields):
        said = {"kind": Delivery.Kind.TOLD, "party_id": new_id(), **fields}
        with as_(alice):
            return Delivery.objects.create(
                organization_id=alice.organization_id,
                event=dinner,
                next_at=now(),
                created_at=now(),
                address_index=addresses.address_index(alice.organization_id, address),
                domain_index=addresses.domain_index(alice.organization_id, address),
                sealed=DeliveryRecord(address, subject="Gala", body="Hello\n.\nthere\n"),
                **said,
            )

    return queue


@pytest.fixture
def send(alice):
    """Run the job that empties the outbox of Alice's organization."""

    def send():
        jobs.send(Work(jobs.SEND, alice.organization_id, None))

    return send


@pytest.fixture
def states(alice):
    """Return the states of all deliveries, in their order."""

    def states():
        with as_(alice):
            return list(Delivery.objects.order_by("pk").values_list("state", flat=True))

    return states
