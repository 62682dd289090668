"""A few guests of the dinner, and how tests make more."""

from __future__ import annotations

import pytest

from seatrobot.conftest import as_
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import editing
from seatrobot.guests.statuses import Status
from seatrobot.kernel import lists


@pytest.fixture(autouse=True)
def empty_shelf():
    lists.clear()
    yield
    lists.clear()


@pytest.fixture
def add(alice, dinner):
    """Add a guest to the dinner: `add("Alma Adams", tags=["vip"])`."""

    def add(name, status=Status.CONFIRMED, **fields):
        first, _, last = name.rpartition(" ")
        record = GuestRecord(first_name=first, last_name=last, **fields)
        with as_(alice):
            return editing.add(actor=alice, event=dinner, record=record, status=status)

    return add


@pytest.fixture
def address(dinner):
    """Return the address of a page of the dinner's guest list."""
    return lambda page="": f"/o/{dinner.organization_id}/events/{dinner.pk}/guests/{page}"


@pytest.fixture
def as_alice(alice):
    return lambda: as_(alice)
