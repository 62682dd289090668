"""The history of a guest names every page and act that showed or changed them."""

from __future__ import annotations

from django.urls import reverse

from seatrobot.conftest import as_
from seatrobot.guests.services import bulk
from seatrobot.kernel.journal.reading import seen_by


def history(member, guest):
    with as_(member):
        entries = seen_by(
            guest.organization_id,
            guest.event_id,
            guest.pk,
            added=guest.created_at,
            before=None,
            size=50,
        )
        return [entry.action for entry in entries]


def test_a_search_at_the_door_is_in_it(client_of, alice, doris, dinner, ada):
    door = reverse("checkin:search", args=[dinner.organization_id, dinner.pk])
    answer = client_of(doris).get(door, {"q": "lovelace"})
    assert "Lovelace" in answer.content.decode()
    assert "checkin:guest:search" in history(alice, ada)


def test_a_reply_noted_for_several_is_in_it(alice, dinner, ada, invite):
    other = invite("Grace", "Hopper")
    with as_(alice):
        bulk.set_reply(actor=alice, event=dinner, ids=[ada.pk, other.pk], reply="declined")
    assert "guest:guest:reply" in history(alice, ada)
