import msgspec
import pytest

from seatrobot.guests.importing.headings import Target
from seatrobot.guests.importing.mapping import TARGET_LABELS, Mapping, guess


@pytest.mark.parametrize(
    ("headings", "targets"),
    [
        ("First Name,Last Name,E-mail", "first_name,last_name,email"),
        ("Anrede,Vorname,Name,Firma,Handy", "title,first_name,last_name,company,phone"),
        ("Civilité,Prénom,Nom,Société,Courriel", "title,first_name,last_name,company,email"),
        ("Nombre,Apellidos,Teléfono", "first_name,last_name,phone"),
        ("Name,Status,Notes", "full_name,status,notes"),
        ("givenName,SURNAME,organisation", "first_name,last_name,company"),
        ("name,Party,party id,Guest of", "full_name,extra,group,host"),
        ("name,Household,Link number", "full_name,group,extra"),
        ("Full name,Dietary needs,E-Mail Address", "full_name,extra,email"),
        ("first name,last name,name", "first_name,last_name,extra"),
        ("email,Email 2", "email,extra"),
    ],
)
def test_headings_are_understood(headings, targets):
    names = headings.split(",")
    mapping = guess(names)
    assert list(mapping.columns) == names
    assert ",".join(mapping.columns.values()) == targets


def test_cells_tell_what_headings_do_not():
    rows = [(2, ["Ann", "a@dinner.example", "Confirmed"]), (3, ["Bo", "b@dinner.example", "held"])]
    mapping = guess(["Name", "Kontakt", "RSVP"], rows)
    assert list(mapping.columns.values()) == ["full_name", "email", "status"]


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
        ({"A": Target.PHONE}, "Choose the column that holds the names of the guests."),
    ],
)
def test_a_mapping_that_cannot_work_says_why(columns, sentence):
    assert Mapping(columns).problems(["A", "B"]) == [sentence]
