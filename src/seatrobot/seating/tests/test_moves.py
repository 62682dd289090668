"""Seating by hand."""

import pytest

from seatrobot.conftest import as_
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import Reply
from seatrobot.kernel.principals import NotAllowed
from seatrobot.kernel.refusal import Refused
from seatrobot.seating import floor as floors
from seatrobot.seating.floor import NotInRoom
from seatrobot.seating.models import Room
from seatrobot.seating.services import history, moves
from seatrobot.seating.services.moves import Party, PartySplit
from seatrobot.seating.tests.conftest import furnish, invite


@pytest.fixture
def seat(alice, evening):
    """Seat a guest as Alice."""

    def seat(guest, table, number=None, **options):
        with as_(alice):
            return moves.place(
                actor=alice,
                activity=evening,
                guest_id=guest,
                table_id=table,
                seat=number,
                **options,
            )

    return seat


@pytest.fixture
def spots(alice, evening):
    def spots():
        with as_(alice):
            floor = floors.read(evening)
            numbers = {pk: table.number for pk, table in floor.tables.items()}
            return {g: (numbers[s.table], s.number, s.locked) for g, s in floor.seats.items()}

    return spots


def test_a_guest_sits_where_they_are_put(guests, tables, seat, spots):
    [ann] = guests("Ann Ash")
    seat(ann, tables[1], 2)
    assert spots() == {ann: (2, 2, False)}


def test_without_a_seat_named_the_first_free_one_is_given(guests, tables, seat, spots):
    ann, ben = guests("Ann Ash", "Ben Birch")
    seat(ann, tables[0], 0)
    seat(ben, tables[0])
    assert spots()[ben] == (1, 1, False)


def test_without_a_seat_named_a_guest_sits_next_to_their_party(guests, tables, seat, spots):
    ann, ben = guests("Ann Ash", "Ben Ash", party=True)
    seat(ann, tables[0], 2)
    seat(ben, tables[0])
    assert spots()[ben] == (1, 1, False)


def test_people_change_places_when_the_seat_is_taken(guests, tables, seat, spots):
    ann, ben = guests("Ann Ash", "Ben Birch")
    seat(ann, tables[0], 0)
    seat(ben, tables[1], 3)
    seat(ben, tables[0], 0, expects=ann)
    assert spots() == {ben: (1, 0, False), ann: (2, 3, False)}


def test_who_had_no_seat_takes_it_and_the_other_has_none(guests, tables, seat, spots):
    ann, ben = guests("Ann Ash", "Ben Birch")
    seat(ann, tables[0], 0)
    seat(ben, tables[0], 0)
    assert spots() == {ben: (1, 0, False)}


def test_a_seat_that_somebody_else_was_given_meanwhile_is_refused(guests, tables, seat, spots):
    ann, ben = guests("Ann Ash", "Ben Birch")
    seat(ann, tables[0], 0)
    with pytest.raises(Refused, match="Seat 1 at Table 1 was given to Ann Ash meanwhile"):
        seat(ben, tables[0], 0, expects=None)
    assert spots() == {ann: (1, 0, False)}


def test_a_full_table_is_refused_by_name(guests, tables, seat, spots):
    everybody = guests("A A", "B B", "C C", "D D", "E E")
    for guest in everybody[:4]:
        seat(guest, tables[0])
    with pytest.raises(Refused, match="Table 1 is full: all 4 seats are taken"):
        seat(everybody[4], tables[0])
    assert len(spots()) == 4


def test_a_guest_who_declined_gets_no_seat(guests, tables, seat):
    [ann] = guests("Ann Ash", reply=Reply.DECLINED)
    with pytest.raises(NotInRoom, match="no longer takes a place"):
        seat(ann, tables[0], 0)


def test_the_seat_of_a_guest_who_declines_becomes_free(alice, guests, tables, seat, spots):
    ann, ben = guests("Ann Ash", "Ben Birch")
    seat(ann, tables[0], 0)
    with as_(alice):
        Guest.objects.filter(pk=ann).update(reply=Reply.DECLINED)
    assert spots() == {}
    seat(ben, tables[0], 0, expects=None)
    assert spots() == {ben: (1, 0, False)}


def test_a_locked_guest_neither_moves_nor_makes_room(alice, evening, guests, tables, seat, spots):
    ann, ben = guests("Ann Ash", "Ben Birch")
    seat(ann, tables[0], 0)
    with as_(alice):
        moves.set_locked(actor=alice, activity=evening, guest_ids=[ann], locked=True)
    for attempt in (lambda: seat(ann, tables[1], 0), lambda: seat(ben, tables[0], 0)):
        with pytest.raises(Refused, match="Ann Ash is locked at Table 1"):
            attempt()
    assert spots() == {ann: (1, 0, True)}


def test_clear_leaves_the_locked_guests(alice, evening, guests, tables, seat, spots):
    ann, ben = guests("Ann Ash", "Ben Birch")
    seat(ann, tables[0], 0)
    seat(ben, tables[0], 1)
    with as_(alice):
        moves.set_locked(actor=alice, activity=evening, guest_ids=[ann], locked=True)
        moves.clear(actor=alice, activity=evening)
    assert spots() == {ann: (1, 0, True)}


class TestParties:
    @pytest.fixture
    def ash(self, guests, tables, seat):
        ann, ben = guests("Ann Ash", "Ben Ash", party=True)
        seat(ann, tables[0], 0)
        seat(ben, tables[0], 1)
        return ann, ben

    def test_splitting_one_asks_first(self, ash, tables, seat, spots):
        ann, ben = ash
        with pytest.raises(PartySplit, match="Ann Ash comes with Ben Ash") as asked:
            seat(ann, tables[1], 0)
        assert asked.value.guests == (ben,)
        assert spots()[ann] == (1, 0, False)

    def test_it_comes_along_when_brought(self, ash, tables, seat, spots):
        seat(ash[0], tables[1], 2, party=Party.BRING)
        assert spots() == {ash[0]: (2, 2, False), ash[1]: (2, 1, False)}

    def test_moving_one_alone_is_about_this_once(self, alice, dinner, ash, tables, seat, spots):
        seat(ash[0], tables[1], 2, party=Party.SPLIT)
        assert spots()[ash[1]] == (1, 1, False)
        with as_(alice):
            assert Room.objects.get(event=dinner).split_parties == []
        seat(ash[0], tables[1], 3)  # already apart: not asked again
        seat(ash[0], tables[0], 3)
        with pytest.raises(PartySplit):
            seat(ash[0], tables[1], 3)

    def test_a_swap_that_splits_the_other_party_asks_too(self, ash, guests, tables, seat):
        [cat] = guests("Cat Cedar")
        seat(cat, tables[1], 0)
        with pytest.raises(PartySplit, match="Ann Ash comes with Ben Ash"):
            seat(cat, tables[0], 0)

    def test_that_it_does_not_fit_is_known_before_it_is_offered(self, ash, guests, tables, seat):
        for guest in guests("C C", "D D", "E E"):
            seat(guest, tables[1])
        with pytest.raises(PartySplit, match="has 1 free seat and the party needs 2") as asked:
            seat(ash[0], tables[1])
        assert (asked.value.facts["fits"], asked.value.facts["free"]) == (False, 1)

    def test_a_table_too_small_for_it_is_said(self, ash, guests, tables, seat, spots):
        for guest in guests("C C", "D D", "E E"):
            seat(guest, tables[1])
        with pytest.raises(Refused, match="Table 2 has 1 free seat and the party needs 2"):
            seat(ash[0], tables[1], party=Party.BRING)


class TestHistory:
    def test_undo_and_redo(self, alice, evening, guests, tables, seat, spots):
        [ann] = guests("Ann Ash")
        seat(ann, tables[0], 0)
        seat(ann, tables[1], 3)
        with as_(alice):
            history.undo(actor=alice, activity=evening)
        assert spots() == {ann: (1, 0, False)}
        with as_(alice):
            history.redo(actor=alice, activity=evening)
        assert spots() == {ann: (2, 3, False)}

    def test_nothing_to_undo_is_said(self, alice, evening):
        with as_(alice), pytest.raises(Refused, match="nothing of yours to undo"):
            history.undo(actor=alice, activity=evening)

    def test_a_step_is_skipped_for_good_when_another_moved_the_person_since(
        self, alice, bob, evening, guests, tables, seat, spots
    ):
        [ann] = guests("Ann Ash")
        seat(ann, tables[0], 0)
        with as_(bob):
            moves.place(actor=bob, activity=evening, guest_id=ann, table_id=tables[1], seat=1)
        with as_(alice):
            undone = history.undo(actor=alice, activity=evening)
        assert undone.step is None
        assert "Ann Ash was moved since" in " ".join(undone.skipped)
        assert spots() == {ann: (2, 1, False)}
        with as_(alice), pytest.raises(Refused, match="nothing of yours to undo"):
            history.undo(actor=alice, activity=evening)

    def test_who_has_lost_the_seat_is_not_said_to_have_moved(
        self, alice, bob, evening, guests, tables, seat, spots
    ):
        [ann] = guests("Ann Ash")
        seat(ann, tables[0], 0)
        with as_(bob):
            moves.unseat(actor=bob, activity=evening, guest_ids=[ann])
        with as_(alice):
            undone = history.undo(actor=alice, activity=evening)
        assert "Ann Ash has lost the seat since" in " ".join(undone.skipped)

    def test_a_step_is_skipped_when_the_seat_is_taken(
        self, alice, bob, evening, guests, tables, seat, spots
    ):
        ann, ben = guests("Ann Ash", "Ben Birch")
        seat(ann, tables[0], 0)
        seat(ann, tables[1], 0)
        with as_(bob):
            moves.place(actor=bob, activity=evening, guest_id=ben, table_id=tables[0], seat=0)
        with as_(alice):
            undone = history.undo(actor=alice, activity=evening)
        assert undone.step is None
        assert "Ann Ash had at Table 1 is taken by Ben Birch" in " ".join(undone.skipped)
        assert spots()[ann] == (2, 0, False)

    def test_a_new_move_forgets_what_could_be_redone(self, alice, evening, guests, tables, seat):
        ann, ben = guests("Ann Ash", "Ben Birch")
        seat(ann, tables[0], 0)
        with as_(alice):
            history.undo(actor=alice, activity=evening)
        seat(ben, tables[0], 0)
        with as_(alice), pytest.raises(Refused, match="nothing of yours to redo"):
            history.redo(actor=alice, activity=evening)


class TestWhoMay:
    @pytest.mark.parametrize("who", ["vera", "doris"])
    def test_viewers_and_doors_change_nothing(self, who, request, evening, guests, tables):
        member = request.getfixturevalue(who)
        [ann] = guests("Ann Ash")
        with as_(member), pytest.raises(NotAllowed):
            moves.place(actor=member, activity=evening, guest_id=ann, table_id=tables[0], seat=0)

    def test_another_organization_finds_no_event(self, charlie, evening, guests, tables):
        [ann] = guests("Ann Ash")
        with as_(charlie), pytest.raises(NotInRoom):
            moves.place(actor=charlie, activity=evening, guest_id=ann, table_id=tables[0], seat=0)

    def test_guests_and_tables_of_another_event_are_refused(
        self, alice, other_event, elsewhere, guests, tables, seat
    ):
        [ann] = guests("Ann Ash")
        [stranger] = invite(alice, other_event, "Sue Strange")
        [other_table] = furnish(alice, elsewhere, 1)
        with pytest.raises(NotInRoom):
            seat(ann, other_table, 0)
        with pytest.raises(NotInRoom):
            seat(stranger, tables[0], 0)
