"""Who is not expected comes in all the same: by whom, with what note, within which places."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from seatrobot.checkin import reading, services
from seatrobot.checkin.feature import Action
from seatrobot.conftest import as_
from seatrobot.events.models import Activity
from seatrobot.events.reading import load_activity
from seatrobot.guests.guest_list import open_list
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import Reply, Status
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import NotAllowed

SCRIPT = {"headers": {"accept": "application/json"}}


@pytest.fixture
def url(dinner):
    def url(name):
        return reverse(f"checkin:{name}", args=[dinner.organization_id, dinner.pk])

    return url


@pytest.fixture
def page(client_of, bob, url):
    """Return a function that searches at the door of a member who may let anybody in."""

    def page(text, who=bob):
        return client_of(who).get(url("search"), {"q": text}).content.decode()

    return page


@pytest.mark.parametrize("status", [Status.DECLINED, Status.WAITLISTED, Status.MOVED])
def test_a_member_with_the_right_lets_them_in_with_a_note(
    client_of, bob, url, page, invite, fresh, alice, status
):
    guest = invite("Alan", "Turing", status, notes="Vegan")
    assert "Let in anyway" in page("turing")
    body = {"guest": guest.pk, f"note_{guest.pk}": "The minister\u200b  asked", "tap": new_id()}
    for _sent_twice in range(2):
        answer = client_of(bob).post(url("admit"), body, **SCRIPT)
        assert answer.status_code == 200, answer.content
    after = fresh(guest)
    assert after.status == Status.ATTENDED
    assert after.facts == guest.facts  # what was answered stays
    with as_(alice):
        first, *notes = after.sealed.notes.splitlines()
    assert first == "Vegan"
    assert len(notes) == 1
    assert notes[0].endswith(": The minister asked")
    with as_(alice):
        entry = Entry.objects.get(action=Action.CHECKIN_GUEST_ADMIT)
        assert entry.subject_id == guest.pk
        assert "minister" not in str(entry.sealed)
    assert "In since" in page("turing")


def test_nobody_is_let_in_without_a_note(client_of, bob, url, invite, fresh):
    guest = invite("Alan", "Turing", Status.DECLINED)
    for note in ("", "  ", "\u200b"):
        answer = client_of(bob).post(url("admit"), {"guest": guest.pk, "note": note}, **SCRIPT)
        assert answer.status_code == 422
    assert fresh(guest).checked_in_at is None


def test_a_door_may_neither_admit_nor_add(client_of, doris, url, page, invite, dinner, fresh):
    guest = invite("Alan", "Turing", Status.DECLINED)
    assert "Let in anyway" not in page("turing", doris)
    assert "not on the list</summary>" not in client_of(doris).get(url("door")).content.decode()
    for name in ("admit", "walk-in"):
        body = {"guest": guest.pk, "note": "Let me", "new_guest": new_id(), "first_name": "X"}
        assert client_of(doris).post(url(name), body, **SCRIPT).status_code == 403
    with as_(doris), pytest.raises(NotAllowed):
        services.admit(
            actor=doris, event_id=dinner.pk, guest_id=guest.pk, note="x", tap=services.DoorRequest()
        )
    assert fresh(guest).checked_in_at is None


@pytest.fixture
def full(alice, dinner, invite):
    """A dinner of one place, which is taken."""
    invite("Ada", "Lovelace")
    with as_(alice):
        Activity.objects.filter(event=dinner, position=0).update(capacity=1)


def test_every_place_is_taken(client_of, bob, url, invite, fresh, alice, full):
    guest = invite("Alan", "Turing", Status.DECLINED)
    admit = {"guest": guest.pk, "note": "Asked"}
    add = {"new_guest": new_id(), "first_name": "Wim", "last_name": "Walk"}
    for name, body in (("admit", admit), ("walk-in", add)):
        answer = client_of(bob).post(url(name), body, **SCRIPT)
        assert answer.status_code == 409
        assert json.loads(answer.content)["wanted"] == 1
    assert fresh(guest).checked_in_at is None
    with as_(alice):
        assert Guest.objects.count() == 2
    for name, body in (("admit", admit), ("walk-in", add)):
        answer = client_of(bob).post(url(name), body | {"overbook": "1"}, **SCRIPT)
        assert answer.status_code == 200, answer.content


def test_somebody_who_is_not_on_the_list_is_added_once_and_in(client_of, bob, url, page, alice):
    assert "not on the list" in client_of(bob).get(url("door")).content.decode()
    body = {"new_guest": new_id(), "first_name": " Wim\u00ad ", "last_name": "Walk", "company": "X"}
    for _sent_twice in range(2):
        answer = client_of(bob).post(url("walk-in"), body | {"tap": body["new_guest"]}, **SCRIPT)
        assert answer.status_code == 200, answer.content
    with as_(alice):
        guest = Guest.objects.get()
        assert (guest.sealed.full_name, guest.reply, guest.status) == (
            "Wim Walk",
            Reply.CONFIRMED,
            Status.ATTENDED,
        )
    assert "In since" in page("walk")


def test_somebody_who_is_on_the_list_already_is_asked_about(client_of, bob, url, invite, alice):
    ada = invite("Ada", "Lovelace")
    body = {"first_name": "LOVELACE", "last_name": "ada"}

    def add(**more):
        return client_of(bob).post(url("walk-in"), body | {"new_guest": new_id()} | more, **SCRIPT)

    answer = add()
    assert answer.status_code == 409
    assert answer.json()["twin"] == str(ada.pk)
    assert "has not come in yet" in answer.json()["detail"]
    client_of(bob).post(url("check-in"), {"guest": ada.pk}, **SCRIPT)
    assert "in since" in add().json()["detail"]
    with as_(alice):
        assert Guest.objects.count() == 1
    assert add(another="1").status_code == 200
    with as_(alice):
        assert Guest.objects.count() == 2


def test_somebody_without_a_name_is_refused(client_of, bob, url, alice):
    for name in ("", " ", "\u200b\u2060"):
        body = {"new_guest": new_id(), "first_name": name}
        assert client_of(bob).post(url("walk-in"), body, **SCRIPT).status_code == 422
    with as_(alice):
        assert not Guest.objects.exists()


def test_without_scripts_the_page_comes_again(client_of, bob, url, invite, fresh):
    guest = invite("Alan", "Turing", Status.DECLINED)
    body = {"guest": guest.pk, f"note_{guest.pk}": "Asked", "q": "turing"}
    answer = client_of(bob).post(url("admit"), body, follow=True)
    assert "Checked in." in answer.content.decode()
    assert fresh(guest).status == Status.ATTENDED


def test_a_whole_party_is_taken_back(client_of, doris, url, invite, fresh):
    one = invite("Ada", "Lovelace")
    other = invite("William", "King", party=one.party_id)
    door = client_of(doris)
    done = door.post(url("check-in-party"), {"party": one.party_id}, **SCRIPT).json()
    assert len(done["guests"]) == 2
    answer = door.post(url("undo"), {"guest": done["guests"]}, **SCRIPT)
    assert set(answer.json()["guests"]) == {str(one.pk), str(other.pk)}
    assert answer.json()["at"] is None
    assert fresh(one).checked_in_at is fresh(other).checked_in_at is None
    assert door.post(url("undo"), {"guest": done["guests"]}, **SCRIPT).status_code == 409
    unknown = {"guest": [str(new_id()), str(new_id())]}
    assert door.post(url("undo"), unknown, **SCRIPT).status_code == 404


def test_every_device_hears_who_came_and_who_was_taken_back(client_of, doris, url, invite):
    ada, alan = invite("Ada", "Lovelace"), invite("Alan", "Turing")
    door = client_of(doris)

    def changes(since):
        return dict(door.get(url("counts"), {"since": since.isoformat()}).json()["changes"])

    start = now()
    assert changes(start) == {}
    door.post(url("check-in"), {"guest": ada.pk}, **SCRIPT)
    door.post(url("check-in"), {"guest": alan.pk}, **SCRIPT)
    assert all(changes(start).values())
    assert changes(start).keys() == {str(ada.pk), str(alan.pk)}
    door.post(url("undo"), {"guest": ada.pk}, **SCRIPT)
    assert changes(start)[str(ada.pk)] is None
    door.post(url("check-in"), {"guest": ada.pk}, **SCRIPT)
    assert changes(start)[str(ada.pk)]
    assert changes(now() + timedelta(minutes=1)) == {}
    assert "changes" not in door.get(url("counts"), {"since": "yesterday"}).json()


def test_two_of_one_name_are_told_apart(page, invite, doris):
    invite("John", "Smith", company="ACME")
    with_whom = invite("JOHN", "SMITH")
    invite("Ann", "Lee", party=with_whom.party_id)
    invite("Ben", "Smith", company="Secret")
    found = page("smith", doris)
    assert "<bdi>ACME</bdi>" in found
    assert "<bdi>with Ann Lee</bdi>" in found
    assert "Secret" not in found


def test_two_of_one_name_are_told_apart_where_rules_and_parties_are_made(
    client_of, alice, dinner, invite
):
    one = invite("John", "Smith", company="ACME", email="john@acme.test")
    other = invite("John", "Smith", title="Dr.")
    third = invite("Ada", "Lovelace", company="Engines")
    where = [dinner.organization_id, dinner.pk]
    rule = client_of(alice).get(reverse("seating:new-rule", args=[*where, "apart"]))
    text = rule.content.decode()
    assert "Smith, John (ACME, john@acme.test)" in text
    assert "Smith, John (Dr.)" in text
    assert "Engines" not in text
    for guest, expected in ((third, ["ACME, john@acme.test", "Dr."]), (one, ["Dr."])):
        url = reverse("guests:guest", args=[*where, guest.pk])
        offered = client_of(alice).get(url, {"with": "smith"}).content.decode()
        part = offered.partition('id="party-found"')[2].partition("</form>")[0]
        assert all(f">{words}</small>" in part for words in expected), part
    with as_(alice):
        guests = open_list(alice, dinner.pk)
        hits = reading.find(guests, "smith").hits
        rows = reading.parties_of(guests, hits, load_activity(alice, dinner.pk))
    assert {guest.id for party in rows for guest in party.guests} == {one.pk, other.pk}
