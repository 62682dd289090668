from uuid import UUID

import msgspec
import pytest

from seatrobot.guests.fields import OpenField
from seatrobot.guests.importing.guessing import guess
from seatrobot.guests.importing.headings import Target
from seatrobot.guests.importing.layout import headings_of
from seatrobot.guests.importing.mapping import TARGET_LABELS, Mapping


@pytest.mark.parametrize(
    ("headings", "targets"),
    [
        ("First Name,Last Name,E-mail", "first_name,last_name,email"),
        ("Anrede,Vorname,Name,Firma,Handy", "title,first_name,last_name,company,phone"),
        ("Civilité,Prénom,Nom,Société,Courriel", "title,first_name,last_name,company,email"),
        ("Nombre,Apellidos,Teléfono", "first_name,last_name,phone"),
        ("Name,Status,Notes", "full_name,status,notes"),
        ("givenName,SURNAME,organisation", "first_name,last_name,company"),
        ("name,Party,party id,Guest of", "full_name,new,group,host"),
        ("name,Household,Link number", "full_name,group,new"),
        ("Full name,Dietary needs,E-Mail Address", "full_name,special,email"),
        ("first name,last name,name", "first_name,last_name,new"),
        ("email,Email 2", "email,new"),
        ("Name,Partner,Plus One Meal,Plus One Email", "full_name,new,new,new"),
        ("Name,RSVP,Plus One RSVP", "full_name,reply,plus_one"),
        ("İsim,Soyisim,Familia", "first_name,last_name,group"),
        ("Prénom,Nom,Famille", "first_name,last_name,group"),
        ("Nombre,Apellidos,Familia", "first_name,last_name,group"),
        ("Ad\u0131 Soyad\u0131,Aile", "full_name,group"),
    ],
)
def test_headings_are_understood(headings, targets):
    names = headings.split(",")
    mapping = guess(names)
    assert list(mapping.columns) == names
    assert ",".join(mapping.columns.values()) == targets


def test_cells_tell_what_headings_do_not():
    rows = [(2, ["Ann", "a@dinner.example", "Confirmed"]), (3, ["Bo", "b@dinner.example", "held"])]
    mapping = guess(["Name", "Kontakt", "Wer"], rows)
    assert list(mapping.columns.values()) == ["full_name", "email", "status"]


HOTEL = OpenField(UUID(int=1), 0, "text", "person", False, {"": "Hotel"})
SECOND = OpenField(UUID(int=2), 1, "text", "person", False, {"": "Hotel"})
COMPANY = OpenField(UUID(int=3), 2, "text", "person", False, {"": "Company"})


def test_a_heading_means_the_column_that_the_list_has():
    mapping = guess(["Name", "HOTEL", "Diet"], (), [HOTEL])
    assert list(mapping.columns.values()) == ["full_name", HOTEL.key, "special"]
    assert mapping.problems(["Name", "HOTEL", "Diet"], [HOTEL]) == []
    (sentence,) = mapping.problems(["Name", "HOTEL", "Diet"])
    assert "mapped to a column that the list has no more" in sentence


def test_columns_with_one_name_are_told_apart_as_our_own_lists_do():
    fields = [HOTEL, SECOND, COMPANY]
    headings = headings_of(fields)
    assert headings == ["Hotel", "Hotel (2)", "Company (2)"]
    mapping = guess(["Name", "Company", *headings], (), fields)
    keys = [field.key for field in fields]
    assert list(mapping.columns.values()) == ["full_name", "company", *keys]


def test_a_mapping_survives_storage():
    mapping = guess(["Name", "Party"])
    assert msgspec.json.decode(msgspec.json.encode(mapping), type=Mapping) == mapping


def test_every_target_has_a_label():
    assert set(TARGET_LABELS) == set(Target)


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"Gone": Target.FULL_NAME}, "The file has no column “Gone”."),
        (
            {"A": Target.EMAIL, "B": Target.EMAIL},
            "Several columns (“A”, “B”) are mapped to E-mail; choose one.",
        ),
        (
            {"A": Target.PHONE},
            "Choose the column that holds the names or the e-mail addresses of the guests.",
        ),
    ],
)
def test_a_mapping_that_cannot_work_says_why(columns, sentence):
    assert Mapping(columns).problems(["A", "B"]) == [sentence]


@pytest.mark.parametrize(
    "heading",
    ["Diet", "Dietary requirements", "Allergien", "Unverträglichkeiten", "Régime alimentaire",
     "Alergias", "Religion", "Passport no.", "Reisepass-Nr.", "Rollstuhl?", "Wheelchair access",
     "Konfession", "Medical notes", "Behinderung"],
)  # fmt: skip
def test_a_heading_of_what_is_special_becomes_a_special_column(heading):
    rows = [(2, ["Adams", "x y"]), (3, ["Abzug", ""])]
    assert guess(["last name", heading], rows).columns[heading] == Target.SPECIAL


@pytest.mark.parametrize("heading", ["Hotel", "Dish", "Room", "Diary", "Passion", "Kosten", "Pass"])
def test_another_heading_becomes_an_ordinary_column(heading):
    assert guess(["last name", heading]).columns[heading] == Target.NEW
