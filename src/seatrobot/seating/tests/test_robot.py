"""Seat everyone: what goes in, what comes out, and what it leaves alone."""

from collections import Counter
from datetime import timedelta

import pytest
from django.urls import reverse

from seatrobot.conftest import as_
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import Reply
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import NotAllowed
from seatrobot.kernel.progress.models import SILENCE, Progress
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations.models import Membership
from seatrobot.seating import floor as floors
from seatrobot.seating import jobs, plan
from seatrobot.seating.feature import Action
from seatrobot.seating.models import Proposal, SeatAssignment, Step
from seatrobot.seating.results import Result, Standing
from seatrobot.seating.robot.verify import violations
from seatrobot.seating.services import history, moves, robot, rules
from seatrobot.seating.services import tables as table_services
from seatrobot.seating.services.moves import MustBroken
from seatrobot.seating.services.rules import RuleFacts
from seatrobot.seating.tests.conftest import column, furnish
from seatrobot.seating.tests.demo import everybody_comes

SECONDS = 1.5
Mode = Proposal.Mode


@pytest.fixture
def rule(alice, evening):
    def rule(kind, *guests, **facts):
        with as_(alice):
            facts = RuleFacts(kind, guest_ids=guests, **facts)
            return rules.add_rule(actor=alice, activity=evening, facts=facts)

    return rule


@pytest.fixture
def run(alice, evening):
    def run(mode=None, most_moves=0, seconds=SECONDS):
        with as_(alice):
            return robot.seat_everyone(
                actor=alice, activity=evening, mode=mode, most_moves=most_moves, seconds=seconds
            )

    return run


@pytest.fixture
def result(alice, dinner):
    def result(proposal):
        with as_(alice):
            return Result.of(plan.load(alice, dinner.pk), proposal)

    return result


def test_the_whole_demonstration_is_seated_and_every_must_is_kept(
    alice, dinner, rule, run, evening
):
    people = everybody_comes(alice, dinner)
    tables = furnish(alice, evening, 54, 10)
    rule("mix", column=column(alice, dinner, "Party"))
    rule("mix", column=column(alice, dinner, "State"))
    rule("apart", *people[2:8:2], strength="must")
    rule("at_table", people[20], strength="must", table_ids=(tables[0],))
    proposal = run()
    with as_(alice):
        asked = robot.question(actor=alice, activity=evening)
        seated = {str(g): str(s.table) for g, s in asked.floor.seats.items()}
        assert len(asked.problem.guests) == len(seated) == 537
        assert violations(asked.problem, seated) == []
        assert Step.objects.count() == 1
    assert proposal.outcome == Proposal.Outcome.SEATED
    assert proposal.sealed.quality > 50


def test_parties_sit_side_by_side(alice, evening, guests, run):
    for number in range(6):
        guests(f"A Ash{number}", f"B Ash{number}", party=True)
    furnish(alice, evening, 2, 6)
    run()
    with as_(alice):
        seats = {}
        for place in SeatAssignment.objects.select_related("guest"):
            seats.setdefault(place.guest.party_id, []).append((place.table_id, place.seat))
    for (table_a, a), (table_b, b) in seats.values():
        assert table_a == table_b
        assert (a - b) % 6 in (1, 5)


def test_undo_takes_the_whole_run_back(alice, evening, guests, tables, run):
    guests("A A", "B B", "C C")
    run()
    with as_(alice):
        history.undo(actor=alice, activity=evening)
        assert not SeatAssignment.objects.exists()


def test_a_locked_guest_keeps_the_seat(alice, evening, guests, tables, run):
    everybody = guests("A A", "B B", "C C", "D D", "E E", "F F")
    with as_(alice):
        moves.place(
            actor=alice, activity=evening, guest_id=everybody[3], table_id=tables[1], seat=3
        )
        moves.set_locked(actor=alice, activity=evening, guest_ids=[everybody[3]], locked=True)
    run()
    with as_(alice):
        spots = floors.read(evening).seats
    assert spots[everybody[3]] == (tables[1], 3, True)
    assert len(spots) == 6


def test_who_takes_no_place_gets_no_seat(alice, dinner, guests, tables, run):
    [ann] = guests("Ann Ash")
    guests("Ben Birch", reply=Reply.DECLINED)
    run()
    with as_(alice):
        assert list(SeatAssignment.objects.values_list("guest_id", flat=True)) == [ann]


def test_cells_with_several_values_count_for_each(alice, dinner, evening, guests, tables, rule):
    guests("Ann Ash", board="Finance; Audit ;Finance")
    board = column(alice, dinner, "Board")
    rule("mix", column=board)
    with as_(alice):
        [guest] = robot.question(actor=alice, activity=evening).problem.guests
    assert guest.traits == {board: frozenset({"Finance", "Audit"})}


def test_a_rule_about_somebody_who_is_gone_is_left_out(alice, dinner, guests, tables, rule, run):
    ann, ben = guests("Ann Ash", "Ben Birch")
    rule("together", ann, ben, strength="must")
    with as_(alice):
        Guest.objects.get(pk=ben).delete()
    assert run().outcome == Proposal.Outcome.SEATED


class TestContradictions:
    def test_the_rules_that_contradict_are_named_and_nobody_moves(
        self, alice, evening, guests, tables, rule, run, result
    ):
        ann, ben, cat = guests("Ann Ash", "Ben Birch", "Cat Cedar")
        with as_(alice):
            moves.place(actor=alice, activity=evening, guest_id=cat, table_id=tables[1], seat=2)
        rule("together", ann, ben, strength="must")
        rule("apart", ann, ben, strength="must")
        rule("apart", ann, cat, strength="must")
        proposal = run(Mode.AGAIN)
        assert proposal.outcome == Proposal.Outcome.CONTRADICTION
        assert [cause.text for cause in result(proposal).causes] == [
            "Ann Ash and Ben Birch at one table",
            "Ann Ash and Ben Birch at different tables",
        ]
        with as_(alice):
            assert list(SeatAssignment.objects.values_list("guest_id", "seat")) == [(cat, 2)]

    def test_parties_and_locks_are_named_too(
        self, alice, evening, guests, tables, rule, run, result
    ):
        ann, ben = guests("Ann Ash", "Ben Ash", party=True)
        with as_(alice):
            moves.place(actor=alice, activity=evening, guest_id=ann, table_id=tables[0], seat=0)
            moves.set_locked(actor=alice, activity=evening, guest_ids=[ann], locked=True)
        rule("not_at_table", ben, strength="must", table_ids=(tables[0],))
        assert [cause.text for cause in result(run(Mode.AGAIN)).causes] == [
            "Ben Ash not at Table 1",
            "the party of Ann Ash and Ben Ash",
            "Ann Ash locked at Table 1",
        ]


def test_with_too_few_seats_as_many_sit_as_can_and_the_rest_is_named(guests, tables, run, result):
    guests(*(f"Guest {n}" for n in range(11)))
    found = result(run())
    assert found.summary == "Proposed: 3 guests have no seat."  # the others sit now
    assert [left.why for left in found.waiting] == ["All seats are taken."] * 3


def test_a_wish_that_cannot_be_fulfilled_is_explained_with_names(guests, tables, rule, run, result):
    everybody = guests("Ann Ash", "Ben B", "Cat C", "Dan D", "Eve E")
    rule("together", *everybody, strength="wish")
    [wish] = result(run()).unmet
    assert wish.text == "Ann Ash, Ben B, Cat C and 2 more at one table"
    assert wish.why == "They need 5 seats at one table; the largest that is open to them has 4."


class TestMeanwhile:
    @pytest.fixture
    def ready(self, alice, evening, guests, tables):
        """A proposal that nobody has answered yet."""
        people = guests("Ann Ash", "Ben Birch")
        with as_(alice):
            proposal = robot.request(actor=alice, activity=evening)
            asked = robot.question(actor=alice, activity=evening, proposal=proposal)
            answer = robot.think(asked, 0.5)
            robot.offer(
                actor=alice, activity=evening, proposal=proposal, asked=asked, answer=answer
            )
            assert not SeatAssignment.objects.exists()
        return people, proposal

    def accept(self, alice, evening, ready):
        with as_(alice):
            return robot.accept(actor=alice, activity=evening, proposal_id=ready[1].pk)

    def test_nobody_moves_before_it_is_accepted(self, alice, ready, evening):
        assert len(self.accept(alice, evening, ready).after) == 2
        with pytest.raises(Refused, match="no longer there"):
            self.accept(alice, evening, ready)

    def test_one_that_is_left_moves_nobody_and_is_forgotten(self, alice, ready, evening):
        with as_(alice):
            robot.leave(actor=alice, activity=evening, proposal_id=ready[1].pk)
            assert Proposal.objects.get().sealed.after == []
        with pytest.raises(Refused, match="no longer there"):
            self.accept(alice, evening, ready)

    def test_a_check_in_is_no_reason_to_ask_again(self, alice, ready, evening):
        with as_(alice):
            Guest.objects.filter(pk=ready[0][0]).update(delivery="bounced")
        assert self.accept(alice, evening, ready)

    def test_a_table_changed_nobody_moves(self, alice, evening, ready):
        furnish(alice, evening, 1)
        with pytest.raises(Refused, match="changed since the robot was asked"):
            self.accept(alice, evening, ready)

    def test_a_guest_declined_nobody_moves(self, alice, ready, evening):
        with as_(alice):
            Guest.objects.filter(pk=ready[0][0]).update(reply=Reply.DECLINED)
        with pytest.raises(Refused, match="changed since the robot was asked"):
            self.accept(alice, evening, ready)
        with as_(alice):
            assert not SeatAssignment.objects.exists()

    def test_another_member_moved_a_guest_nobody_else_moves(self, alice, evening, ready, tables):
        with as_(alice):
            moves.place(actor=alice, activity=evening, guest_id=ready[0][0], table_id=tables[1])
        with pytest.raises(Refused, match="changed since the robot was asked"):
            self.accept(alice, evening, ready)


class TestThoseWhoSit:
    def seats(self, alice, evening):
        with as_(alice):
            return floors.read(evening).seats

    def test_one_late_guest_moves_nobody(self, alice, dinner, evening, run, result, guests):
        everybody_comes(alice, dinner)
        furnish(alice, evening, 54, 10)
        run(seconds=3)
        before = self.seats(alice, evening)
        [late] = guests("Late Comer")
        proposal = run()
        after = self.seats(alice, evening)
        assert after.keys() == {*before, late}
        assert before.items() <= after.items()
        assert (proposal.mode, proposal.most_moves) == ("rest", 0)

    def test_at_most_so_many_move_and_the_page_says_who(
        self, alice, evening, guests, tables, rule, result
    ):
        people = guests("A A", "B B", "C C", "D D")
        with as_(alice):
            for number, guest in enumerate(people):
                table = tables[number // 2]
                moves.place(actor=alice, activity=evening, guest_id=guest, table_id=table)
        rule("together", people[0], people[2], strength="must")
        before = self.seats(alice, evening)
        with as_(alice):
            proposal = robot.request(
                actor=alice, activity=evening, mode=Mode.IMPROVE, most_moves=1, seconds=0.5
            )
            asked = robot.question(actor=alice, activity=evening, proposal=proposal)
            answer = robot.think(asked, 0.5)
            robot.offer(
                actor=alice, activity=evening, proposal=proposal, asked=asked, answer=answer
            )
        found = result(proposal)
        [move] = found.moves
        assert (move.source, move.target) in {("Table 1", "Table 2"), ("Table 2", "Table 1")}
        assert found.better == ["A A and C C at one table"]
        assert found.new == found.worse == []
        with as_(alice):
            robot.accept(actor=alice, activity=evening, proposal_id=proposal.pk)
        after = self.seats(alice, evening)
        assert sum(before[guest] != after[guest] for guest in people) == 1

    def test_when_everybody_sits_there_is_no_rest(self, alice, evening, guests, tables, run):
        guests("A A")
        run()
        with pytest.raises(Refused, match="Everybody has a seat"):
            run()


class TestStanding:
    def standing(self, alice, dinner):
        with as_(alice):
            return Standing.of(plan.load(alice, dinner.pk))

    def test_a_must_that_is_broken_by_hand_is_asked_about_and_then_shown(
        self, alice, dinner, evening, guests, tables, rule
    ):
        ann, ben = guests("Ann Ash", "Ben Birch")
        row = rule("together", ann, ben, strength="must")
        with as_(alice):
            place = {"actor": alice, "activity": evening}
            moves.place(**place, guest_id=ann, table_id=tables[0])
            with pytest.raises(MustBroken, match="Ann Ash and Ben Birch at one table") as asked:
                moves.place(**place, guest_id=ben, table_id=tables[1])
            assert asked.value.rules == (row.pk,)
            moves.place(**place, guest_id=ben, table_id=tables[1], despite=True)
            moves.place(**place, guest_id=ben, table_id=tables[1], seat=2)  # broken already
        found = self.standing(alice, dinner)
        assert [must.text for must in found.broken] == ["Ann Ash and Ben Birch at one table"]
        assert found.headline == "1 must is not kept"

    def test_a_must_that_lost_its_table_is_not_kept(
        self, alice, dinner, evening, guests, tables, rule, run
    ):
        [ann] = guests("Ann Ash")
        rule("at_table", ann, strength="must", table_ids=(tables[0],))
        with as_(alice):
            table_services.remove_tables(actor=alice, activity=evening, table_ids=[tables[0]])
        run()
        found = self.standing(alice, dinner)
        assert found.gone == ["Ann Ash at a table that is gone"]
        assert found.headline == "1 must is not kept"

    def test_the_score_is_that_of_the_plan_now(self, alice, dinner, evening, guests, rule, run):
        people = guests("A A", "B B", "C C", "D D")
        tables = furnish(alice, evening, 2, 2)
        rule("together", *people[:2], strength="wish")
        run()
        assert self.standing(alice, dinner).quality == 100
        with as_(alice):
            at = floors.read(evening).seats[people[0]].table
            other = next(table for table in tables if table != at)
            moves.place(actor=alice, activity=evening, guest_id=people[0], table_id=other, seat=0)
        found = self.standing(alice, dinner)
        assert found.quality < 50
        assert [wish.text for wish in found.missed] == ["A A and B B at one table"]


class TestJob:
    def run(self, alice, evening):
        with as_(alice):
            proposal = robot.request(actor=alice, activity=evening, seconds=0.5)
        work = Work("seating.propose", alice.organization_id, alice.account_id)
        jobs.propose(work, proposal_id=str(proposal.pk))
        with as_(alice):
            row = Progress.objects.get(pk=proposal.progress_id)
            return row.state, row.sealed.message

    def test_no_second_run_while_one_goes_on(self, alice, evening, guests, tables):
        guests("Ann Ash", "Ben Birch")
        with as_(alice):
            first = robot.request(actor=alice, activity=evening)
            with pytest.raises(Refused, match="already thinking about this room; wait"):
                robot.request(actor=alice, activity=evening)
            asked = robot.question(actor=alice, activity=evening, proposal=first)
            answer = robot.think(asked, 0.5)
            robot.offer(actor=alice, activity=evening, proposal=first, asked=asked, answer=answer)
            assert robot.request(actor=alice, activity=evening)
            assert Proposal.objects.get(pk=first.pk).outcome == Proposal.Outcome.LEFT

    def test_a_run_whose_process_died_is_shown_as_interrupted_and_holds_up_no_other(
        self, alice, dinner, guests, tables, client_of, evening
    ):
        guests("Ann Ash", "Ben Birch")
        with as_(alice):
            dead = robot.request(actor=alice, activity=evening)
            gone = now() - SILENCE - timedelta(seconds=1)
            Progress.objects.filter(pk=dead.progress_id).update(updated_at=gone)
        url = reverse("seating:result", args=[alice.organization_id, dinner.pk, dead.pk])
        sentence = "This was interrupted; nothing was changed. Start it again."
        browser = client_of(alice)
        answer = browser.get(url, headers={"Accept": "application/json"}).json()
        assert (answer["state"], answer["message"]) == ("failed", sentence)
        for headers in ({"HX-Request": "true"}, {}):
            page = browser.get(url, headers=headers).content.decode()
            assert sentence in page
            assert "hx-trigger" not in page.partition("</main>")[0].partition("<main")[2]
        assert self.run(alice, evening) == ("done", "Proposed: 2 guests get a seat.")

    def test_it_seats_and_says_so(self, alice, evening, guests, tables):
        guests("Ann Ash", "Ben Birch")
        assert self.run(alice, evening) == ("done", "Proposed: 2 guests get a seat.")

    def test_whoever_is_no_longer_a_member_ends_the_run_with_the_reason_at_once(
        self, alice, bob, evening, guests, tables
    ):
        guests("Ann Ash", "Ben Birch")
        with as_(alice):
            proposal = robot.request(actor=alice, activity=evening, seconds=0.5)
            Membership.objects.filter(account_id=bob.account_id).delete()
        work = Work("seating.propose", alice.organization_id, bob.account_id)
        jobs.propose(work, proposal_id=str(proposal.pk))
        with as_(alice):
            shown = Progress.objects.get(pk=proposal.progress_id)
            assert (shown.state, Proposal.objects.get().outcome) == ("failed", "refused")
            assert "may not change the seating any more" in shown.sealed.message
            assert robot.request(actor=alice, activity=evening)

    def test_what_breaks_before_the_robot_thinks_ends_the_run_too(
        self, alice, evening, guests, tables, monkeypatch
    ):
        guests("Ann Ash", "Ben Birch")
        monkeypatch.setattr(robot, "question", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            self.run(alice, evening)
        with as_(alice):
            assert Progress.objects.get().sealed.message.startswith("Something broke")

    def test_a_contradiction_is_a_failure_that_says_so(self, alice, evening, guests, tables, rule):
        ann, ben = guests("Ann Ash", "Ben Birch")
        rule("together", ann, ben, strength="must")
        rule("apart", ann, ben, strength="must")
        assert self.run(alice, evening) == (
            "failed",
            "Not every must can be kept at the same time; nobody was moved.",
        )
        with as_(alice):
            assert Entry.objects.filter(action=Action.SEATING_CONTRADICTION).count() == 1
            assert not Entry.objects.filter(action=Action.SEATING_PROPOSE).exists()


@pytest.mark.parametrize("who", ["vera", "doris"])
def test_who_may_not_change_the_plan_asks_no_robot(who, request, evening, guests, tables):
    member = request.getfixturevalue(who)
    with as_(member), pytest.raises(NotAllowed):
        robot.request(actor=member, activity=evening)


def test_without_tables_or_guests_there_is_nothing_to_do(alice, evening):
    with as_(alice), pytest.raises(Refused, match="no tables yet"):
        robot.request(actor=alice, activity=evening)
    furnish(alice, evening)
    with as_(alice), pytest.raises(Refused, match="Nobody on the guest list"):
        robot.request(actor=alice, activity=evening)


def test_no_table_holds_more_than_its_seats(alice, evening, guests, run):
    guests(*(f"Guest {n}" for n in range(13)))
    furnish(alice, evening, 2, 5)
    furnish(alice, evening, 1, 3)
    run()
    with as_(alice):
        at = Counter(SeatAssignment.objects.values_list("table__seats", "table_id"))
    assert sum(at.values()) == 13
