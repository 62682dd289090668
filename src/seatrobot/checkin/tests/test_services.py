from dataclasses import replace
from datetime import UTC, datetime

import pytest

from seatrobot.checkin import services
from seatrobot.checkin.feature import Action
from seatrobot.checkin.services import (
    AlreadyIn,
    DoorRequest,
    NotCheckedIn,
    NotExpected,
    TryAgain,
    UnknownGuest,
)
from seatrobot.conftest import as_
from seatrobot.events.models import Activity, ActivityRecord, Event, EventRecord
from seatrobot.guests.statuses import TAKES_PLACE, Reply, Status
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import NotAllowed


def test_a_guest_is_in_and_the_journal_knows(doris, dinner, ada, alice, fresh):
    with as_(doris):
        at = services.check_in(
            actor=doris, event_id=dinner.pk, guest_id=ada.pk, tap=DoorRequest()
        ).at

    guest = fresh(ada)
    assert (guest.status, guest.reply) == (Status.ATTENDED, Reply.CONFIRMED)
    assert (guest.checked_in_at, guest.checked_in_by) == (at, doris.account_id)
    with as_(alice):
        entry = Entry.objects.get(action=Action.CHECKIN_GUEST_CHECK_IN)
        assert (entry.actor_id, entry.event_id, entry.subject_id) == (
            doris.account_id,
            dinner.pk,
            ada.pk,
        )


def test_the_second_door_learns_who_was_first_and_when(doris, bob, dinner, ada, fresh):
    with as_(doris):
        at = services.check_in(
            actor=doris, event_id=dinner.pk, guest_id=ada.pk, tap=DoorRequest()
        ).at
    with as_(bob), pytest.raises(AlreadyIn) as refusal:
        services.check_in(actor=bob, event_id=dinner.pk, guest_id=ada.pk, tap=DoorRequest())

    assert (refusal.value.at, refusal.value.by) == (at, doris.account_id)
    assert fresh(ada).checked_in_by == doris.account_id


@pytest.mark.parametrize("status", sorted(set(Status) - TAKES_PLACE))
def test_who_takes_no_place_does_not_come_in(doris, dinner, invite, fresh, status):
    guest = invite("Uninvited", "Guest", status)

    with as_(doris), pytest.raises(NotExpected) as refusal:
        services.check_in(actor=doris, event_id=dinner.pk, guest_id=guest.pk, tap=DoorRequest())

    assert refusal.value.guest_status == status
    assert fresh(guest).status == status


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.HELD])
def test_undo_restores_the_status_from_before(doris, dinner, invite, fresh, status):
    guest = invite("Grace", "Hopper", status)

    with as_(doris):
        services.check_in(actor=doris, event_id=dinner.pk, guest_id=guest.pk, tap=DoorRequest())
        services.undo(actor=doris, event_id=dinner.pk, guest_id=guest.pk)

    guest = fresh(guest)
    assert guest.status == status
    assert (guest.checked_in_at, guest.checked_in_by) == (None, None)


def test_undo_of_a_guest_whom_staff_let_in(doris, dinner, invite, fresh):
    guest = invite("Grace", "Hopper", Status.ATTENDED)
    with as_(doris):
        services.undo(actor=doris, event_id=dinner.pk, guest_id=guest.pk)

    assert fresh(guest).status == Status.OUTSTANDING


def test_an_arrival_says_where_when_and_by_whom(doris, dinner, ada, arrivals_of):
    told = datetime(2027, 1, 20, 22, 59, tzinfo=UTC)
    tap = DoorRequest(door="North", device_at=told)
    with as_(doris):
        at = services.check_in(actor=doris, event_id=dinner.pk, guest_id=ada.pk, tap=tap).at

    (arrival,) = arrivals_of(ada)
    assert (arrival.pk, arrival.direction, arrival.door) == (tap.id, "in", "North")
    assert (arrival.device_at, arrival.at, arrival.by) == (told, at, doris.account_id)
    with as_(doris):
        assert arrival.activity_id == dinner.activities.get().pk


def test_a_tap_sent_twice_is_one_arrival_and_answers_the_same(
    doris, dinner, ada, alice, arrivals_of
):
    tap = DoorRequest()
    with as_(doris):
        first = services.check_in(actor=doris, event_id=dinner.pk, guest_id=ada.pk, tap=tap)
    with as_(doris):
        again = services.check_in(actor=doris, event_id=dinner.pk, guest_id=ada.pk, tap=tap)

    assert again == first
    assert len(arrivals_of(ada)) == 1
    with as_(alice):
        assert Entry.objects.filter(action=Action.CHECKIN_GUEST_CHECK_IN).count() == 1


def test_a_party_tapped_twice_answers_the_same(doris, dinner, ada, invite):
    invite("William", "King", party=ada.party_id)
    tap = DoorRequest()
    results = []
    for _time in range(2):
        with as_(doris):
            results.append(
                services.check_in_party(
                    actor=doris, event_id=dinner.pk, party_id=ada.party_id, tap=tap
                )
            )
    assert set(results[0].guests) == set(results[1].guests)
    assert len(results[0].guests) == 2
    assert results[0].at == results[1].at


def test_a_tap_that_was_taken_back_does_not_let_in_again(doris, dinner, ada, fresh, arrivals_of):
    tap = DoorRequest()
    with as_(doris):
        services.check_in(actor=doris, event_id=dinner.pk, guest_id=ada.pk, tap=tap)
    with as_(doris):
        services.undo(actor=doris, event_id=dinner.pk, guest_id=ada.pk)
    with as_(doris), pytest.raises(NotCheckedIn):
        services.check_in(actor=doris, event_id=dinner.pk, guest_id=ada.pk, tap=tap)

    assert fresh(ada).checked_in_at is None
    (arrival,) = arrivals_of(ada)
    assert arrival.undone_by == doris.account_id
    with as_(doris):
        services.check_in(actor=doris, event_id=dinner.pk, guest_id=ada.pk, tap=DoorRequest())
    assert len(arrivals_of(ada)) == 2


def test_an_arrival_belongs_to_its_activity(doris, dinner, ceremony, ada, fresh):
    with as_(doris):
        at = services.check_in(
            actor=doris, event_id=dinner.pk, guest_id=ada.pk, tap=DoorRequest()
        ).at
    with as_(doris):
        services.check_in(
            actor=doris,
            event_id=dinner.pk,
            guest_id=ada.pk,
            tap=DoorRequest(activity_id=ceremony.pk),
        )
        assert fresh(ada).checked_in_at == at
        services.undo(actor=doris, event_id=dinner.pk, guest_id=ada.pk)
        assert fresh(ada).status == Status.ATTENDED
        services.undo(actor=doris, event_id=dinner.pk, guest_id=ada.pk, activity_id=ceremony.pk)
    assert fresh(ada).status == Status.CONFIRMED


def test_a_tap_counts_at_its_own_activity_only(doris, dinner, ceremony, ada, arrivals_of):
    tap = DoorRequest()
    with as_(doris):
        services.check_in(actor=doris, event_id=dinner.pk, guest_id=ada.pk, tap=tap)
    there = replace(tap, activity_id=ceremony.pk)
    with as_(doris), pytest.raises(TryAgain, match="tap again"):
        services.check_in(actor=doris, event_id=dinner.pk, guest_id=ada.pk, tap=there)

    (arrival,) = arrivals_of(ada)
    assert arrival.activity_id != ceremony.pk


def test_a_party_tapped_at_one_activity_is_not_in_at_another(doris, dinner, ceremony, ada, invite):
    invite("Irène", "Curie", Status.DECLINED, party=ada.party_id)
    tap = DoorRequest()
    there = replace(tap, activity_id=ceremony.pk)
    with as_(doris):
        services.check_in_party(actor=doris, event_id=dinner.pk, party_id=ada.party_id, tap=tap)
    with as_(doris), pytest.raises(TryAgain):
        services.check_in_party(actor=doris, event_id=dinner.pk, party_id=ada.party_id, tap=there)


def test_a_tap_of_another_guest_lets_nobody_in(doris, dinner, ada, invite, fresh):
    other = invite("Grace", "Hopper")
    tap = DoorRequest()
    with as_(doris):
        services.check_in(actor=doris, event_id=dinner.pk, guest_id=ada.pk, tap=tap)
    with as_(doris), pytest.raises(TryAgain):
        services.check_in(actor=doris, event_id=dinner.pk, guest_id=other.pk, tap=tap)
    assert fresh(other).checked_in_at is None


def test_a_tap_at_another_event_tells_nothing_of_a_guest(bob, alice, doris, dinner, ada):
    tap = DoorRequest()
    with as_(doris):
        services.check_in(actor=doris, event_id=dinner.pk, guest_id=ada.pk, tap=tap)
    with as_(alice):
        other = Event.objects.create(
            organization_id=alice.organization_id,
            sealed=EventRecord("Other"),
            starts_at=dinner.starts_at,
            ends_at=dinner.ends_at,
            created_at=now(),
        )
        Activity.objects.create(
            organization_id=alice.organization_id, event=other, sealed=ActivityRecord()
        )
    with as_(bob), pytest.raises(UnknownGuest):
        services.check_in(actor=bob, event_id=other.pk, guest_id=ada.pk, tap=tap)


def test_the_activity_of_another_event_is_not_found(doris, alice, dinner, ada, fresh):
    with as_(alice):
        other = Event.objects.create(
            organization_id=alice.organization_id,
            sealed=EventRecord("Other"),
            starts_at=dinner.starts_at,
            ends_at=dinner.ends_at,
            created_at=now(),
        )
        activity = Activity.objects.create(
            organization_id=alice.organization_id, event=other, sealed=ActivityRecord()
        )
    with as_(doris), pytest.raises(UnknownGuest):
        services.check_in(
            actor=doris,
            event_id=dinner.pk,
            guest_id=ada.pk,
            tap=DoorRequest(activity_id=activity.pk),
        )
    assert fresh(ada).checked_in_at is None


def test_the_second_door_reads_which_door_was_first(doris, bob, dinner, ada):
    with as_(doris):
        services.check_in(
            actor=doris, event_id=dinner.pk, guest_id=ada.pk, tap=DoorRequest(door="North")
        )
    with as_(bob), pytest.raises(AlreadyIn, match="Doris checked this guest in already at North"):
        services.check_in(actor=bob, event_id=dinner.pk, guest_id=ada.pk, tap=DoorRequest())


def test_undo_of_what_is_not_there(doris, dinner, ada):
    with as_(doris), pytest.raises(NotCheckedIn):
        services.undo(actor=doris, event_id=dinner.pk, guest_id=ada.pk)
    with as_(doris), pytest.raises(UnknownGuest):
        services.undo(actor=doris, event_id=dinner.pk, guest_id=new_id())


def test_a_party_comes_in_at_once_without_those_who_are_not_expected(doris, dinner, invite, fresh):
    first = invite("Pierre", "Curie")
    second = invite("Marie", "Curie", party=first.party_id)
    declined = invite("Irène", "Curie", Status.DECLINED, party=first.party_id)
    stranger = invite("Lise", "Meitner")

    with as_(doris):
        done = services.check_in_party(
            actor=doris, event_id=dinner.pk, party_id=first.party_id, tap=DoorRequest()
        )

    assert set(done.guests) == {first.pk, second.pk}
    assert fresh(first).checked_in_at == fresh(second).checked_in_at == done.at
    assert fresh(declined).status == Status.DECLINED
    assert fresh(stranger).checked_in_at is None


def test_a_party_that_is_in_already_is_refused(doris, bob, dinner, ada):
    with as_(doris):
        services.check_in_party(
            actor=doris, event_id=dinner.pk, party_id=ada.party_id, tap=DoorRequest()
        )
    with as_(bob), pytest.raises(AlreadyIn):
        services.check_in_party(
            actor=bob, event_id=dinner.pk, party_id=ada.party_id, tap=DoorRequest()
        )
    with as_(bob), pytest.raises(UnknownGuest):
        services.check_in_party(actor=bob, event_id=dinner.pk, party_id=new_id(), tap=DoorRequest())


def test_a_viewer_may_not(vera, dinner, ada, fresh):
    for verb, target in [
        (services.check_in, {"guest_id": ada.pk, "tap": DoorRequest()}),
        (services.check_in_party, {"party_id": ada.party_id, "tap": DoorRequest()}),
        (services.undo, {"guest_id": ada.pk}),
    ]:
        with as_(vera), pytest.raises(NotAllowed):
            verb(actor=vera, event_id=dinner.pk, **target)
    assert fresh(ada).checked_in_at is None


def test_a_guest_of_another_event_is_not_found(bob, alice, dinner, ada, fresh):
    with as_(alice):
        other = Event.objects.create(
            organization_id=alice.organization_id,
            sealed=EventRecord("Other"),
            starts_at=dinner.starts_at,
            ends_at=dinner.ends_at,
            created_at=now(),
        )
        Activity.objects.create(
            organization_id=alice.organization_id, event=other, sealed=ActivityRecord()
        )
    with as_(bob), pytest.raises(UnknownGuest):
        services.check_in(actor=bob, event_id=other.pk, guest_id=ada.pk, tap=DoorRequest())
    with as_(bob), pytest.raises(UnknownGuest):
        services.undo(actor=bob, event_id=other.pk, guest_id=ada.pk)
    assert fresh(ada).checked_in_at is None


def test_another_organization_finds_nobody(charlie, dinner, ada, fresh):
    with as_(charlie), pytest.raises(UnknownGuest):
        services.check_in(actor=charlie, event_id=dinner.pk, guest_id=ada.pk, tap=DoorRequest())
    assert fresh(ada).checked_in_at is None
