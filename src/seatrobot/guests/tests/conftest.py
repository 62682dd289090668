"""A few guests of the dinner, and how tests make more."""

from __future__ import annotations

import pytest

from seatrobot.conftest import as_
from seatrobot.events.models import Field, FieldRecord
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import bulk, editing
from seatrobot.guests.statuses import Facts, Status
from seatrobot.kernel import lists


@pytest.fixture(autouse=True)
def no_opened_lists():
    lists.clear()
    yield
    lists.clear()


@pytest.fixture
def add(alice, dinner):
    """Add a guest to the dinner: `add("Alma Adams", Status.WAITLISTED, tags=["vip"])`."""

    def add(name, status=Status.CONFIRMED, **fields):
        first, _, last = name.rpartition(" ")
        record = GuestRecord(first_name=first, last_name=last, **fields)
        facts = Facts().with_status(status)
        with as_(alice):
            guest = editing.add(actor=alice, event=dinner, record=record, facts=facts)
            if status is Status.ATTENDED:
                bulk.check_in(actor=alice, event=dinner, ids=[guest.pk])
                guest.refresh_from_db()
            return guest

    return add


@pytest.fixture
def field(alice, dinner):
    """Make a column of the dinner's list: `field("Hotel", type="choice")`."""

    def field(label, position=0, choices=(), **options):
        with as_(alice):
            return Field.objects.create(
                organization_id=alice.organization_id,
                event=dinner,
                position=position,
                sealed=FieldRecord({"": label}, list(choices)),
                **options,
            )

    return field


@pytest.fixture
def address(dinner):
    """Return the address of a page of the dinner's guest list."""
    return lambda page="": f"/o/{dinner.organization_id}/events/{dinner.pk}/guests/{page}"


@pytest.fixture
def as_alice(alice):
    return lambda: as_(alice)
