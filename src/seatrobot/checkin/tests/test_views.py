"""Each page of the door: works, whose it is, a role that may only read, bad input."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from seatrobot.checkin.feature import Action
from seatrobot.conftest import as_
from seatrobot.events.models import Activity, ActivityRecord, Event, EventRecord
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import Status
from seatrobot.kernel.clock import now
from seatrobot.kernel.feature import Action as KernelAction
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.journal.shown import holds

PAGES = ["door", "search", "counts"]
TAPS = ["check-in", "check-in-party", "undo"]
SCRIPT = {"headers": {"accept": "application/json"}}


@pytest.fixture
def url(dinner):
    """Return a function that gives the address of a page of the door."""

    def url(name, event=dinner):
        return reverse(f"checkin:{name}", args=[event.organization_id, event.pk])

    return url


@pytest.fixture
def door(client_of, doris):
    return client_of(doris)


@pytest.fixture
def other_event(alice):
    with as_(alice):
        event = Event.objects.create(
            organization_id=alice.organization_id,
            sealed=EventRecord("Other"),
            starts_at=datetime(2027, 2, 1, tzinfo=UTC),
            ends_at=datetime(2027, 2, 2, tzinfo=UTC),
            created_at=now(),
        )
        Activity.objects.create(
            organization_id=alice.organization_id, event=event, sealed=ActivityRecord()
        )
    return event


def tap(guest):
    return {"guest": guest.pk, "party": guest.party_id}


def test_three_letters_show_name_party_seat_and_status(door, url, ada, seat, invite):
    seat(ada)
    invite("William", "King", Status.HELD, party=ada.party_id)

    page = door.get(url("search"), {"q": "ada"}).content.decode()

    for text in ("Countess Ada Lovelace", "Sponsors, seat 5", "Confirmed", "William King", "Held"):
        assert text in page
    assert "Party of 2" in page
    assert "Check in all 2" in page


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "ad"}])
def test_fewer_letters_show_nobody(door, url, ada, name, query):
    answer = door.get(url(name), query)
    assert answer.status_code == 200
    assert "Lovelace" not in answer.content.decode()


@pytest.mark.parametrize("name", ["door", "search"])
def test_nothing_else_of_a_guest_is_told(door, url, ada, seat, name):
    seat(ada)
    page = door.get(url(name), {"q": "ada"}).content.decode()

    assert "Lovelace" in page
    for secret in (
        "analytical",
        "+44",
        "1815",
        "Engines",
        "bees",
        "mathematician",
        "poetry",
        "exit",
    ):
        assert secret not in page


def test_a_guest_without_a_name_is_not_called_by_the_address(door, url, invite, ada, alice):
    guest = invite("", "", party=ada.party_id, email="secret@analytical.test")
    with as_(alice):
        Guest.objects.filter(pk=guest.pk).update(host=ada)
    page = door.get(url("search"), {"q": "ada"}).content.decode()
    assert "Guest of Ada Lovelace" in page
    assert "secret" not in page


def test_a_tap_answers_with_identifiers_only(door, url, ada):
    answer = door.post(url("check-in"), tap(ada), **SCRIPT)
    assert answer.status_code == 200
    assert answer.json().keys() == {"guests", "at"}
    assert answer.json()["guests"] == [str(ada.pk)]


def test_check_in_and_undo(door, url, ada, fresh):
    door.post(url("check-in"), tap(ada), **SCRIPT)
    assert fresh(ada).status == Status.ATTENDED
    assert door.get(url("counts")).json() == {"expected": 1, "arrived": 1}

    answer = door.post(url("undo"), tap(ada), **SCRIPT)
    assert answer.json() == {"guests": [str(ada.pk)], "at": None}
    assert fresh(ada).status == Status.CONFIRMED
    assert door.get(url("counts")).json() == {"expected": 1, "arrived": 0}


def test_a_party_in_one_tap(door, url, ada, invite):
    other = invite("William", "King", party=ada.party_id)
    answer = door.post(url("check-in-party"), tap(ada), **SCRIPT)
    assert set(answer.json()["guests"]) == {str(ada.pk), str(other.pk)}


def test_the_second_door_is_told_who_and_when(client_of, bob, door, url, ada, fresh):
    client_of(bob).post(url("check-in"), tap(ada), **SCRIPT)
    answer = door.post(url("check-in"), tap(ada), **SCRIPT)

    assert answer.status_code == 409
    assert answer["content-type"] == "application/problem+json"
    problem = json.loads(answer.content)
    time = fresh(ada).checked_in_at.astimezone(ada.event.zone)
    assert problem["detail"].startswith("Bob checked this guest in already")
    assert f"{time:%M}" in problem["detail"]
    assert problem["mine"] is False


@pytest.mark.parametrize(
    "at",
    [
        "9999-12-31T23:59:59-23:59",
        "9999-12-31T23:59:59+00:00",
        "0001-01-01T00:00:00+23:59",
        "0001-01-01T00:00:00Z",
        "2001-01-20T22:59:00Z",
        "2001-01-20T22:59:00",
        "yesterday",
    ],
)
def test_a_time_far_from_the_present_is_dropped(door, url, ada, arrivals_of, at):
    for code in (200, 409):
        assert door.post(url("check-in"), {**tap(ada), "at": at}, **SCRIPT).status_code == code
    (arrival,) = arrivals_of(ada)
    assert arrival.device_at is None


def test_a_tap_that_waited_for_the_network_keeps_its_time(door, url, ada, arrivals_of):
    told = (now() - timedelta(days=2)).astimezone(timezone(timedelta(hours=9)))
    door.post(url("check-in"), {**tap(ada), "at": told.isoformat()}, **SCRIPT)
    (arrival,) = arrivals_of(ada)
    assert arrival.device_at == told


def test_a_tap_of_another_guest_is_refused_with_a_sentence(door, url, ada, invite):
    other = invite("Grace", "Hopper")
    same = {"tap": new_id()}
    door.post(url("check-in"), tap(ada) | same, **SCRIPT)
    answer = door.post(url("check-in"), tap(other) | same, **SCRIPT)
    assert answer.status_code == 409
    assert "tap again" in json.loads(answer.content)["detail"]


def test_a_second_tap_of_the_same_person_is_recognised(door, url, ada):
    door.post(url("check-in"), tap(ada), **SCRIPT)
    problem = json.loads(door.post(url("check-in"), tap(ada), **SCRIPT).content)
    assert problem["mine"] is True


@pytest.mark.parametrize("status", [Status.DECLINED, Status.WAITLISTED, Status.OUTSTANDING])
def test_who_is_not_expected_is_marked_and_has_no_button(door, url, invite, status):
    guest = invite("Alan", "Turing", status)

    page = door.get(url("search"), {"q": "turing"}).content.decode()
    assert str(status.label) in page
    assert "ask the event team" in page
    assert "<button" not in page

    answer = door.post(url("check-in"), tap(guest), **SCRIPT)
    assert answer.status_code == 409
    assert "ask the event team" in json.loads(answer.content)["detail"]


def test_works_without_scripts(door, url, ada, fresh):
    page = door.get(url("door"), {"q": "ada"}).content.decode()
    assert f'name="guest" value="{ada.pk}"' in page
    assert f'action="{url("check-in")}"' in page

    answer = door.post(url("check-in"), {**tap(ada), "q": "ada & co"}, follow=True)
    assert fresh(ada).status == Status.ATTENDED
    assert answer.redirect_chain == [(f"{url('door')}?q=ada+%26+co", 302)]
    assert "Checked in." in answer.content.decode()

    again = door.post(url("check-in"), tap(ada), follow=True)
    assert "You checked this guest in already" in again.content.decode()


@pytest.mark.parametrize("name", TAPS)
def test_nothing_changes_on_get(door, url, name):
    assert door.get(url(name)).status_code == 405


@pytest.mark.parametrize("name", TAPS)
def test_nothing_changes_without_the_csrf_token(doris, client_of, url, ada, name, fresh):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client_of(doris).cookies
    assert strict.post(url(name), tap(ada), **SCRIPT).status_code == 403
    assert fresh(ada).checked_in_at is None


@pytest.mark.parametrize("name", TAPS)
@pytest.mark.parametrize("value", ["", "1", "0" * 32, "' OR 1=1 --", "\0", "ﷺ" * 5000, None])
def test_bad_identifiers_are_not_found(door, url, name, value):
    data = {} if value is None else {"guest": value, "party": value}
    assert door.post(url(name), data, **SCRIPT).status_code == 404


@pytest.mark.parametrize("name", TAPS)
def test_unknown_identifiers_are_not_found(door, url, name):
    data = {"guest": new_id(), "party": new_id()}
    answer = door.post(url(name), data, **SCRIPT)
    assert answer.status_code == 404
    assert json.loads(answer.content)["detail"]


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x>', "{{ 7|add:7 }}", "\0\0\0abc"]
)
def test_hostile_text_stays_text(door, url, invite, text):
    invite(text, "Hostile")
    for name in ("door", "search"):
        for query in ("hostile", text):
            page = door.get(url(name), {"q": query}).content.decode()
            assert "<script>alert" not in page
            assert "<img" not in page
            assert "14 Hostile" not in page


def test_names_do_not_turn_the_line_around_them(door, url, invite):
    invite("\u202eevil", "Reversed")
    page = door.get(url("search"), {"q": "reversed"}).content.decode()
    assert "<bdi>\u202eevil Reversed</bdi>" in page


@pytest.mark.parametrize("name", PAGES + TAPS)
def test_another_organization_sees_nothing(charlie, client_of, url, ada, name, fresh):
    client = client_of(charlie)
    answer = client.post(url(name), tap(ada)) if name in TAPS else client.get(url(name))
    assert answer.status_code == 404
    own = reverse(f"checkin:{name}", args=[charlie.organization_id, ada.event_id])
    answer = client.post(own, tap(ada), **SCRIPT) if name in TAPS else client.get(own, {"q": "ada"})
    assert answer.status_code in (200, 404)
    assert "Lovelace" not in answer.content.decode()
    assert fresh(ada).checked_in_at is None


@pytest.mark.parametrize("name", PAGES + TAPS)
def test_a_viewer_may_not(vera, client_of, url, ada, name, fresh):
    client = client_of(vera)
    answer = client.post(url(name), tap(ada)) if name in TAPS else client.get(url(name))
    assert answer.status_code == 403
    assert fresh(ada).checked_in_at is None


@pytest.mark.parametrize("name", PAGES + TAPS)
def test_a_door_has_one_event(door, url, other_event, ada, name):
    address = url(name, other_event)
    answer = door.post(address, tap(ada)) if name in TAPS else door.get(address)
    assert answer.status_code == 404


@pytest.mark.parametrize("name", PAGES)
def test_the_activity_of_another_event_has_no_door_here(
    client_of, bob, dinner, other_event, alice, name
):
    with as_(alice):
        activity = Activity.objects.get(event=other_event)
    client = client_of(bob)
    for event, code in ((dinner, 404), (other_event, 200)):
        where = [event.organization_id, event.pk, activity.pk]
        address = reverse(f"activity-checkin:{name}", args=where)
        assert client.get(address, {"q": "ada"}).status_code == code


@pytest.mark.parametrize("name", TAPS)
def test_a_guest_of_another_event_is_not_found(client_of, bob, url, other_event, ada, name, fresh):
    answer = client_of(bob).post(url(name, other_event), tap(ada), **SCRIPT)
    assert answer.status_code == 404
    assert fresh(ada).checked_in_at is None


@pytest.mark.parametrize("name", PAGES + TAPS)
def test_nobody_is_asked_to_sign_in(client, url, name):
    answer = client.post(url(name)) if name in TAPS else client.get(url(name))
    assert answer.status_code == 302
    assert "sign-in" in unquote(answer["location"])


def test_the_journal_says_that_was_searched_and_not_what(door, url, ada, alice):
    door.get(url("search"), {"q": "ada"})
    door.get(url("door"))
    with as_(alice):
        entry = Entry.objects.get(action=Action.CHECKIN_GUEST_SEARCH)
        assert entry.sealed.facts == {"guests": 1}
        assert holds(entry.sealed.shown, ada.pk)
        assert Entry.objects.filter(action=Action.CHECKIN_DOOR_VIEW).count() == 1


def test_counts_open_nothing(door, url, ada, alice):
    door.get(url("counts"))
    with as_(alice):
        assert not Entry.objects.filter(action=KernelAction.VAULT_OPEN).exists()


def test_search_statements_do_not_grow_with_the_guests(door, url, invite):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            door.get(url("search"), {"q": "smith"})
        return len(captured)

    invite("Smith", "First")
    few = statements()
    for number in range(15):
        invite("Smith", f"Number{number}")
    assert statements() == few
