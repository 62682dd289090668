"""A party of the dinner with its link."""

from __future__ import annotations

from datetime import timedelta

import pytest

from seatrobot.conftest import as_
from seatrobot.events.models import Field, FieldRecord
from seatrobot.guests.models import Guest, Party
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import editing
from seatrobot.guests.statuses import HELD, Facts
from seatrobot.kernel import lists
from seatrobot.replies import links, stamps

NOTHING_SAID = Facts()


@pytest.fixture(autouse=True)
def no_opened_lists():
    lists.clear()
    yield
    lists.clear()


@pytest.fixture
def invite(alice, dinner):
    """Invite a party: `invite("Alma Adams", "Ben Adams", held=1, places=4)`; returns the party."""

    def invite(*names, held=0, facts=NOTHING_SAID, **columns):
        with as_(alice):
            guests = []
            for name in names:
                first, _, last = name.rpartition(" ")
                record = GuestRecord(first_name=first, last_name=last)
                if guests:
                    guests.append(
                        editing.add_plus_one(
                            actor=alice, host=guests[0], record=record, facts=facts
                        )
                    )
                    guests[-1].host_id = None
                    guests[-1].save(update_fields=["host"])
                else:
                    record.email = f"{first.lower()}@guest.example"
                    guests.append(
                        editing.add(actor=alice, event=dinner, record=record, facts=facts)
                    )
            for _number in range(held):
                editing.add_plus_one(actor=alice, host=guests[0], record=GuestRecord(), facts=HELD)
            if columns:
                Party.objects.filter(pk=guests[0].party_id).update(**columns)
            return Party.objects.get(pk=guests[0].party_id)

    return invite


@pytest.fixture
def link(alice):
    """Issue a link for a party; returns its path."""

    def link(party):
        with as_(alice):
            url = links.issue(actor=alice, party_id=party.pk)
        return url.removeprefix(url.partition("/i/")[0])

    return link


@pytest.fixture
def guests_of(alice):
    def guests_of(party):
        with as_(alice):
            return list(Guest.objects.filter(party=party).order_by("created_at", "pk"))

    return guests_of


@pytest.fixture
def slowly(monkeypatch):
    """Whoever answers takes a minute for each step."""
    monkeypatch.setattr(stamps, "FASTEST", dict.fromkeys(stamps.FASTEST, timedelta(0)))


@pytest.fixture
def field(alice, dinner):
    """Make a column of the dinner's list."""

    def field(label, position=0, **options):
        with as_(alice):
            return Field.objects.create(
                organization_id=alice.organization_id,
                event=dinner,
                position=position,
                sealed=FieldRecord({"": label}),
                **options,
            )

    return field
