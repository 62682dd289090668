# ruff: noqa: RUF001  dashes and apostrophes as people type them
"""Rows that are no guests, and names that name nobody yet."""

from uuid import UUID

import pytest

from seatrobot.guests.importing.lines import placeholder
from seatrobot.guests.importing.reports import Kind, Outcome
from seatrobot.guests.importing.tests.test_cases import compare, created, listed, names, table
from seatrobot.guests.statuses import Facts

FULL = "Uwe Tann;Bank AG;Zusage\nIda Kurz;Acme;Zusage\nBo Li;Bolt;Absage\nAnn Lee;Bolt;Zusage\n"


@pytest.mark.parametrize(
    "heading",
    [
        *(
            "Tisch 1 – Vorstand",
            "Tisch 2",
            "TABLE 12: Press",
            "Table B - Press",
            "Mesa 3",
            "Stół 5",
        ),
        *("Tavolo n. 4", "Tafel 7 (VIP)", "Стол 3", "Gruppe 2", "Row 5", "Presse:", "--- VIPs ---"),
        *("Stand: 12.03.2026", "Seite 1 von 3", "Page 2 of 3", "Vorstand", "VIP", "Bride's side"),
        *("Gesamt: 3 Gäste", "Total confirmed: 45", "Summe Erwachsene 12", "Name"),
    ],
)
def test_headings_within_a_list_are_asked_about(heading):
    first, *others = FULL.splitlines()
    rows = "\n".join([f"{heading};;", first, *others])
    found = compare(table(f"Name;Firma;Zusage\n{rows}\n"))
    report = found.report()
    assert (report.counts[Outcome.ASKED], report.counts[Outcome.CREATED]) == (1, 4)
    assert report.asked[0].question.kind is Kind.TOTAL
    assert len(created(compare(table(f"Name;Firma;Zusage\n{rows}\n"), answers={"*:total": "new"})))
    skipped = compare(table(f"Name;Firma;Zusage\n{rows}\n"), answers={"*:total": "skip"})
    assert skipped.report().counts[Outcome.LEFT_OUT] == 1


def test_headings_that_come_again_are_asked_about_and_their_words_are_not():
    sheet = table(f"Name;Firma;Zusage\n{FULL}Name;Firma;Zusage\nJo Wert;Bolt;Zusage\n")
    report = compare(sheet).report()
    assert report.counts[Outcome.ASKED] == 1
    assert report.asked[0].question.kind is Kind.TOTAL
    assert not report.open_words


def test_names_alone_are_guests_where_many_stand_alone():
    sheet = table(f"Name;Firma;Zusage\n{FULL}Mia Li;;\nTim Li;;\n")
    assert compare(sheet).report().counts[Outcome.CREATED] == 6
    plain = compare(table("Name;E-mail\nMara Wert;m@x.example\nOle Wert;o@x.example\nKim Wert;\n"))
    assert plain.report().counts[Outcome.CREATED] == 3


def test_somebody_of_the_list_who_stands_alone_is_no_heading():
    known = [listed(1, first_name="Mia", last_name="Li")]
    sheet = table(f"Name;Firma;Zusage\n{FULL}Mia Li;;\n")
    assert compare(sheet, known).report().counts[Outcome.ASKED] == 0


@pytest.mark.parametrize(
    "name",
    [
        *("N.N.", "n. n.", "NN", "N.N. 2", "TBD", "tba", "T.B.D.", "To be announced", "Name folgt"),
        *("à confirmer", "por confirmar", "da definire", "Begleitung", "Plus One", "+1", "(+1)"),
        *(
            "Guest",
            "Gast 2",
            "Guest 3",
            "osoba towarzysząca",
            "Unknown",
            "Acompañante",
            "reserviert",
        ),
    ],
)
def test_a_name_that_names_nobody_is_a_held_place(name):
    for head, row in (("Name;Zusage", f"{name};ja"), ("Vorname;Nachname;Zusage", f"{name};;ja")):
        (create,) = created(compare(table(f"{head}\n{row}\n")))
        assert (create.record.full_name, create.facts.held, create.host) == ("", True, "")
    both = compare(table(f"Vorname;Nachname;Zusage\n{name};{name};ja\n"))
    assert [create.facts.held for create in created(both)] == [True]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Begleitung von Max Maier",
            "Gast von Max Maier",
            "Guest of Max Maier",
            "+1 von Max Maier",
        ),
        *(
            "plus one of Max Maier",
            "Max Maier's guest",
            "Max Maier’s plus one",
            "Invité de Max Maier",
        ),
        *("Accompagnant de Max Maier", "Invitado de Max Maier", "Ospite di Max Maier"),
        *(
            "Gast van Max Maier",
            "Ehefrau von Max Maier",
            "Gäst till Max Maier",
            "a guest of Max Maier",
        ),
    ],
)
def test_somebodys_guest_is_a_place_held_for_him(name):
    sheet = table(f"Name;Zusage\nMax Maier;ja\n{name};ja\n")
    host, place = created(compare(sheet))
    assert (place.record.full_name, place.facts.held) == ("", True)
    assert (place.host, place.group) == ("row 2", host.group)
    lone = compare(table(f"Name;Zusage\n{name};ja\nBo Li;ja\n")).report()
    assert lone.asked[0].question.kind is Kind.HOST


def test_places_held_are_not_doubled_by_the_same_list():
    sheet = table("Name;Zusage\nMax Maier;ja\nBegleitung von Max Maier;ja\nN.N.;ja\nN.N.;ja\n")
    known = [
        listed(1, party=7, first_name="Max", last_name="Maier"),
        listed(2, Facts(held=True), party=7, host=1),
        listed(3, Facts(held=True)),
    ]
    (create,) = created(compare(sheet, known))
    assert create.row == 5
    assert compare(sheet, known).existing.by_id.keys() == {UUID(int=n) for n in (1, 2, 3)}


@pytest.mark.parametrize(
    "name",
    [
        *("N N", "J D", "Judy Guest", "Karl Gast", "Nn Li", "Guest de la Cruz", "Frau von Stein"),
        *("Partner Meier", "Don Reserve", "Christian von Begleit", "Bo Tisch", "Steve Table"),
    ],
)
def test_names_like_these_are_names(name):
    assert placeholder(name) is None
    assert names(compare(table(f"Name;E-mail\n{name};\n")))[0].endswith(name.split()[-1])


def test_a_word_that_may_be_a_name_is_one_where_more_is_said():
    (create,) = created(compare(table("Name;E-mail\nGast;gast@x.example\n")))
    assert create.record.last_name == "Gast"


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        ("Ada One <ada@e.example>", "ada@e.example"),
        ('"One, Ada" <ada@e.example>;', "ada@e.example"),
        ("<ada@e.example>", "ada@e.example"),
        ("mailto:ada@e.example", "ada@e.example"),
        ("Ada One <MAILTO:ada@e.example>", "ada@e.example"),
    ],
)
def test_what_mail_programs_copy_is_an_address(cell, address):
    (create,) = created(compare(table(f"Name;E-mail\nAda One;'{cell}'\n".replace("'", ""))))
    assert create.record.email == address
    (create,) = created(compare(table("E-mail\nAda One <ada@e.example>\n")))
    assert (create.record.full_name, create.record.email) == ("Ada One", "ada@e.example")
