from uuid import UUID

import msgspec
import pytest

from seatrobot.guests.importing.comparing import LINES_SHOWN, Comparison, compare
from seatrobot.guests.importing.headings import Target
from seatrobot.guests.importing.mapping import Mapping, guess
from seatrobot.guests.importing.reports import Change, Create, Outcome, Report, Update
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import Status

ALICE, BOB = UUID(int=1), UUID(int=2)


def comparison(text, existing=(), default=Status.OUTSTANDING):
    """Compare a table written as lines with | between cells."""
    head, *lines = text.strip("\n").split("\n")
    headings = head.split("|")
    rows = [(number, line.split("|")) for number, line in enumerate(lines, start=2)]
    return Comparison(headings, rows, guess(headings, rows), existing, default)


def only(report: Report, outcome: Outcome):
    assert report.counts[outcome] == sum(report.counts.values()) == 1
    return report.lines[outcome][0]


def guest(guest_id=ALICE, status=Status.CONFIRMED, **fields):
    return guest_id, GuestRecord(**fields), status


def test_a_new_row_is_created_with_the_default_status():
    (create,) = comparison("first name|last name\nAlice|Adams").operations()
    assert create == Create(
        2, GuestRecord(first_name="Alice", last_name="Adams"), Status.OUTSTANDING, ""
    )


def test_a_matching_reference_updates_and_says_what_changes():
    table = comparison(
        "ref|last name|e-mail|phone\nA1|Adams|new@dinner.example|",
        [guest(reference="A1", last_name="Adams", email="old@dinner.example", phone="123")],
    )
    line = only(table.report(), Outcome.UPDATED)
    assert line.changes == [Change("email", "old@dinner.example", "new@dinner.example")]
    (update,) = table.operations()
    assert isinstance(update, Update)
    assert (update.id, update.status) == (ALICE, Status.CONFIRMED)
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
    assert line.changes == [Change("status", "confirmed", "declined")]


def test_tags_are_added_and_never_taken_away():
    table = comparison(
        "last name|e-mail|tags\nAdams|a@dinner.example|VIP; press, VIP",
        [guest(last_name="Adams", email="a@dinner.example", tags=["friend"])],
    )
    (update,) = table.operations()
    assert update.record.tags == ["friend", "VIP", "press"]


def test_empty_cells_erase_nothing():
    record = {"last_name": "Adams", "email": "a@dinner.example", "extra": {"state": "NC"}}
    table = comparison("last name|e-mail|state\nAdams|a@dinner.example|", [guest(**record)])
    only(table.report(), Outcome.UNCHANGED)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "ref|last name\nA1|Adams\nA1|Baker",
            "Row 3: The reference is the same as in row 2.",
        ),
        (
            "last name|e-mail\nAdams|a@dinner.example\nBaker|A@Dinner.example",
            "Row 3: The e-mail is the same as in row 2.",
        ),
        (
            "last name|company\nÁdams|Acme\nADAMS|acme",
            "Row 3: The name and company are the same as in row 2.",
        ),
    ],
)
def test_a_repeated_guest_is_a_duplicate_of_the_row_above(text, sentence):
    report = comparison(text).report()
    assert report.counts[Outcome.CREATED] == 1
    assert report.lines[Outcome.DUPLICATE][0].sentences == [sentence]


def test_two_rows_that_mean_one_existing_guest():
    existing = [guest(reference="A1", email="a@dinner.example", last_name="Adams")]
    text = "ref|last name|e-mail\nA1|Adams|\n|Adams|a@dinner.example"
    line = comparison(text, existing).report().lines[Outcome.DUPLICATE][0]
    assert line.sentences == ["Row 3: This is the same guest as in row 2."]


def test_an_email_of_another_guest_is_never_overwritten():
    existing = [
        guest(ALICE, reference="A1", last_name="Adams"),
        guest(BOB, reference="B1", last_name="Baker", email="b@dinner.example"),
    ]
    for reference in ("A1", "C1"):
        table = comparison(f"ref|last name|e-mail\n{reference}|X|b@dinner.example", existing)
        line = only(table.report(), Outcome.DUPLICATE)
        assert "already belongs to the guest Baker" in line.sentences[0]


def test_a_name_alone_never_updates():
    existing = [guest(first_name="Alice", last_name="Adams", company="Acme", phone="1")]
    same = comparison("first name|last name|company\nalice|ADAMS|ACME", existing)
    line = only(same.report(), Outcome.DUPLICATE)
    assert "cannot be told apart" in line.sentences[0]
    identical = comparison("first name|last name|company\nAlice|Adams|Acme", existing)
    only(identical.report(), Outcome.UNCHANGED)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("first name|last name|phone\n||123", "First name and last name are both empty."),
        ("last name|e-mail\nAdams|no address", "“no address” is not an e-mail address."),
        ("last name|e-mail\nAdams|a@b.c, d@e.f", "“a@b.c, d@e.f” is not an e-mail address."),
        ("last name\n" + "x" * 10_000, "Last name has 10000 characters; at most 200 are allowed."),
        ("last name|notes\nA|" + "x" * 5001, "Notes has 5001 characters; at most 5000"),
        ("last name|state\nA|" + "x" * 1001, "state has 1001 characters; at most 1000"),
        ("last name|tags\nA|" + "x" * 101, "has 101 characters; at most 100 are allowed."),
        ("last name|status\nA|perhaps", "Status “perhaps” is unknown; known are confirmed, outst"),
    ],
)
def test_a_wrong_row_is_named_with_its_field(text, sentence):
    line = only(comparison(text).report(), Outcome.WRONG)
    assert line.row == 2
    assert line.sentences[0].startswith("Row 2: ")
    assert sentence in line.sentences[0]


def test_a_wrong_row_claims_nothing():
    text = "last name|e-mail|status\nA|a@dinner.example|perhaps\nA|a@dinner.example|held"
    counts = comparison(text).report().counts
    assert (counts[Outcome.WRONG], counts[Outcome.CREATED]) == (1, 1)


def test_held_places_need_no_name():
    counts = comparison("name|status|group\nAnn Lee|confirmed|7\n|held|7\n|held|7").report().counts
    assert counts[Outcome.CREATED] == 3


def test_rows_of_one_group_share_a_party():
    text = "last name|household\nAdams| Seven \nBaker|SEVEN\nClark|"
    groups = [create.group for create in comparison(text).operations()]
    assert groups == ["group seven", "group seven", ""]


def test_guests_join_their_host_wherever_the_host_stands():
    text = "name|guest of\nGus Guest|Alice Adams\nAlice Adams|\nBob Baker|"
    first, host, other = comparison(text).operations()
    assert (first.group, host.group, other.group) == ("host alice adams", "host alice adams", "")
    assert (first.plus_one, host.plus_one) == (True, False)


def test_guests_join_a_host_who_is_already_on_the_list():
    existing = [guest(first_name="Alice", last_name="Adams", email="alice@dinner.example")]
    report = comparison("name|guest of\nGus Guest|ALICE@dinner.example", existing).report()
    assert report.parties == {"host alice@dinner.example": ALICE}


def test_new_guests_join_the_party_of_a_known_one():
    existing = [guest(last_name="Adams", email="a@dinner.example")]
    text = "last name|e-mail|party id\nAdams|a@dinner.example|7\nBaker||7"
    table = comparison(text, existing)
    assert table.report().parties == {"group 7": ALICE}
    assert [create.group for create in table.operations()] == ["group 7"]


def test_scripts_and_marks_survive_and_controls_do_not():
    text = "last name|first name\nעזרא\u202e|Nguye\u0302\u0303n\x07"
    (create,) = comparison(text).operations()
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
    table = Comparison(["last name", "secret"], rows, mapping, [], Status.HELD)
    (create,) = table.operations()
    assert create.record == GuestRecord(last_name="Adams")


def test_a_report_can_be_stored():
    report = compare(
        ["name"], [(2, ["Ann Lee"])], Mapping({"name": Target.FULL_NAME}), [], Status.HELD
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(report), type=Report) == report
