"""Setting up rules."""

import pytest

from seatrobot.conftest import as_
from seatrobot.guests.models import Guest
from seatrobot.guests.services import bulk
from seatrobot.guests.statuses import Reply
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.principals import NotAllowed
from seatrobot.kernel.refusal import Refused
from seatrobot.seating import plan
from seatrobot.seating.floor import NotInRoom
from seatrobot.seating.forms import RuleForm
from seatrobot.seating.models import Rule, Step
from seatrobot.seating.services import moves, rules
from seatrobot.seating.services.rules import RuleFacts
from seatrobot.seating.tests.conftest import column, furnish, invite


@pytest.fixture
def add(alice, evening):
    def add(kind, *, by=alice, **facts):
        with as_(by):
            return rules.add_rule(actor=by, activity=evening, facts=RuleFacts(kind, **facts))

    return add


@pytest.fixture
def say(alice, dinner):
    def say(rule):
        with as_(alice):
            return plan.load(alice, dinner.pk).words.rule(rule)

    return say


def test_a_rule_is_stored_and_shown_with_names(alice, dinner, add, say, guests, tables):
    ann, ben = guests("Ann Ash", "Ben Birch", state="NC")
    state = column(alice, dinner, "State")
    assert say(add("together", guest_ids=(ann, ben))) == "Ann Ash and Ben Birch at one table"
    assert say(add("apart", guest_ids=(ann, ben))) == "Ann Ash and Ben Birch at different tables"
    assert say(add("at_table", guest_ids=(ann,), table_ids=tuple(tables))) == (
        "Ann Ash at Table 1 or Table 2"
    )
    assert say(add("mix", column=state)) == "Every table a mix by “State”"


def test_mixing_and_nearness_are_always_wishes(alice, dinner, add, guests):
    people = tuple(guests("A A", "B B", state="NC"))
    state = column(alice, dinner, "State")
    assert add("near", strength="must", guest_ids=people).strength == Rule.Strength.WISH
    assert add("mix", strength="must", column=state).strength == Rule.Strength.WISH


@pytest.mark.parametrize(
    ("kind", "facts", "sentence"),
    [
        ("together", {}, "at least two guests"),
        ("at_table", {}, "at least one guest"),
        ("mix", {}, "the column to mix by"),
        ("mix", {"column": "extra:shoe size"}, "no longer there"),
        ("mix", {"column": f"field:{new_id().hex}"}, "no longer there"),
        ("together", {"weight": 0}, "between 1 and 100"),
        ("hover", {}, "what the rule says"),
    ],
)
def test_a_rule_that_says_nothing_is_refused(add, kind, facts, sentence):
    with pytest.raises(Refused, match=sentence):
        add(kind, **facts)


def test_a_rule_about_a_table_names_one(add, guests):
    with pytest.raises(Refused, match="at least one table"):
        add("at_table", guest_ids=tuple(guests("A A")))


def test_guests_and_tables_of_other_events_are_refused(alice, add, other_event, guests, elsewhere):
    own = tuple(guests("Ann Ash"))
    strangers = tuple(invite(alice, other_event, "Sue Strange", "Tom Strange"))
    with pytest.raises(NotInRoom):
        add("together", guest_ids=strangers)
    with pytest.raises(NotInRoom):
        add("at_table", guest_ids=own, table_ids=tuple(furnish(alice, elsewhere, 1)))
    with pytest.raises(NotInRoom):
        add("together", guest_ids=(*own, new_id()))


def test_a_rule_is_changed_and_removed(alice, evening, elsewhere, add, guests):
    ann, ben, cat = guests("A A", "B B", "C C")
    rule = add("together", guest_ids=(ann, ben))
    with as_(alice):
        facts = RuleFacts("together", weight=10, guest_ids=(ann, cat), note="asked by Cat")
        seen = rules.version(rule)
        rules.change_rule(actor=alice, activity=evening, rule_id=rule.pk, facts=facts, seen=seen)
        changed = Rule.objects.get()
        assert (changed.guest_ids, changed.weight) == ([ann, cat], 10)
        assert changed.sealed.note == "asked by Cat"
        with pytest.raises(NotInRoom):
            rules.remove_rule(actor=alice, activity=elsewhere, rule_id=rule.pk)
        rules.remove_rule(actor=alice, activity=evening, rule_id=rule.pk)
        assert not Rule.objects.exists()


def test_only_who_may_change_the_plan_adds_rules(add, vera, charlie, guests):
    people = tuple(guests("A A", "B B"))
    with pytest.raises(NotAllowed):
        add("together", by=vera, guest_ids=people)
    with pytest.raises(NotInRoom):
        add("together", by=charlie, guest_ids=people)


def test_saving_a_rule_keeps_a_guest_who_takes_no_place_now(alice, dinner, add, guests):
    ann, ben, cat = guests("Ann Ash", "Ben Birch", "Cat Cedar")
    rule = add("together", guest_ids=(ann, ben, cat))
    with as_(alice):
        Guest.objects.filter(pk=ben).update(reply=Reply.DECLINED)
        view = plan.load(alice, dinner.pk)
        shown = RuleForm.of(rule, view)
        sent = {name: shown.initial[name] for name in shown.fields}
        form = RuleForm(sent, kind=rule.kind, view=view, rule=rule)
        assert form.is_valid(), form.errors
        assert set(form.facts().guest_ids) == {ann, ben, cat}


def test_a_guest_who_is_removed_is_in_no_rule_and_no_step(
    alice, dinner, evening, add, guests, tables
):
    """A rule that says nothing without them goes, and so does a step that moved nobody else."""
    ann, ben, cem = guests("Ann Ash", "Ben Birch", "Cem Cedar", state="NC")
    others = add("together", guest_ids=(ann, ben, cem)).pk
    seated = add("at_table", guest_ids=(ann, ben), table_ids=tuple(tables)).pk
    for alone in ({"guest_ids": (ann, ben)}, {"guest_ids": (ann, cem), "note": "of Ann"}):
        add("apart", **alone)
    add("at_table", guest_ids=(ann,), table_ids=tuple(tables))
    room = {"actor": alice, "activity": evening}
    for guest, table in ((ann, tables[0]), (ben, tables[1])):
        with as_(alice):
            moves.place(**room, guest_id=guest, table_id=table)
    with as_(alice):
        moves.clear(**room)
    with as_(alice):
        assert str(ann) in str([step.before for step in Step.objects.all()])
        bulk.remove(actor=alice, event=dinner, ids=[ann])
    with as_(alice):
        left = {rule.pk: rule.guest_ids for rule in Rule.objects.all()}
        steps = [(step.before, step.after) for step in Step.objects.order_by("id")]
    assert left == {others: [ben, cem], seated: [ben]}
    assert str(ann) not in str(steps)
    assert [[row[0] for row in after] for _before, after in steps] == [[str(ben)], [str(ben)]]
