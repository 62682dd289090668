"""Every URL of seating: who gets in, and what it does."""

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from seatrobot.accounts import assurance
from seatrobot.conftest import as_
from seatrobot.kernel.clock import now
from seatrobot.kernel.feature import Action
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal.models import Entry
from seatrobot.seating import floor as floors
from seatrobot.seating import urls
from seatrobot.seating.exports import DOCUMENTS
from seatrobot.seating.models import Proposal, Rule, SeatAssignment, Table
from seatrobot.seating.services import moves, robot, rules
from seatrobot.seating.services.rules import RuleFacts
from seatrobot.seating.tests.conftest import furnish, invite
from seatrobot.seating.views import changes

AGAIN = {"mode": "again"}
LOOK = {"plan", "list", "state", "values", "setup", "result", "standing", "card", "documents"}
NOWHERE = "\u0378"
"""A code point that no font has a sign for."""
TAKE = {"document"}
FORMS = {"table", "new-rule", "rule", "guest"}
CHANGE = {
    "robot", "place", "unseat", "lock", "clear", "undo", "redo", "arrange",
    "add-tables", "remove-tables", "renumber", "remove-rule", "party", "accept", "leave",
}  # fmt: skip


@pytest.fixture
def room(alice, evening, guests, tables):
    """A party and one more guest at the first table, a rule, and a run of the robot on its way."""
    people = guests("Ann Ash", "Ben Ash", party=True, state="NC") + guests(
        "Cat Cedar", state="=1+1"
    )
    with as_(alice):
        facts = RuleFacts("apart", guest_ids=tuple(people[:2]), strength="wish")
        rule = rules.add_rule(actor=alice, activity=evening, facts=facts)
        for guest in people:
            moves.place(actor=alice, activity=evening, guest_id=guest, table_id=tables[0])
        run = robot.request(actor=alice, activity=evening, mode=Proposal.Mode.AGAIN)
    return {"people": people, "tables": tables, "rule": rule.pk, "proposal": run.pk}


@pytest.fixture
def url(alice, dinner, room):
    def url(view, **parts):
        kwargs = {
            "table": {"table": room["tables"][0]},
            "rule": {"rule": room["rule"]},
            "remove-rule": {"rule": room["rule"]},
            "party": {"party": new_id()},
            "result": {"proposal": room["proposal"]},
            "accept": {"proposal": room["proposal"]},
            "leave": {"proposal": room["proposal"]},
            "guest": {"guest": room["people"][0]},
            "card": {"guest": room["people"][0]},
            "new-rule": {"kind": "together"},
            "document": {"name": "plan.csv"},
        }.get(view, {})
        where = {"organization": alice.organization_id, "event_id": dinner.pk}
        return reverse(f"seating:{view}", kwargs=where | kwargs | parts)

    return url


@pytest.fixture
def post(client_of, url):
    def post(member, name, **body):
        text = json.dumps(body, default=str)
        script = {"Accept": "application/json"}
        return client_of(member).post(url(name), text, "application/json", headers=script)

    return post


def answers(client, url, name):
    method = client.post if name in CHANGE else client.get
    return method(url(name)).status_code


def test_every_url_is_in_one_of_these_lists():
    assert {pattern.name for pattern in urls.urlpatterns} == LOOK | TAKE | FORMS | CHANGE


@pytest.mark.parametrize("name", sorted(LOOK | TAKE | FORMS | CHANGE))
class TestWhoGetsIn:
    def test_another_organization_finds_nothing(self, client_of, charlie, url, name):
        assert answers(client_of(charlie), url, name) == 404

    def test_under_their_own_address_they_find_nothing_either(self, client_of, charlie, url, name):
        other = {"organization": charlie.organization_id}
        assert answers(client_of(charlie), lambda n: url(n, **other), name) == 404

    def test_nobody_gets_in_without_signing_in(self, client, url, name):
        assert answers(client, url, name) == 302

    def test_a_door_sees_nothing_of_it(self, client_of, doris, url, name):
        assert answers(client_of(doris), url, name) == 403

    def test_a_viewer_looks_and_changes_nothing(self, client_of, vera, url, name):
        assert answers(client_of(vera), url, name) == (200 if name in LOOK else 403)

    def test_the_team_gets_in(self, client_of, bob, url, name):
        missing = {"party", "accept", "leave"}  # there is no such party, and no proposal is ready
        assert answers(client_of(bob), url, name) not in (403, 404) or name in missing


@pytest.mark.parametrize("name", sorted(CHANGE))
def test_nothing_changes_by_looking(client_of, alice, url, name):
    assert client_of(alice).get(url(name)).status_code == 405


class TestMoves:
    def test_a_move_answers_with_what_changed(self, alice, room, post):
        ann = room["people"][0]
        response = post(alice, "place", guest=ann, table=room["tables"][1], party="bring")
        assert response.status_code == 200
        assert {p["table"] for p in response.json()["changed"]} <= {str(room["tables"][1])}
        assert response.json()["undo"]

    def test_a_refusal_is_one_problem_with_one_sentence(self, alice, room, post, evening):
        cat = room["people"][2]
        with as_(alice):
            moves.set_locked(actor=alice, activity=evening, guest_ids=[cat], locked=True)
        response = post(alice, "unseat", guests=[cat])
        assert response.status_code == 409
        assert response["Content-Type"] == "application/problem+json"
        assert "Cat Cedar is locked at" in response.json()["detail"]

    def test_a_refusal_leaves_the_names_it_opened_in_the_journal_and_nothing_else(
        self, alice, room, post
    ):
        seating = Entry.objects.filter(action__startswith="seating:")
        with as_(alice):
            before = seating.count()
        post(alice, "place", guest=room["people"][0], table=room["tables"][1])
        with as_(alice):
            last = Entry.objects.order_by("-id").first()
            assert (last.action, last.opened) == (Action.VAULT_OPEN, 2)
            assert seating.count() == before

    def test_a_split_party_is_a_problem_of_its_own_type(self, alice, room, post):
        response = post(alice, "place", guest=room["people"][0], table=room["tables"][1])
        assert response.json()["type"] == "party-split"
        assert response.json()["swaps"] is None

    def test_a_swap_that_splits_a_party_says_with_whom(self, alice, evening, room, post):
        first, mate, other = room["people"][:3]
        with as_(alice):
            elsewhere = room["tables"][1]
            moves.place(actor=alice, activity=evening, guest_id=other, table_id=elsewhere)
            of = SeatAssignment.objects.get
            here, there = of(guest_id=first), of(guest_id=other)
        said = {"table": there.table_id, "seat": there.seat, "expects": other}
        problem = post(alice, "place", guest=first, **said).json()
        assert (problem["type"], problem["swaps"]) == ("party-split", str(other))
        assert problem["guests"] == [str(mate)]
        back = {"table": here.table_id, "seat": here.seat, "expects": first}
        problem = post(alice, "place", guest=other, **back).json()
        assert (problem["swaps"], problem["fits"]) == (str(first), False)

    @pytest.mark.parametrize("body", [{}, {"guest": "x", "table": "y"}])
    def test_nonsense_is_a_problem_too(self, alice, post, body):
        assert post(alice, "place", **body).status_code == 400

    @pytest.mark.parametrize("name", sorted(changes.VERBS))
    @pytest.mark.parametrize("body", [b'{"version":"\xff"}', b'{"q":' + b"[" * 200_000, b"\xff"])
    def test_a_body_that_no_json_reader_takes_is_a_problem_too(
        self, alice, client_of, url, name, body
    ):
        response = client_of(alice).post(
            url(name), body, "application/json", headers={"Accept": "application/json"}
        )
        assert response.status_code == 400
        assert response.json()["detail"]

    def test_guests_and_tables_of_another_event_are_not_found(
        self, alice, room, post, other_event, elsewhere
    ):
        [stranger] = invite(alice, other_event, "Sue Strange")
        [other_table] = furnish(alice, elsewhere, 1)
        ann, table = room["people"][0], room["tables"][0]
        assert post(alice, "place", guest=stranger, table=table).status_code == 404
        assert post(alice, "place", guest=ann, table=other_table).status_code == 404
        moved = [{"table": str(other_table), "x": 1, "y": 1}]
        assert post(alice, "arrange", tables=moved).status_code == 404


class TestState:
    def test_it_is_sent_once_until_something_changes(self, client_of, alice, evening, room, url):
        client = client_of(alice)
        first = client.get(url("state"))
        again = client.get(url("state"), headers={"If-None-Match": first["ETag"]})
        assert first["Cache-Control"] == again["Cache-Control"] == "no-store"
        assert (first.status_code, again.status_code) == (200, 304)
        furnish(alice, evening, 1)
        after = client.get(url("state"), headers={"If-None-Match": first["ETag"]})
        assert len(after.json()["tables"]) == 3

    def test_looking_again_leaves_no_entry_in_the_journal(self, client_of, alice, room, url):
        client = client_of(alice)
        tag = client.get(url("state"))["ETag"]
        with as_(alice):
            before = Entry.objects.count()
        client.get(url("state"), headers={"If-None-Match": tag})
        with as_(alice):
            assert Entry.objects.count() == before

    def test_statements_do_not_grow_with_the_guests(
        self, client_of, alice, dinner, room, url, django_assert_max_num_queries
    ):
        invite(alice, dinner, *(f"Guest {n}" for n in range(40)))
        client = client_of(alice)
        with django_assert_max_num_queries(24):
            assert client.get(url("plan")).status_code == 200


class TestSetup:
    def test_tables_and_rules_are_added_by_forms(self, client_of, alice, dinner, room, url):
        client = client_of(alice)
        client.post(url("add-tables"), {"count": 3, "shape": "head", "seats": 6})
        guests = [str(guest) for guest in room["people"][:2]]
        client.post(url("new-rule"), {"guests": guests, "strength": "10", "note": "Ann asked"})
        with as_(alice):
            assert Table.objects.filter(shape="head", seats=6).count() == 3
            assert Rule.objects.get(kind="together").weight == 10

    def test_a_table_too_small_says_so_at_the_field(self, client_of, alice, room, url):
        page = client_of(alice).get(url("table")).content.decode()
        seen = re.search(r'name="seen" value="([^"]+)"', page)[1]
        form = {"shape": "round", "seats": 1, "seen": seen}
        response = client_of(alice).post(url("table"), form)
        assert response.status_code == 422
        assert "3 people sit at Table 1; with 1 seats 2 of them" in response.content.decode()

    def test_an_occupied_table_is_removed_only_when_that_is_said(self, client_of, alice, room, url):
        full, client = room["tables"][0], client_of(alice)
        response = client.post(url("remove-tables"), {"table": [full]}, follow=True)
        assert "There are people at these tables" in response.content.decode()
        client.post(url("remove-tables"), {"table": [full], "unseat": "1"})
        with as_(alice):
            assert not Table.objects.filter(pk=full).exists()


class TestRobot:
    @pytest.fixture
    def idle(self, alice, room):
        with as_(alice):
            run = Proposal.objects.get(pk=room["proposal"])
            robot.give_up(run, "The run is over.")

    def test_a_second_run_is_refused(self, client_of, alice, room, url):
        client = client_of(alice)
        response = client.post(url("robot"), AGAIN, headers={"Accept": "application/json"})
        assert response.status_code == 409
        assert "The robot is already thinking about this room" in response.json()["detail"]
        page = client.post(url("robot"), AGAIN, follow=True, headers={"Accept": "text/html"})
        assert "The robot is already thinking about this room" in page.content.decode()
        with as_(alice):
            assert Proposal.objects.count() == 1

    def test_the_button_works_without_a_script(self, client_of, alice, idle, url):
        response = client_of(alice).post(
            url("robot"), AGAIN, follow=True, headers={"Accept": "text/html"}
        )
        assert "The robot is thinking" in response.content.decode()

    def test_with_one_it_answers_where_to_watch(self, client_of, alice, dinner, idle, url):
        client = client_of(alice)
        response = client.post(url("robot"), AGAIN, headers={"Accept": "application/json"})
        watched = client.get(response.json()["url"], headers={"Accept": "application/json"})
        assert watched.json()["state"] == "running"
        with as_(alice):
            assert Proposal.objects.count() == 2


class TestDocuments:
    @pytest.mark.parametrize(
        "name",
        [
            "table-cards.pdf",
            "place-cards.pdf",
            "list-by-table.pdf",
            "list-by-name.pdf",
            "kitchen-sheet.pdf",
        ],
    )
    def test_for_the_printer(self, client_of, bob, url, name):
        response = client_of(bob).get(url("document", name=name))
        assert response.content.startswith(b"%PDF")
        assert response["Content-Disposition"].endswith(f'congress-dinner-{name}"')

    def test_as_csv_no_cell_is_a_formula(self, client_of, bob, url):
        text = client_of(bob).get(url("document")).content.decode("utf-8-sig")
        assert "Cedar" in text
        assert "'=1+1" in text

    def test_as_json_everybody_is_at_a_table(self, client_of, alice, bob, evening, url):
        data = client_of(bob).get(url("document", name="plan.json")).json()
        with as_(alice):
            spots = floors.read(evening).seats
        listed = {guest["id"] for table in data["tables"] for guest in table["guests"]}
        assert listed == {str(guest) for guest in spots}

    def test_taking_one_is_written_in_the_journal(self, client_of, alice, bob, url):
        client_of(bob).get(url("document"))
        with as_(alice):
            [entry] = Entry.objects.filter(action="seating:plan:export")
            assert entry.actor_id == bob.account_id
            assert entry.sealed.facts["document"] == "plan.csv"

    def test_each_asks_for_a_fresh_sign_in(self, client_of, bob, url):
        client = client_of(bob)
        session = client.session
        long_ago = now() - assurance.FRESH_FOR - timedelta(minutes=1)
        session[assurance.KEY] = {"methods": ["password"], "at": long_ago.isoformat()}
        session.save()
        for name in DOCUMENTS:
            answer = client.get(url("document", name=name), headers={"Referer": url("documents")})
            assert answer.status_code == 302
            assert answer["Location"].startswith(reverse("accounts:confirm"))
        assert client.get(url("documents")).status_code == 200

    def test_there_is_no_other_document(self, client_of, bob, url):
        assert client_of(bob).get(url("document", name="secrets.pdf")).status_code == 404


def test_names_that_the_fonts_lack_are_named_before_anybody_prints(client_of, alice, url, guests):
    page = client_of(alice).get(url("documents")).content.decode()
    assert "empty boxes" not in page
    guests(f"Dan {NOWHERE}ale", f"Eve {NOWHERE}lm")
    page = client_of(alice).get(url("documents")).content.decode()
    assert "lack signs of 2 names" in page
    assert f"<bdi>Dan {NOWHERE}ale</bdi>" in page


class TestTwoAtOneForm:
    def form(self, client_of, member, url):
        page = client_of(member).get(url).content.decode()
        return re.search(r'name="seen" value="([^"]+)"', page)[1]

    def test_both_changes_of_a_table_are_kept(self, client_of, alice, bob, room, url):
        seen = self.form(client_of, alice, url("table"))
        shown = {"label": "", "shape": "round", "seats": "4", "note": "", "seen": seen}
        assert client_of(bob).post(url("table"), shown | {"label": "Stage"}).status_code == 302
        answer = client_of(alice).post(url("table"), shown | {"note": "By the door"})
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "Stage" in page
        assert "By the door" in page
        with as_(alice):
            assert Table.objects.get(pk=room["tables"][0]).sealed.note == ""

    def test_a_rule_saved_by_somebody_else_is_not_overwritten(
        self, client_of, alice, bob, room, url
    ):
        seen = self.form(client_of, alice, url("rule"))
        shown = {"guests": [str(guest) for guest in room["people"][:2]], "seen": seen}
        shown |= {"strength": "3", "note": ""}
        assert client_of(bob).post(url("rule"), shown | {"note": "Bob"}).status_code == 302
        answer = client_of(alice).post(url("rule"), shown | {"note": "Alice"})
        assert answer.status_code == 422
        assert "Somebody else changed this rule meanwhile" in answer.content.decode()
        with as_(alice):
            assert Rule.objects.get(pk=room["rule"]).sealed.note == "Bob"

    def test_a_form_sent_twice_adds_tables_and_rules_once(self, client_of, alice, room, url):
        browser, made = client_of(alice), str(new_id())
        tables = {"count": "2", "shape": "round", "seats": "4", "first_id": made}
        rule = {"guests": [str(g) for g in room["people"][:2]], "strength": "must", "note": ""}
        rule["rule_id"] = str(new_id())
        for _turn in range(2):
            assert browser.post(url("add-tables"), tables).status_code == 302
            assert browser.post(url("new-rule"), rule).status_code == 302
        with as_(alice):
            assert Table.objects.count() == 4
            assert Rule.objects.count() == 2
