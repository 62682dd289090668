from uuid import UUID

import msgspec
import pytest

from seatrobot.guests.fields import OpenChoice, OpenField
from seatrobot.guests.importing import matching
from seatrobot.guests.importing.comparing import LINES_SHOWN, Comparison
from seatrobot.guests.importing.guessing import guess
from seatrobot.guests.importing.headings import Target
from seatrobot.guests.importing.mapping import Mapping
from seatrobot.guests.importing.reports import (
    Change,
    Create,
    ExistingGuest,
    Kind,
    Outcome,
    Report,
    Update,
)
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import CONFIRMED, Facts, Reply, Status
from seatrobot.normalizing import normalized_name

ALICE, BOB = UUID(int=1), UUID(int=2)
STATE, DIET, NUMBER = UUID(int=71), UUID(int=72), UUID(int=73)
FIELDS = {
    "state": OpenField(STATE, 0, "text", "person", False, {"": "state"}),
    "diet": OpenField(
        DIET, 1, "choice", "person", False, {"": "diet"}, [OpenChoice("v", {"": "Vegan"})]
    ),
    "table no": OpenField(NUMBER, 2, "number", "person", False, {"": "table no"}),
}


def counts_of(**counts):
    return {outcome: counts.get(outcome.value, 0) for outcome in Outcome}


def comparison(text, existing=(), default=Status.OUTSTANDING, answers=(), values=()):
    """Compare a table written as lines with | between cells."""
    head, *lines = text.strip("\n").split("\n")
    headings = head.split("|")
    rows = [(number, line.split("|")) for number, line in enumerate(lines, start=2)]
    guessed = guess(headings, rows, list(FIELDS.values()))
    mapping = Mapping(guessed.columns, dict(values))
    fields = FIELDS | {
        name: OpenField(UUID(int=90 + number), -1, "text", "person", False, {"": name})
        for number, name in enumerate(mapping.new_columns)
    }
    return Comparison(headings, rows, mapping, existing, default, fields, dict(answers))


def operations(table):
    return [verdict.operation for verdict in table.verdicts() if verdict.operation]


def only(report: Report, outcome: Outcome):
    assert report.counts[outcome] == sum(report.counts.values()) == 1
    return report.lines[outcome][0]


def guest(guest_id=ALICE, facts=CONFIRMED, arrived=False, **fields):
    return ExistingGuest(
        guest_id, GuestRecord(**fields), facts, arrived, UUID(int=guest_id.int + 1000)
    )


def test_a_new_row_is_created_with_the_default_status():
    (create,) = operations(comparison("first name|last name\nAlice|Adams"))
    assert create == Create(2, GuestRecord(first_name="Alice", last_name="Adams"), Facts(), "")


def test_a_matching_reference_updates_and_says_what_changes():
    table = comparison(
        "ref|last name|e-mail|phone\nA1|Adams|new@dinner.example|",
        [guest(reference="A1", last_name="Adams", email="old@dinner.example", phone="123")],
    )
    line = only(table.report(), Outcome.UPDATED)
    assert line.changes == [Change("email", "E-mail", "old@dinner.example", "new@dinner.example")]
    (update,) = operations(table)
    assert isinstance(update, Update)
    assert (update.id, update.facts) == (ALICE, None)
    assert update.record.phone == "123"


def test_an_email_matches_in_any_case():
    table = comparison(
        "last name|e-mail\nBaker|ALICE@dinner.example",
        [guest(last_name="Baker", email="alice@dinner.example")],
    )
    line = only(table.report(), Outcome.UPDATED)
    assert [change.field for change in line.changes] == ["email"]


def test_a_status_in_the_file_changes_the_status():
    table = comparison(
        "last name|e-mail|status\nAdams|a@dinner.example|DECLINED",
        [guest(last_name="Adams", email="a@dinner.example")],
    )
    line = only(table.report(), Outcome.UPDATED)
    assert line.changes == [Change("reply", "Reply", "confirmed", "declined")]


def test_tags_are_added_and_never_taken_away():
    table = comparison(
        "last name|e-mail|tags\nAdams|a@dinner.example|VIP; press, VIP",
        [guest(last_name="Adams", email="a@dinner.example", tags=["friend"])],
    )
    (update,) = operations(table)
    assert update.record.tags == ["friend", "VIP", "press"]


def test_empty_cells_erase_nothing():
    record = {"last_name": "Adams", "email": "a@dinner.example", "answers": {STATE: "NC"}}
    table = comparison("last name|e-mail|state\nAdams|a@dinner.example|", [guest(**record)])
    only(table.report(), Outcome.UNCHANGED)


@pytest.mark.parametrize("nothing", ["-", "--", "…", "\N{EN DASH}", "/", "?"])
def test_a_sign_for_nothing_beside_a_real_change_erases_nothing(nothing):
    record = {"last_name": "Adams", "email": "a@dinner.example", "answers": {STATE: "NC"}}
    known = guest(**record, notes="by the door", phone="1", company="Acme", tags=["vip"])
    table = comparison(
        "last name|e-mail|state|phone|notes|company|tags\n"
        + "|".join(["Adams", "a@dinner.example", nothing, "77", *[nothing] * 3]),
        [known],
    )
    (update,) = operations(table)
    before = known.record
    assert update.record == msgspec.structs.replace(before, phone="77")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ref|last name\nA1|Adams\nA1|Baker", "The reference is the same as in row 2."),
        (
            "last name|e-mail\nAdams|a@dinner.example\nADAMS|A@Dinner.example",
            "The name and the e-mail are the same as in row 2.",
        ),
        ("last name|company\nÁdams|Acme\nADAMS|acme", "The name is the same as in row 2."),
        ("first name|last name\nAnna|Lee\nLEE|Anna", "The name is the same as in row 2."),
    ],
)
def test_a_guest_who_stands_twice_in_the_file_is_asked_about(text, sentence):
    report = comparison(text).report()
    assert report.counts == counts_of(created=1, asked=1)
    assert report.asked[0].question.sentence == sentence
    both = comparison(text, answers={"3:row": "new"}).report()
    assert both.counts == counts_of(created=2)
    skipped = comparison(text, answers={"*:row": "skip"}).report()
    assert skipped.counts == counts_of(created=1, left_out=1)


def test_two_rows_that_mean_one_existing_guest():
    existing = [guest(reference="A1", email="a@dinner.example", last_name="Adams")]
    text = "ref|last name|e-mail\nA1|Adams|\n|Adams|a@dinner.example"
    line = comparison(text, existing).report().lines[Outcome.ASKED][0]
    assert line.sentences == ["The name is the same as in row 2."]


def test_an_address_may_belong_to_several_guests():
    """The names differ, so these are two people: both are kept, and somebody is asked to look."""
    existing = [guest(BOB, last_name="Baker", email="office@dinner.example")]
    table = comparison("last name|e-mail\nClark|OFFICE@dinner.example", existing)
    report = table.report()
    assert (report.counts, report.questions) == (counts_of(created=1), {Kind.ADDRESS: 1})
    (line,) = report.asked
    assert "also that of Baker, who is on the list; both are kept" in line.question.sentence
    assert line.question.answer == "new"
    same = {"2:address": f"same:{BOB}"}
    table = comparison("last name|e-mail\nClark|OFFICE@dinner.example", existing, answers=same)
    only(table.report(), Outcome.UPDATED)


def test_two_rows_may_share_an_address():
    report = comparison("last name|e-mail\nAdams|a@dinner.example\nBaker|A@dinner.example").report()
    assert report.counts[Outcome.CREATED] == 2
    assert [line.question.sentence for line in report.asked] == [
        "The e-mail is also that of row 2; both are kept."
    ]


KATE = ("Katherine", "M\u00fcller")
MO = ("Mohammed", "Al-Hassan")
ANA = ("Ana Mar\u00eda", "Garc\u00eda L\u00f3pez")


@pytest.mark.parametrize(
    ("there", "row"),
    [
        (KATE, "Kate|Mueller"),
        (KATE, "Catherine|Muller"),
        (KATE, "M\u00fcller|Kathi"),
        (MO, "Muhammad|Alhassan"),
        (MO, "Mohamed|Al Hasan"),
        (MO, "\u0645\u062d\u0645\u062f|\u0627\u0644\u062d\u0633\u0646"),
        (ANA, "Ana|Garcia"),
        (ANA, "Ana Maria|Lopes Garcia"),
        (ANA, "|Garcia Lopez"),
        (ANA, "A. M.|Garc\u00eda"),
        (("William", "Baker"), "Bill|Baker"),
        (("Jos\u00e9", "Ruiz"), "Pepe|Ruiz"),
        (("Yekaterina", "Orlova"), "Ekaterina|Orlova"),
        (("Philipp", "Kunz"), "Filip|Kunz"),
        (("Usama", "Hussein"), "Osama|Husain"),
        (("Eva", "Schmidt"), "Eva|Kunz"),
        (("Eva", "Schmidt"), "Eva|Schmitd"),
        (("Min", "Lee"), "Min-Ji|Li"),
        (("Jan", "van den Berg"), "J.|Vandenberg"),
    ],
)
def test_a_like_name_under_one_address_is_asked_about_without_a_default(there, row):
    first, last = there
    known = [guest(first_name=first, last_name=last, email="a@dinner.example")]
    head = "first name|last name|e-mail|reply\n"
    for reply in ("yes", "no"):
        text = f"{head}{row}|A@dinner.example|{reply}"
        report = comparison(text, known).report()
        line = only(report, Outcome.ASKED)
        assert (line.question.kind, line.question.answer) == (Kind.ADDRESS, "")
        assert "under a like name" in line.question.sentence
    same = comparison(text, known, answers={"2:address": f"same:{ALICE}"})
    (update,) = operations(same)
    assert update.facts.reply is Reply.DECLINED
    in_file = comparison(f"{head}{first}|{last}|a@dinner.example|yes\n{row}|a@dinner.example|no")
    (line,) = in_file.report().asked
    assert (line.question.kind, line.question.answer) == (Kind.ROW, "")
    assert "the names are alike" in line.question.sentence


@pytest.mark.parametrize(
    ("there", "row"),
    [
        (("Mara", "Testfeld"), "Ole|Testfeld"),
        (("Mara", "Testfeld"), "Max|Kunz"),
        (("Anna", "van Dijk"), "Adam|van Vliet"),
        (("Alma", "Adams"), "Bella|Abzug"),
        (("Mara", "Wert"), "Maria|Kunz"),
        (("", "Baker"), "|Clark"),
        (("William", "Baker"), "Rosa|Baker"),
    ],
)
def test_plainly_different_names_under_one_address_are_kept_both_unless_one_declines(there, row):
    first, last = there
    known = [guest(first_name=first, last_name=last, email="a@dinner.example")]
    head = "first name|last name|e-mail|reply\n"
    report = comparison(f"{head}{row}|a@dinner.example|yes", known).report()
    assert report.counts == counts_of(created=1)
    assert (report.questions, report.usual) == ({Kind.ADDRESS: 1}, {Kind.ADDRESS: 1})
    text = f"{head}{row}|a@dinner.example|no"
    asked = comparison(text, known).report()
    assert "this row says that somebody does not come" in only(asked, Outcome.ASKED).sentences[0]
    answered = comparison(text, known, answers={"2:address": "new"}).report()
    assert (answered.counts, answered.usual) == (counts_of(created=1), {})
    gone = [known[0]._replace(facts=CONFIRMED.with_reply("declined"))]
    assert comparison(text, gone).report().counts == counts_of(created=1)


def test_of_several_like_names_under_one_address_somebody_chooses():
    known = [
        guest(ALICE, first_name="Anna", last_name="Kunz", email="a@dinner.example"),
        guest(BOB, first_name="Anton", last_name="Kunz", email="a@dinner.example"),
    ]
    (line,) = (
        comparison("first name|last name|e-mail\nA.|Kuntz|a@dinner.example", known).report().asked
    )
    values = [option.value for option in line.question.options]
    assert values == ["new", f"same:{ALICE}", f"same:{BOB}", "skip"]


def test_a_row_that_shares_an_address_in_the_file_can_be_left_out():
    text = "last name|e-mail\nAdams|a@dinner.example\nBaker|a@dinner.example"
    report = comparison(text, answers={"3:address": "skip"}).report()
    assert report.counts == counts_of(created=1, left_out=1)


def test_name_and_address_together_are_one_person():
    existing = [
        guest(ALICE, last_name="Adams", email="office@dinner.example"),
        guest(BOB, last_name="Baker", email="office@dinner.example", phone="1"),
    ]
    table = comparison("last name|e-mail|phone\nBAKER|office@dinner.example|2", existing)
    (update,) = operations(table)
    assert (update.id, update.record.phone) == (BOB, "2")
    assert table.report().questions == {}


FAMILY = [
    guest(ALICE, reference="FAM1", first_name="Anna", last_name="Muster"),
    guest(BOB, reference="FAM1", first_name="Bert", last_name="Muster"),
]
SOLO = guest(ALICE, reference="S1", first_name="Carl", last_name="Solo")


@pytest.mark.parametrize(
    ("existing", "rows"),
    [
        (FAMILY, "Dora|Muster|FAM1"),
        ([SOLO], "Zoe|Fremd|S1"),
        (FAMILY[:1], "Dora|Muster|FAM1\nAnna|Muster|FAM1"),
    ],
)
def test_a_reference_of_somebody_with_another_name_is_asked_about(existing, rows):
    text = f"first name|last name|ref\n{rows}"
    report = comparison(text, existing).report()
    (line,) = report.lines[Outcome.ASKED]
    assert (line.row, report.counts[Outcome.UPDATED]) == (2, 0)
    assert "of this reference with" in line.sentences[0]
    in_general = comparison(text, existing, answers={"*:name": "same"}).report()
    assert in_general.counts[Outcome.ASKED] == 1
    added = comparison(text, existing, answers={"2:name": "new"}).report()
    assert added.counts[Outcome.CREATED] == 1
    same = comparison(text, existing, answers={"2:name": f"same:{ALICE}"}).report()
    assert same.counts[Outcome.UPDATED] == 1


def test_who_shares_a_reference_is_found_by_name_as_well():
    text = "first name|last name|ref|phone\nBert|MUSTER|FAM1|1\nAnna|Muster|FAM1|2"
    updates = operations(comparison(text, FAMILY))
    assert [(each.id, each.record.phone) for each in updates] == [(BOB, "1"), (ALICE, "2")]


def test_a_name_may_change_with_its_own_reference():
    (update,) = operations(comparison("first name|last name|ref\nCarla|Solo|S1", [SOLO]))
    assert (update.id, update.record.first_name) == (ALICE, "Carla")


def test_two_references_are_never_one_guest():
    existing = [guest(BOB, reference="B1", last_name="Baker", email="b@dinner.example")]
    table = comparison("ref|last name|e-mail\nC1|Baker|b@dinner.example", existing)
    line = only(table.report(), Outcome.ASKED)
    assert "of this name and e-mail, with another reference" in line.sentences[0]


def test_a_status_word_writes_one_fact_and_no_other():
    arrived_declined = Facts(Reply.DECLINED)
    cases = [
        (Facts(), False, "bounced", {"delivery": "bounced"}),
        (CONFIRMED, False, "declined", {"reply": "declined"}),
        (CONFIRMED, True, "declined", {"reply": "declined"}),
        (Facts(Reply.TENTATIVE), False, "outstanding", {}),
        (arrived_declined, True, "attended", {}),
    ]
    for facts, arrived, word, changed in cases:
        existing = [guest(facts=facts, arrived=arrived, last_name="A", email="a@dinner.example")]
        text = f"last name|e-mail|status\nA|a@dinner.example|{word}"
        made = operations(comparison(text, existing))
        if not changed:
            assert made == [], word
            continue
        (update,) = made
        after, before = update.facts.columns, facts.columns
        assert {name: after[name] for name in after if after[name] != before[name]} == changed
        assert update.arrived is None
        assert update.record is None


def test_attended_is_an_arrival_and_leaves_the_reply():
    existing = [guest(facts=Facts(Reply.DECLINED), last_name="A", email="a@dinner.example")]
    text = "last name|e-mail|status\nA|a@dinner.example|attended"
    (update,) = operations(comparison(text, existing))
    assert update.facts is None
    assert update.arrived is not None


def test_an_import_never_takes_an_arrival_back():
    existing = [guest(arrived=True, last_name="A", email="a@dinner.example")]
    for word in ("confirmed", "attended"):
        text = f"last name|e-mail|status\nA|a@dinner.example|{word}"
        only(comparison(text, existing).report(), Outcome.UNCHANGED)


def test_a_held_place_that_gets_a_name_is_confirmed():
    existing = [guest(facts=Facts(held=True), reference="H1")]
    for status in ("", "held"):
        table = comparison(f"ref|last name|status\nH1|Adams|{status}", existing)
        (update,) = operations(table)
        assert update.facts == CONFIRMED


def test_held_is_for_places_without_a_name():
    line = only(comparison("last name|status\nAdams|held").report(), Outcome.WRONG)
    assert "Held keeps a place for somebody without a name" in line.sentences[0]
    named = [guest(last_name="Adams", email="a@dinner.example")]
    table = comparison("last name|e-mail|status\nAdams|a@dinner.example|held", named)
    only(table.report(), Outcome.WRONG)


def test_a_plus_one_without_a_name_is_a_held_place():
    first, second = operations(comparison("name|guest of\nAnn Lee|\n|Ann Lee"))
    assert not first.facts.held
    assert second.facts.held
    assert second.host == "row 2"


def test_a_report_counts_the_places_that_are_taken():
    existing = [guest(last_name="A", email="a@dinner.example")]
    text = (
        "last name|e-mail|status\nA|a@dinner.example|declined\n"
        "B||confirmed\nC||waitlisted\nD||attended"
    )
    assert comparison(text, existing).report().places == 1


def test_answers_are_kept_by_field_and_judged_by_type():
    (create,) = operations(comparison("last name|diet|table no|state\nA|VEGAN|1,5|NC"))
    assert create.record.answers == {DIET: "v", NUMBER: "1.5", STATE: "NC"}
    for text, sentence in [
        ("diet\nA|meat", "diet has no choice “meat”; it offers Vegan."),
        ("table no\nA|two", "table no takes a number; “two” is none."),
    ]:
        line = only(comparison(f"last name|{text}").report(), Outcome.WRONG)
        assert sentence in line.sentences[0]


def test_a_name_alone_never_updates():
    existing = [guest(first_name="Alice", last_name="Adams", company="Acme", phone="1")]
    same = comparison("first name|last name|company\nalice|ADAMS|ACME", existing)
    line = only(same.report(), Outcome.ASKED)
    assert line.sentences == ["The list has a guest of this name."]
    identical = comparison("first name|last name|company\nAlice|Adams|Acme", existing)
    only(identical.report(), Outcome.UNCHANGED)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("first name|last name|phone\n||123", "First name and last name are both empty."),
        ("last name|e-mail\nAdams|no address", "“no address” is not an e-mail address."),
        (
            "last name|e-mail\nAdams|a@b.c, d@e.f",
            "“a@b.c, d@e.f” holds 2 e-mail addresses; give each guest a row of their own",
        ),
        ("last name\n" + "x" * 10_000, "Last name has 10000 characters; at most 200 are allowed."),
        ("last name|notes\nA|" + "x" * 5001, "Notes has 5001 characters; at most 5000"),
        ("last name|state\nA|" + "x" * 1001, "state has 1001 characters; at most 1000"),
        ("last name|tags\nA|" + "x" * 101, "has 101 characters; at most 100 are allowed."),
        ("last name|payment\nA|perhaps", "Payment “perhaps” is unknown; known are refunded."),
    ],
)
def test_a_wrong_row_is_named_with_its_field(text, sentence):
    line = only(comparison(text).report(), Outcome.WRONG)
    assert line.row == 2
    assert line.sentences[0].startswith("Row 2: ")
    assert sentence in line.sentences[0]


def test_a_wrong_row_claims_nothing():
    text = "last name|e-mail|phone\nA|a@dinner.example|" + "1" * 51
    text += "\nA|a@dinner.example|1"
    counts = comparison(text).report().counts
    assert (counts[Outcome.WRONG], counts[Outcome.CREATED]) == (1, 1)


def test_held_places_need_no_name():
    counts = comparison("name|status|group\nAnn Lee|confirmed|7\n|held|7\n|held|7").report().counts
    assert counts[Outcome.CREATED] == 3


def test_rows_of_one_group_share_a_party():
    text = "last name|household\nAdams| Seven \nBaker|SEVEN\nClark|"
    groups = [create.group for create in operations(comparison(text))]
    assert groups == ["group seven", "group seven", ""]


def test_guests_join_their_host_wherever_the_host_stands():
    text = "name|guest of\nGus Guest|Alice Adams\nAlice Adams|\nBob Baker|"
    first, host, other = operations(comparison(text))
    assert (first.group, host.group, other.group) == ("row 3", "row 3", "")
    assert (first.host, host.host) == ("row 3", "")


def test_guests_join_a_host_who_is_already_on_the_list():
    existing = [guest(first_name="Alice", last_name="Adams", email="alice@dinner.example")]
    table = comparison("name|guest of\nGus Guest|ALICE@dinner.example", existing)
    (create,) = operations(table)
    assert table.parties.party_of(create.group) == existing[0].party_id


def test_new_guests_join_the_party_of_a_known_one():
    existing = [guest(last_name="Adams", email="a@dinner.example")]
    text = "last name|e-mail|party id\nAdams|a@dinner.example|7\nBaker||7"
    table = comparison(text, existing)
    (create,) = operations(table)
    assert table.parties.party_of(create.group) == existing[0].party_id


def test_a_group_with_a_name_gives_the_party_its_label():
    table = comparison("last name|household\nAdams|Family Adams\nBaker|7")
    operations(table)
    assert table.parties.labels == {"group family adams": "Family Adams"}


def test_scripts_and_marks_survive_and_controls_do_not():
    text = "last name|first name\nעזרא\u202e|Nguye\u0302\u0303n\x07"
    (create,) = operations(comparison(text))
    assert create.record.last_name == "עזרא"
    assert create.record.first_name == "Nguyễn"


def test_lines_are_bounded_and_counts_are_not():
    text = "last name\n" + "\n".join(f"N{number}" for number in range(LINES_SHOWN + 50))
    report = comparison(text).report()
    assert report.counts[Outcome.CREATED] == LINES_SHOWN + 50
    assert len(report.lines[Outcome.CREATED]) == LINES_SHOWN


def test_ignored_columns_are_left_out():
    mapping = Mapping({"last name": Target.LAST_NAME, "secret": Target.IGNORE})
    rows = [(2, ["Adams", "x"])]
    table = Comparison(["last name", "secret"], rows, mapping, [], Status.CONFIRMED)
    (create,) = operations(table)
    assert create.record == GuestRecord(last_name="Adams")


def test_a_report_can_be_stored():
    report = comparison("name|e-mail\nAnn Lee|a@dinner.example\nBo Li|a@dinner.example").report()
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(report), type=Report) == report


def test_ten_thousand_people_of_one_address_are_compared_by_name_alone(monkeypatch):
    """An office that answers for everybody: no row is compared with every other one."""
    count = 3000
    rows = "".join(f"\nN{number}|office@dinner.example" for number in range(count))
    existing = [
        guest(UUID(int=number + 1), last_name=f"N{number}", email="office@dinner.example")
        for number in range(count)
    ]
    folded = []
    monkeypatch.setattr(
        matching, "normalized_name", lambda text: folded.append(1) or normalized_name(text)
    )
    report = comparison(f"last name|e-mail{rows}\nn7|OFFICE@dinner.example", existing).report()
    assert report.counts == counts_of(unchanged=count, asked=1)
    assert len(folded) < 10 * count
