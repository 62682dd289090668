"""Fields: of the record, complete everywhere; of an event, addressed by identity."""

import re
from uuid import UUID

import msgspec
import pytest
from django.http import QueryDict
from django.template.loader import get_template

from seatrobot.conftest import as_
from seatrobot.documents.reading import read_sheet
from seatrobot.documents.writing import write_csv
from seatrobot.events.models import ActivityRecord, Choice, Field
from seatrobot.guests.fields import OpenChoice, OpenField, WrongAnswer
from seatrobot.guests.forms import GuestForm
from seatrobot.guests.guest_list import GuestList, open_list
from seatrobot.guests.importing.comparing import Comparison
from seatrobot.guests.importing.guessing import guess
from seatrobot.guests.importing.headings import Target
from seatrobot.guests.importing.layout import Listed, export_columns
from seatrobot.guests.models import Guest
from seatrobot.guests.reading import field_versions, load_guest
from seatrobot.guests.records import LABELS, LIMITS, GuestRecord
from seatrobot.guests.searching import Listing, Search
from seatrobot.guests.services import editing, exporting, fields, imports
from seatrobot.guests.services.editing import ChangedMeanwhile
from seatrobot.guests.services.fields import FieldFacts, WrongField
from seatrobot.guests.statuses import CONFIRMED, Status
from seatrobot.kernel.repeats import FormUsed
from seatrobot.kernel.vault import services as vault

FIELDS = [name for name in GuestRecord.__struct_fields__ if name not in {"tags", "answers"}]
EMPTY = GuestList({}, {}, [], "0")


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_of_the_record_is_complete(name):
    assert name in LABELS
    assert name in LIMITS
    assert Target(name)
    assert name in GuestForm(guest_list=EMPTY, record=GuestRecord()).fields


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_of_the_record_has_a_place_on_the_page(name):
    """Otherwise it could be imported and never corrected."""
    source = get_template("guests/guest_fields.html").template.source
    assert re.search(rf"{{% field form\.{name} %}}", source)


def test_every_field_goes_out_and_comes_in():
    addresses = {"email": "x@dinner.example", "delivery_email": "y@dinner.example"}
    record = GuestRecord(**(dict.fromkeys(FIELDS, "x") | addresses))
    columns, rows = export_columns([Listed(record, CONFIRMED)])
    sheet = read_sheet(write_csv(columns, rows), "guests.csv")
    mapping = guess(sheet.columns, sheet.rows)
    comparison = Comparison(sheet.columns, sheet.rows, mapping, [], Status.CONFIRMED)
    (verdict,) = comparison.verdicts()
    assert verdict.operation.record == record


def a_field(kind, *choices):
    offered = [OpenChoice(key, {"": label}) for key, label in choices]
    return OpenField(UUID(int=1), 0, kind, "person", False, {"": "Question"}, offered)


@pytest.mark.parametrize(
    ("kind", "text", "stored"),
    [
        ("text", "anything", "anything"),
        ("number", "1 000,5", "1000.5"),
        ("number", "-2", "-2"),
        ("date", "2027-01-20", "2027-01-20"),
        ("date", "20.1.2027", "2027-01-20"),
        ("date", "03. 04. 2027", "2027-04-03"),
        ("consent", "JA", "yes"),
        ("consent", "no", "no"),
        ("choice", "VEGAN", "v"),
        ("choice", "v", "v"),
    ],
)
def test_an_answer_is_stored_by_type_and_read_again(kind, text, stored):
    field = a_field(kind, ("v", "Vegan"))
    assert field.parse(text) == stored
    assert field.parse(field.written(stored)) == stored


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        ("number", "two", "Question takes a number; “two” is none."),
        ("date", "3/4/2027", "Question takes a date such as 2027-01-20; “3/4/2027” is none."),
        ("date", "31.2.2027", "Question takes a date such as 2027-01-20; “31.2.2027” is none."),
        ("consent", "maybe", "Question takes yes or no; “maybe” is neither."),
        ("choice", "meat", "Question has no choice “meat”; it offers Vegan."),
        ("text", "x" * 1001, "Question has 1001 characters; at most 1000 are allowed."),
    ],
)
def test_an_answer_that_does_not_fit_gets_one_sentence(kind, text, sentence):
    with pytest.raises(WrongAnswer) as caught:
        a_field(kind, ("v", "Vegan")).parse(text)
    assert str(caught.value) == sentence


def post(**said):
    data = QueryDict(mutable=True)
    for name, value in said.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


HOTEL, ALLERGY = (
    OpenField(UUID(int=number), number, "text", "person", False, {"": label})
    for number, label in ((1, "Hotel"), (2, "Allergy"))
)
BEN = GuestRecord(
    last_name="Two",
    company="Acme",
    notes="no stairs",
    tags=["vip"],
    answers={HOTEL.id: "Plaza", ALLERGY.id: "Nuts"},
)


def form_of(data, *own):
    form = GuestForm(data, guest_list=GuestList({}, {}, own, "1"), record=BEN)
    assert form.is_valid(), form.errors
    return form


def test_what_was_not_posted_is_left_untouched():
    """A page of an older version, or a template that forgot a field, erases nothing."""
    record = form_of(post(last_name="Three"), HOTEL, ALLERGY).record
    assert record == msgspec.structs.replace(BEN, last_name="Three")
    form = form_of(post(last_name="Two"), HOTEL, ALLERGY)
    assert (form.chosen_reply, form.chosen_held) == (None, None)


def test_what_was_emptied_is_erased():
    data = post(last_name="Two", tags_shown="on", **{HOTEL.input_name: "", "company": ""})
    record = form_of(data, HOTEL, ALLERGY).record
    assert record.answers == {ALLERGY.id: "Nuts"}
    assert record.tags == []


def test_a_posted_field_that_nobody_knows_is_refused():
    data = post(last_name="Two", **{ALLERGY.input_name: "Nuts"})
    form = GuestForm(data, guest_list=GuestList({}, {}, [HOTEL], "1"), record=BEN)
    assert not form.is_valid()
    assert "This page is out of date" in str(form.errors)


def as_posted(form):
    """Return what a browser posts of a form that nobody touched."""
    shown = {field.html_name: field.value() for field in form}
    return post(**{name: value for name, value in shown.items() if value not in (None, False)})


def test_saving_unchanged_changes_nothing_whatever_the_order_of_columns():
    for own in ((HOTEL, ALLERGY), (ALLERGY, HOTEL)):
        shown = GuestForm(guest_list=GuestList({}, {}, own, "1"), record=BEN)
        data = as_posted(shown)
        for other in ((HOTEL, ALLERGY), (ALLERGY, HOTEL)):
            assert form_of(data, *other).record == BEN


@pytest.fixture
def facts_of(alice, dinner):
    def call(service, *args, **kwargs):
        with as_(alice):
            return service(*args, actor=alice, event=dinner, **kwargs)

    return call


def answers_of(alice, dinner, guest):
    with as_(alice):
        return load_guest(alice, dinner.pk, guest.pk).sealed.answers


def seen(alice, dinner, field_id):
    with as_(alice):
        return field_versions(dinner.pk)[field_id]


def test_a_column_is_added_once_renamed_moved_and_removed(alice, dinner, add, facts_of):
    key = UUID(int=7)
    hotel = facts_of(fields.add, facts=FieldFacts("Hotel"), field_id=key)
    assert facts_of(fields.add, facts=FieldFacts("Hotel"), field_id=key).pk == hotel.pk == key
    diet = facts_of(fields.add, facts=FieldFacts("Hotel"))
    alma = add("Alma Adams", answers={hotel.pk: "Ritz", diet.pk: "Plaza"})
    facts_of(
        fields.change,
        field_id=diet.pk,
        facts=FieldFacts("Second hotel"),
        seen=seen(alice, dinner, diet.pk),
    )
    facts_of(fields.move, field_id=diet.pk, up=True)
    with as_(alice):
        labels = [field.label for field in open_list(alice, dinner.pk).fields]
    assert labels == ["Second hotel", "Hotel"]
    assert answers_of(alice, dinner, alma) == {hotel.pk: "Ritz", diet.pk: "Plaza"}
    assert facts_of(fields.remove, field_id=hotel.pk) == 1
    assert answers_of(alice, dinner, alma) == {diet.pk: "Plaza"}


@pytest.mark.django_db(transaction=True)
def test_two_who_change_one_column_hear_of_each_other(alice, dinner, field, facts_of):
    hotel = field("Hotel")
    version = seen(alice, dinner, hotel.pk)
    facts_of(fields.change, field_id=hotel.pk, facts=FieldFacts("A"), seen=version)
    with pytest.raises(ChangedMeanwhile):
        facts_of(fields.change, field_id=hotel.pk, facts=FieldFacts("B"), seen=version)


def test_a_column_is_retyped_with_its_answers_or_not_at_all(alice, dinner, add, field, facts_of):
    seats = field("Seats")
    alma = add("Alma Adams", answers={seats.pk: "2,5"})
    bella = add("Bella Abzug", answers={seats.pk: "two"})
    number = FieldFacts("Seats", Field.Type.NUMBER)

    def retype(facts):
        version = seen(alice, dinner, seats.pk)
        return facts_of(fields.change, field_id=seats.pk, facts=facts, seen=version)

    with pytest.raises(WrongField, match=r"1 answer does not fit this type: “two”. Correct it"):
        retype(number)
    assert retype(FieldFacts("Seats", Field.Type.CHOICE, ("two",))) == 2
    with as_(alice):
        opened = open_list(alice, dinner.pk)
        (column,) = opened.fields
        assert [choice.label for choice in column.choices] == ["two", "2,5"]
        assert opened.answer(opened.guests[bella.pk], column) == "two"
    assert retype(FieldFacts("Seats", Field.Type.TEXT)) == 2
    assert answers_of(alice, dinner, bella) == {seats.pk: "two"}
    with as_(alice):
        Guest.objects.filter(pk=bella.pk).delete()
    assert retype(number) == 1
    assert answers_of(alice, dinner, alma) == {seats.pk: "2.5"}


def test_a_choice_keeps_its_answers_when_it_is_renamed_by_its_list(alice, dinner, add, field):
    diet = field("Diet", type="choice", choices=[Choice("v", {"": "Vegan", "de": "Vegan"})])
    alma = add("Alma Adams", answers={diet.pk: "v"})
    with as_(alice):
        fields.change(
            actor=alice,
            event=dinner,
            field_id=diet.pk,
            facts=FieldFacts("Diet", Field.Type.CHOICE, ("Meat", "Vegan")),
            seen=field_versions(dinner.pk)[diet.pk],
        )
    assert answers_of(alice, dinner, alma) == {diet.pk: "v"}


@pytest.mark.parametrize("label", ["", "x" * 201])
def test_a_column_needs_a_name(label, facts_of):
    with pytest.raises(WrongField, match=r"Give the column a name of 1 to 200 characters."):
        facts_of(fields.add, facts=FieldFacts(label))


def test_the_page_of_columns(client_of, alice, dinner, address, add):
    browser = client_of(alice)
    page = browser.post(
        address("columns/"),
        {"label": "Diet", "type": "choice", "choices": "Vegan\nMeat", "special": "on"},
        follow=True,
    )
    assert "The list has the column “Diet” now." in page.content.decode()
    with as_(alice):
        column = Field.objects.get()
        key = column.sealed.choices[0].key
    assert (column.type, column.special) == ("choice", True)
    add("Alma Adams", answers={column.pk: key})
    page = browser.get(address("columns/")).content.decode()
    assert "1 answer" in page
    where = address(f"columns/{column.pk}/")
    page = browser.post(where, {"label": "", "type": "choice", "seen": "0"})
    assert page.status_code == 422
    page = browser.post(where, {"do": "remove"}, follow=True)
    assert "The column is removed with 1 answer." in page.content.decode()


@pytest.fixture
def diet(field):
    return field("Diet", special=True)


def sealed_columns(alice, guest):
    with as_(alice):
        found = Guest.objects.get(pk=guest.pk)
        return found.sealed.answers, found.special and found.special.answers


def test_special_answers_are_sealed_under_keys_of_their_own(alice, dinner, add, field, diet):
    hotel = field("Hotel", 1)
    alma = add("Alma Adams", answers={hotel.pk: "Ritz", diet.pk: "vegan"})
    assert sealed_columns(alice, alma) == ({hotel.pk: "Ritz"}, {diet.pk: "vegan"})
    with as_(alice) as access:
        guest = Guest.objects.get(pk=alma.pk)
        access.key_classes = frozenset()
        with pytest.raises(vault.KeyringRefused):
            assert guest.special


def test_special_answers_are_only_for_those_who_hold_them(
    client_of, alice, vera, dinner, add, field, diet, address
):
    hotel = field("Hotel", 1)
    alma = add("Alma Adams", answers={hotel.pk: "Ritz", diet.pk: "vegan"})
    add("Bella Abzug", answers={hotel.pk: "Ritz"})

    def seen_by(member, query):
        with acting_in(member, dinner):
            listed = open_list(member, dinner.pk)
            found = Search(query).find(listed.by_name, listed.fields)
            labels = [field.label for field in listed.fields]
            return labels, [listed.name(guest) for guest in found]

    for _ in range(2):
        assert seen_by(alice, "vegan") == (["Diet", "Hotel"], ["Alma Adams"])
        assert seen_by(alice, "diet:vegan") == (["Diet", "Hotel"], ["Alma Adams"])
        assert seen_by(vera, "vegan") == (["Hotel"], [])
        assert seen_by(vera, "diet:vegan") == (["Hotel"], [])
        assert seen_by(vera, "ritz") == (["Hotel"], ["Bella Abzug", "Alma Adams"])
    for member, has in ((alice, True), (vera, False)):
        browser = client_of(member)
        for page in (f"{alma.pk}/", f"?sort=field:{diet.pk.hex}", "?q=alma"):
            text = browser.get(address(page)).content.decode()
            shown = "vegan" in text
            assert shown is (has and page != "?q=alma"), (member.role, page)


def test_what_another_package_asks_for_has_no_special_answers(alice, dinner, add, diet):
    from seatrobot.seating.feature import Permission

    add("Alma Adams", answers={diet.pk: "vegan"})
    with as_(alice):
        listed = open_list(alice, dinner.pk, Permission.SEATING_VIEW)
        assert listed.fields == []
        assert "vegan" not in listed.by_name[0].search_text
        assert listed.by_name[0].record.answers == {}


def test_a_change_without_the_keys_leaves_special_answers(alice, dinner, add, diet):
    alma = add("Alma Adams", answers={diet.pk: "vegan"})
    with as_(alice) as access:
        access.key_classes = frozenset()
        record = GuestRecord(first_name="Alma", last_name="Smith")
        editing.change(actor=alice, guest=alma, record=record)
    assert sealed_columns(alice, alma) == ({}, {diet.pk: "vegan"})
    with as_(alice):
        editing.change(actor=alice, guest=alma, record=record)
    assert sealed_columns(alice, alma) == ({}, None)


def test_making_a_column_special_moves_its_answers(alice, dinner, add, field, diet, facts_of):
    hotel = field("Hotel", 1)
    alma = add("Alma Adams", answers={hotel.pk: "Ritz", diet.pk: "vegan"})
    bella = add("Bella Abzug", answers={hotel.pk: "Plaza"})

    def change(special):
        facts_of(
            fields.change,
            field_id=hotel.pk,
            facts=FieldFacts("Hotel", special=special),
            seen=seen(alice, dinner, hotel.pk),
        )

    change(special=True)
    assert sealed_columns(alice, alma) == ({}, {hotel.pk: "Ritz", diet.pk: "vegan"})
    assert sealed_columns(alice, bella) == ({}, {hotel.pk: "Plaza"})
    change(special=False)
    assert sealed_columns(alice, alma) == ({hotel.pk: "Ritz"}, {diet.pk: "vegan"})
    assert sealed_columns(alice, bella) == ({hotel.pk: "Plaza"}, None)
    assert facts_of(fields.remove, field_id=diet.pk) == 1
    assert sealed_columns(alice, alma) == ({hotel.pk: "Ritz"}, None)


def test_special_answers_go_out_and_come_in(alice, dinner, add, diet):
    alma = add("Alma Adams", reference="A1", answers={diet.pk: "vegan"})
    with as_(alice):
        data = exporting.export(actor=alice, event=dinner, listing=Listing(Search()), kind="csv")
    assert b"vegan" in data
    for text, wanted in ((data, "vegan"), (data.replace(b"vegan", b"halal"), "halal")):
        sheet = read_sheet(text, "guests.csv")
        with as_(alice):
            listed = open_list(alice, dinner.pk)
            mapping = imports.guessed(sheet, listed.fields)
            found = imports.comparison(listed, sheet, mapping, Status.CONFIRMED)
            imports.finish(actor=alice, event=dinner, incoming=found, skip_problems=False)
        assert sealed_columns(alice, alma) == ({}, {diet.pk: wanted})
    sheet = read_sheet(b"reference,last name,Diet\nB1,Abzug,kosher\n", "more.csv")
    with as_(alice):
        listed = open_list(alice, dinner.pk)
        mapping = imports.guessed(sheet, listed.fields)
        found = imports.comparison(listed, sheet, mapping, Status.CONFIRMED)
        imports.finish(actor=alice, event=dinner, incoming=found, skip_problems=False)
        bella = Guest.objects.exclude(pk=alma.pk).get()
    assert sealed_columns(alice, bella) == ({}, {diet.pk: "kosher"})


def acting_in(member, event):
    return member.acting(event_id=event.pk)


def test_a_column_with_the_identifier_of_others_is_refused(alice, charlie, dinner, field):
    taken = field("Hotel").pk
    with as_(charlie):
        theirs = type(dinner).objects.create(
            organization_id=charlie.organization_id,
            sealed=dinner.sealed,
            starts_at=dinner.starts_at,
            ends_at=dinner.ends_at,
            created_at=dinner.created_at,
        )
        theirs.activities.create(organization_id=charlie.organization_id, sealed=ActivityRecord())
        for wrong in (taken, UUID(int=0)):
            with pytest.raises(FormUsed, match="cannot be used again"):
                fields.add(
                    actor=charlie, event=theirs, facts=fields.FieldFacts("Bus"), field_id=wrong
                )


def test_a_list_sorted_by_an_unknown_column_is_sorted_by_name(
    client_of, alice, add, address, field
):
    """Also where an identifier of zeros is a column's: it stood for none once."""
    field("Hotel", id=UUID(int=0))
    add("Alma Adams")
    page = client_of(alice).get(address("?sort=nonsense"))
    assert page.status_code == 200
    assert page.context["column"] == "name"


def test_a_diet_is_a_special_category_whatever_was_ticked():
    assert FieldFacts("Diet", Field.Type.DIET).special
    assert not FieldFacts("Hotel").special
