import pytest

from seatrobot.checkin import services
from seatrobot.checkin.errors import AlreadyIn, NoPlace, NotIn, UnknownGuest
from seatrobot.checkin.feature import Action
from seatrobot.conftest import as_
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import TAKES_PLACE, Status
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import NotAllowed


def test_a_guest_is_in_and_the_journal_knows(doris, dinner, ada, alice, fresh):
    with as_(doris):
        at = services.check_in(actor=doris, event_id=dinner.pk, guest_id=ada.pk)

    guest = fresh(ada)
    assert (guest.status, guest.status_before) == (Status.ATTENDED, Status.CONFIRMED)
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
        at = services.check_in(actor=doris, event_id=dinner.pk, guest_id=ada.pk)
    with as_(bob), pytest.raises(AlreadyIn) as refusal:
        services.check_in(actor=bob, event_id=dinner.pk, guest_id=ada.pk)

    assert (refusal.value.at, refusal.value.by) == (at, doris.account_id)
    assert fresh(ada).checked_in_by == doris.account_id


@pytest.mark.parametrize("status", sorted(set(Status) - TAKES_PLACE))
def test_who_takes_no_place_does_not_come_in(doris, dinner, invite, fresh, status):
    guest = invite("Uninvited", "Guest", status)

    with as_(doris), pytest.raises(NoPlace) as refusal:
        services.check_in(actor=doris, event_id=dinner.pk, guest_id=guest.pk)

    assert refusal.value.status == status
    assert fresh(guest).status == status


@pytest.mark.parametrize("status", sorted(TAKES_PLACE))
def test_undo_restores_the_status_from_before(doris, dinner, invite, fresh, status):
    guest = invite("Grace", "Hopper", status)

    with as_(doris):
        services.check_in(actor=doris, event_id=dinner.pk, guest_id=guest.pk)
        services.undo(actor=doris, event_id=dinner.pk, guest_id=guest.pk)

    guest = fresh(guest)
    assert (guest.status, guest.status_before) == (status, "")
    assert (guest.checked_in_at, guest.checked_in_by) == (None, None)


def test_undo_of_a_guest_who_came_with_the_import(doris, dinner, invite, alice, fresh):
    guest = invite("Grace", "Hopper", Status.ATTENDED)
    with as_(alice):
        Guest.objects.filter(pk=guest.pk).update(checked_in_at=now())
    with as_(doris):
        services.undo(actor=doris, event_id=dinner.pk, guest_id=guest.pk)

    assert fresh(guest).status == Status.CONFIRMED


def test_undo_of_what_is_not_there(doris, dinner, ada):
    with as_(doris), pytest.raises(NotIn):
        services.undo(actor=doris, event_id=dinner.pk, guest_id=ada.pk)
    with as_(doris), pytest.raises(UnknownGuest):
        services.undo(actor=doris, event_id=dinner.pk, guest_id=new_id())


def test_a_party_comes_in_at_once_without_those_who_are_not_expected(doris, dinner, invite, fresh):
    first = invite("Pierre", "Curie")
    second = invite("Marie", "Curie", party=first.party_id)
    declined = invite("Irène", "Curie", Status.DECLINED, party=first.party_id)
    stranger = invite("Lise", "Meitner")

    with as_(doris):
        at, guests = services.check_in_party(
            actor=doris, event_id=dinner.pk, party_id=first.party_id
        )

    assert set(guests) == {first.pk, second.pk}
    assert fresh(first).checked_in_at == fresh(second).checked_in_at == at
    assert fresh(declined).status == Status.DECLINED
    assert fresh(stranger).checked_in_at is None


def test_a_party_that_is_in_already_is_refused(doris, bob, dinner, ada):
    with as_(doris):
        services.check_in_party(actor=doris, event_id=dinner.pk, party_id=ada.party_id)
    with as_(bob), pytest.raises(AlreadyIn):
        services.check_in_party(actor=bob, event_id=dinner.pk, party_id=ada.party_id)
    with as_(bob), pytest.raises(UnknownGuest):
        services.check_in_party(actor=bob, event_id=dinner.pk, party_id=new_id())


def test_a_viewer_may_not(vera, dinner, ada, fresh):
    for verb, target in [
        (services.check_in, {"guest_id": ada.pk}),
        (services.check_in_party, {"party_id": ada.party_id}),
        (services.undo, {"guest_id": ada.pk}),
    ]:
        with as_(vera), pytest.raises(NotAllowed):
            verb(actor=vera, event_id=dinner.pk, **target)
    assert fresh(ada).checked_in_at is None


def test_another_organization_finds_nobody(charlie, dinner, ada, fresh):
    with as_(charlie), pytest.raises(UnknownGuest):
        services.check_in(actor=charlie, event_id=dinner.pk, guest_id=ada.pk)
    assert fresh(ada).checked_in_at is None
