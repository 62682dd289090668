# ruff: noqa: RUF001  words and names in their own scripts
"""Lists as people have them: the files that were tried, and others of their kinds."""

from pathlib import Path
from uuid import UUID

import pytest

from seatrobot.documents.reading import Choice, read_sheet
from seatrobot.guests.fields import OpenField
from seatrobot.guests.importing.comparing import Comparison
from seatrobot.guests.importing.guessing import guess
from seatrobot.guests.importing.headings import is_known
from seatrobot.guests.importing.mapping import Mapping
from seatrobot.guests.importing.reports import Create, ExistingGuest, Kind, Outcome
from seatrobot.guests.importing.values import addresses_in, guess_reply, is_filler, is_name_filler
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.statuses import CONFIRMED, Facts, Status

CASES = Path(__file__).parent / "cases"


def read(name, choice=Choice()):  # noqa: B008  frozen
    return read_sheet((CASES / name).read_bytes(), name, choice, is_known)


def table(text, name="list.csv", choice=Choice()):  # noqa: B008  frozen
    """Read a table written as lines with ; between cells."""
    return read_sheet(text.strip("\n").encode(), name, choice, is_known)


def compare(sheet, existing=(), answers=(), values=(), default=Status.CONFIRMED):
    guessed = guess(sheet.columns, sheet.rows)
    mapping = Mapping(guessed.columns, dict(values))
    fields = {
        name: OpenField(UUID(int=90 + number), -1, "text", "person", False, {"": name})
        for number, name in enumerate(mapping.new_columns)
    }
    return Comparison(sheet.columns, sheet.rows, mapping, existing, default, fields, dict(answers))


def created(comparison):
    """Return who is added, companions after whom they come with."""
    made = []
    for verdict in comparison.verdicts():
        if isinstance(verdict.operation, Create):
            made.append(verdict.operation)
        made.extend(verdict.companions)
    return made


def names(comparison):
    return [create.record.full_name for create in created(comparison)]


def listed(number, facts=CONFIRMED, party=None, host=None, **fields):
    party_id = UUID(int=party or 1000 + number)
    record = GuestRecord(**fields)
    return ExistingGuest(UUID(int=number), record, facts, False, party_id, host and UUID(int=host))


def statuses(comparison):
    return [create.facts.status(has_arrived=False).value for create in created(comparison)]


def test_status_words():
    found = compare(read("status-words.csv"))
    assert statuses(found) == ["confirmed", "declined", "confirmed", "declined", "outstanding"]
    words = {word.text: word.meaning for word in found.report().words}
    assert words["No"] == words["Not attending"] == "declined"
    changed = compare(read("status-words.csv"), values={"pending": "tentative"})
    assert created(changed)[4].facts.reply_word == "tentative"


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        (
            (
                "yes,Ja,oui,Sí,si,sim,tak,Zugesagt,zugesagt!,accepted,ACCEPTED,Attending,coming,"
                "kommt,Nimmt teil,vient,asistirá,aceptado,confermato,bevestigd,Potwierdzone,igen,"
                "evet,да,ναι,✓,Yes!,will attend,kommer,kyllä"
            ),
            "confirmed",
        ),
        (
            (
                "no,No.,nein,NON,não,nee,nie,nej,hayır,нет,οχι,abgesagt,Absage,declined,regrets,"
                "not attending,Not coming,can't come,cannot attend,kommt nicht,nimmt nicht teil,"
                "ne vient pas,no asiste,rechazado,rifiutato,afgemeld,will not attend,leider nein,"
                "nicht dabei,won’t attend,no va,non viene,ei tule,regrets only"
            ),
            "declined",
        ),
        (
            (
                "pending,invited,eingeladen,offen,keine Antwort,no response,No reply,not yet,"
                "en attente,pendiente,zaproszony,noch offen,awaiting reply"
            ),
            "outstanding",
        ),
        ("Yes?,ja?,Oui ?,coming??,no?,nein ?", "tentative"),
        ("maybe,vielleicht,evtl.,peut-être,quizás,forse,misschien,tentative,TBC", "tentative"),
        ("waitlist,Warteliste,liste d’attente,waiting list,wachtlijst", "waitlisted"),
        ("later,vegan,42,ask Bob,x,?,wants a refund soon,not sure about no", None),
    ],
)
def test_words_in_many_languages(words, meaning):
    wrong = {word: guess_reply(word) for word in words.split(",") if guess_reply(word) != meaning}
    assert wrong == {}


@pytest.mark.parametrize(
    "heading",
    (  # noqa: SIM905 - a list would be sixty lines
        "RSVP|Response|Attending|Will you attend?|Antwort|Zusage|Rückmeldung|Présence|"
        "Asistencia|Are you coming to the dinner?|Kommst du zur Feier?|Answer|Confirmed|"
        "Coming?|Status"
    ).split("|"),
)
@pytest.mark.parametrize("no", ["No", "nein", "Non", "absent", "Kommt nicht", "declined"])
def test_no_never_comes_in_as_coming(heading, no):
    sheet = table(f"Name;{heading}\nMara Testfeld;Yes\nOle Beispiel;{no}\nKim Muster;Yes\n")
    assert statuses(compare(sheet)) == ["confirmed", "declined", "confirmed"]


def test_words_that_nobody_knows_are_asked_and_not_imported():
    sheet = table("Name;RSVP\nMara Testfeld;Yes\nOle Beispiel;schau mer mal\nKim Muster;no\n")
    report = compare(sheet).report()
    assert (report.counts[Outcome.ASKED], report.counts[Outcome.CREATED]) == (1, 2)
    assert [word.text for word in report.open_words] == ["schau mer mal"]
    told = compare(sheet, values={"schau mer mal": "outstanding"})
    assert statuses(told) == ["confirmed", "outstanding", "declined"]
    nothing = compare(sheet, values={"schau mer mal": "-"}, default=Status.WAITLISTED)
    assert statuses(nothing) == ["confirmed", "waitlisted", "declined"]


def test_one_address_for_a_family():
    found = compare(read("families-one-address.csv"))
    made = created(found)
    assert [create.group for create in made] == ["group 1"] * 3
    assert {create.record.email for create in made} == {"family@example.org"}
    assert found.report().questions == {Kind.ADDRESS: 2}


def test_a_second_list_that_brings_the_addresses():
    first = created(compare(read("list-1-without-mail.csv")))
    known = [
        ExistingGuest(UUID(int=number), create.record, create.facts, False, UUID(int=100 + number))
        for number, create in enumerate(first, start=1)
    ]
    second = read("list-2-with-mail.csv")
    report = compare(second, known).report()
    assert (report.counts[Outcome.ASKED], report.counts[Outcome.CREATED]) == (2, 0)
    pairs = {pair.label: (pair.here, pair.there) for pair in report.asked[0].question.pairs}
    assert pairs["E-mail"] == ("mara@example.org", "")
    same = compare(second, known, {"*:name": "same"})
    updates = [verdict.operation for verdict in same.verdicts()]
    assert [update.record.email for update in updates] == ["mara@example.org", "ole@example.org"]
    others = compare(second, known, {"2:name": "new", "3:name": "skip"}).report()
    assert others.counts[Outcome.CREATED] == others.counts[Outcome.LEFT_OUT] == 1


@pytest.mark.parametrize(
    ("there", "row"),
    [
        ({"email": "m@old.example"}, "Mara;Testfeld;m@new.example;"),
        ({}, "Mara;Testfeld;;Acme"),
        ({"company": "Acme"}, "Mara;Testfeld;;Bolt"),
        ({}, "TESTFELD;Mara;m@new.example;"),
        ({"phone": "1"}, "mara;testfeld;m@new.example;Acme"),
    ],
)
def test_a_name_that_is_on_the_list_is_never_doubled_silently(there, row):
    known = [listed(1, first_name="Mara", last_name="Testfeld", **there)]
    report = compare(table(f"First name;Last name;E-mail;Company\n{row}\n"), known).report()
    assert report.counts[Outcome.ASKED] == 1
    assert report.asked[0].question.kind is Kind.NAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anne-Marie;Herbst", "Annemarie;Herbst"),
        ("Anne Marie;Herbst", "AnneMarie;Herbst"),
        ("Ian;McDonald", "Ian;Mc Donald"),
        ("Ian;McDonald", "Mc Donald;Ian"),
        ("Ian Mc;Donald", "Ian;McDonald"),
        ("Jan;Vandenberg", "Jan;van den Berg"),
        ("Sean;O'Brien", "Sean;O Brien"),
        ("Jean-Luc;Müller", "Jeanluc;Mueller"),
        ("Nour;Al-Sayed", "Nour;Alsayed"),
        ("Eva;Müller-Lüdenscheid", "Eva;Müllerlüdenscheid"),
        ("Min Jun;Kim", "Kim;Minjun"),
        (";De Luca", ";Deluca"),
    ],
)
def test_a_name_that_is_parted_otherwise_is_never_doubled_silently(one, other):
    head = "First name;Last name;E-mail\n"
    for there, row in ((one, other), (other, one)):
        first, _sign, last = there.partition(";")
        known = [listed(1, first_name=first, last_name=last)]
        (line,) = compare(table(f"{head}{row};a@x.example\n"), known).report().asked
        assert (line.question.kind, line.question.answer) == (Kind.NAME, "")
        assert "spaces or hyphens" in line.question.sentence
        in_file = compare(table(f"{head}{there};\n{row};a@x.example\n")).report()
        assert in_file.counts[Outcome.ASKED] == 1
        assert in_file.asked[0].question.kind is Kind.ROW


def test_whose_name_is_parted_otherwise_is_brought_along_once():
    known = [
        listed(1, party=7, first_name="Mara", last_name="Wert", email="m@x.example"),
        listed(2, party=7, host=1, first_name="Anne-Marie", last_name="Wert"),
    ]
    sheet = table("Name;E-mail;Begleitung\nMara Wert;m@x.example;Annemarie Wert\n")
    assert compare(sheet, known).report().counts[Outcome.UNCHANGED] == 1


def test_names_of_other_letters_are_others():
    known = [listed(1, first_name="Anna", last_name="Maria"), listed(2, last_name="Li")]
    sheet = table("First name;Last name\nAnn;Amariah\nLi;Li\nAnna;Mario\n")
    assert compare(sheet, known).report().counts[Outcome.CREATED] == 3


def test_of_several_with_one_name_somebody_chooses():
    known = [listed(1, last_name="Li", email="a@x.example"), listed(2, last_name="Li")]
    sheet = table("Last name;Phone\nLi;77\n")
    (line,) = compare(sheet, known, {"*:name": "same"}).report().asked
    assert line.question.answer == ""
    assert [option.value.partition(":")[0] for option in line.question.options] == [
        "same",
        "same",
        "new",
        "skip",
    ]
    (verdict,) = compare(sheet, known, {"2:name": f"same:{known[1].id}"}).verdicts()
    assert verdict.operation.id == known[1].id


def test_a_held_place_in_a_household_knows_its_host():
    mara, ole, place = created(compare(read("household-and-guest-of.csv")))
    assert mara.group == ole.group == place.group
    assert (place.host, place.facts.held, ole.host) == ("row 2", True, "")
    report = compare(read("household-and-guest-of.csv")).report(lines_shown=10)
    names = [line.name for line in report.lines[Outcome.CREATED]]
    assert names[-1] == "Guest of Mara Testfeld"


def test_two_hosts_of_one_name_are_asked_about():
    sheet = table("Name;Guest of\nJohn Smith;\nJohn Smith;\nAnn Lee;John Smith\n")
    found = compare(sheet, answers={"3:row": "new"})
    (line,) = [line for line in found.report().asked if not line.question.answer]
    assert line.question.kind is Kind.HOST
    values = [option.value for option in line.question.options]
    assert values == ["row 2", "row 3", "alone"]
    told = compare(sheet, answers={"3:row": "new", "4:host": "row 3"})
    first, second, ann = created(told)
    assert (ann.host, ann.group) == ("row 3", second.group)
    assert first.group != second.group


def test_two_hosts_of_one_name_in_two_households_are_not():
    sheet = table(
        "Name;E-mail;Household;Guest of\nJohn Smith;a@x.example;A;\nJohn Smith;b@x.example;B;\n"
        "Ann Lee;;B;John Smith\n"
    )
    assert created(compare(sheet))[2].host == "row 3"


def test_a_host_whom_nobody_knows_is_asked_about():
    sheet = table("Name;Guest of\nAnn Lee;Jon Smit\n")
    (line,) = compare(sheet).report().asked
    assert "nobody of that name" in line.question.sentence
    (create,) = created(compare(sheet, answers={"2:host": "alone"}))
    assert (create.host, create.group) == ("", "")


@pytest.mark.parametrize(
    "rows",
    [
        "Max;;\nLisa;;Max\nKim;;Lisa\nBo;;Max",
        "Kim;;Lisa\nBo;;Max\nLisa;;Max\nMax;;",
        "Kim;;Lisa\nLisa;;Max\nMax;;Bo\nBo;;",
        "Max;;Max\nLisa;;Max\nKim;;Max\nBo;;Lisa",
        "Max;;Bo\nBo;;Max\nKim;;Bo\nLisa;;Kim",
        "Max;;\nLisa;7;Max\nKim;;Lisa\nBo;;Max",
        "Kim;7;Lisa\nLisa;;Max\nMax;;\nBo;;Kim",
        "Max;7;\nLisa;;Max\nKim;;Lisa\nBo;;Kim",
    ],
)
def test_a_chain_of_guests_is_one_party(rows):
    found = compare(table(f"Name;Household;Guest of\n{rows}\n"))
    assert found.report().counts[Outcome.CREATED] == 4
    (group,) = {create.group for create in created(found)}
    assert group.startswith("group 7" if ";7;" in rows else "row ")


def test_a_chain_that_ends_on_the_list_is_of_that_party():
    known = [listed(1, party=7, last_name="Max")]
    sheet = table("Name;Guest of\nKim;Lisa\nLisa;Max\nBo;Kim\n")
    found = compare(sheet, known)
    parties = {found.parties.party_of(create.group) for create in created(found)}
    assert parties == {UUID(int=7)}


def test_fillers_are_no_household():
    made = created(compare(read("group-placeholders.csv")))
    assert [create.group for create in made] == [""] * 6 + ["group 7"] * 2


@pytest.mark.parametrize(
    "filler",
    (  # noqa: SIM905 - a list would be sixty lines
        "-|–|—|--|n/a|N/A|na|None|NONE|null|0|.|?|…|keine|Keiner|kein|aucun|ninguno|nessuno|"
        "geen|ingen|#N/A|#NV|k.A.|unbekannt|x|single"
    ).split("|"),
)
def test_what_says_nothing_is_nothing_in_any_column(filler):
    head = "First name;Last name;Title;E-mail;Phone;Company;Reference;Household;Guest of;Tags"
    if filler in {"x", "single"}:
        head = "First name;Last name;Household"
    cells = ";".join([filler] * (head.count(";") - 1))
    found = compare(table(f"{head}\nMara;Testfeld;{cells}\nOle;Beispiel;{cells}\n"))
    assert [create.record for create in created(found)] == [
        GuestRecord(first_name="Mara", last_name="Testfeld"),
        GuestRecord(first_name="Ole", last_name="Beispiel"),
    ]
    assert {create.group for create in created(found)} == {""}


def test_names_that_look_like_nothing_are_names():
    for name in ("No", "Null", "None", "Na", "Nobody", "X"):
        assert not is_name_filler(name)
        assert names(compare(table(f"First name;Last name\n{name};{name}\n"))) == [f"{name} {name}"]
    assert is_filler("Null")
    assert is_name_filler("-")


def test_an_own_column_keeps_what_is_written():
    (create,) = created(compare(table("Name;Diet\nMara Testfeld;none\n")))
    assert list(create.record.answers.values()) == ["none"]


def test_the_first_row_is_a_guest_where_there_are_no_headings():
    sheet = read("no-headings.csv")
    assert (sheet.has_heading, sheet.row_count) == (False, 2)
    assert names(compare(sheet)) == ["Mara Testfeld", "Ole Beispiel"]
    assert [create.record.phone for create in created(compare(sheet))] == ["+49 30 1", "+49 30 2"]


def test_merged_cells_are_one_household():
    made = created(compare(read("merged-household.xlsx")))
    assert [create.group for create in made] == [
        "group family 1",
        "group family 1",
        "group family 2",
    ]


def test_the_sheet_with_the_guests_is_read():
    assert names(compare(read("cover-sheet-first.xlsx"))) == ["Mara Testfeld"]
    assert names(compare(read("other-sheet-to-the-last-row.xlsx"))) == ["Mara Testfeld"]


def test_what_was_lost_is_said():
    assert "The cell B2 holds a formula" in read("formula-without-value.xlsx").warnings[0]
    assert "2 rows (2, 3) have numbers" in read("scientific-phone.csv").warnings[0]
    hidden = read("hidden-rows.xlsx")
    assert (hidden.hidden, hidden.row_count) == (1, 3)
    assert read("hidden-rows.xlsx", Choice(leave_hidden=True)).row_count == 2


def test_numbers_are_read_as_they_are_shown():
    (create,) = created(compare(read("leading-zeros-by-format.xlsx")))
    assert create.record.reference == "00123"


def test_the_attendee_comes_and_not_the_buyer():
    made = created(compare(read("buyer-and-attendee.csv")))
    assert [create.record.email for create in made] == ["mara@example.org", "ole@example.org"]
    assert [create.record.first_name for create in made] == ["Mara", "Ole"]


@pytest.mark.parametrize(
    ("headings", "targets"),
    [
        ("Buyer Name,Buyer Email,Name,Email", "new,new,full_name,email"),
        ("Purchaser e-mail,Participant name,Participant e-mail", "new,full_name,email"),
        ("First Name,Email,Attendee First Name,Attendee Email", "new,new,first_name,email"),
        ("Billing First Name,Billing Last Name,Billing Email", "first_name,last_name,email"),
        ("Käufer E-Mail,Gast Vorname,Gast Nachname", "new,first_name,last_name"),
        ("Given Name,Family Name,E-mail 1 - Value", "first_name,last_name,email"),
        ("Anrede,Titel,Vorname,Name", "title,title,first_name,last_name"),
        ("Vorname,Nachname,Begleitung,Anzahl Personen", "first_name,last_name,plus_one,people"),
        ("Name,+1", "full_name,plus_one"),
        ("Prénom,Nom,Nombre de personnes", "first_name,last_name,people"),
        ("First name,Last name,Full name", "first_name,last_name,new"),
    ],
)
def test_headings_of_many_lists(headings, targets):
    assert ",".join(guess(headings.split(",")).columns.values()) == targets


@pytest.mark.parametrize(
    ("heading", "numbers"),
    [
        ("Attendee #", "3 4 5 6"),
        ("Attendee #", "2 2 1 3"),
        ("Participant Nº", "2 1 2 1"),
        ("Guest", "1 1 2 1"),
        ("Gast", "4711 4712 4720 4713"),
        ("Invité n°", "1 2 3 4"),
        ("Gäste #", "1 2 3 4"),
        ("Guests", "11 12 14 15"),
        ("Teilnehmer", "9000 9001 8000 9003"),
        ("Seats", "101 101 104 103"),
        ("Anzahl", "1 2 3 4 5 6 7"),
        ("Partner", "4711 4712 4720 4713"),
    ],
)
def test_numbers_of_tickets_and_rows_hold_no_places(heading, numbers):
    rows = "".join(f"Iva;Jung{n};{cell}\n" for n, cell in enumerate(numbers.split()))
    found = compare(table(f"First Name;Last Name;{heading}\n{rows}"))
    assert len(created(found)) == len(numbers.split())
    assert created(found)[0].record.answers


@pytest.mark.parametrize(
    "heading",
    ["Guests", "# of guests", "# Guests", "Gäste", "Teilnehmer", "Invités", "Ospiti", "Attendees"],
)
def test_plural_words_over_numbers_count_people(heading):
    sheet = table(f"First Name;Last Name;{heading}\nIva;Jung;2\nMo;Nix;1\nKai;Ott;2\n")
    assert len(created(compare(sheet))) == 5


def test_two_columns_of_titles_are_joined():
    (create,) = created(compare(table("Anrede;Titel;Vorname;Name\nFrau;Dr.;Mara;Testfeld\n")))
    assert create.record.title == "Frau Dr."


def test_polish_letters_are_read():
    assert names(compare(read("polish-windows-1250.csv"))) == ["Łucja Wzór-Żółta"]


def test_a_plus_one_is_a_held_place():
    mara, place, ole = created(compare(read("plus-one-columns.csv")))
    assert (place.facts.held, place.host, place.group) == (True, "row 2", mara.group)
    assert (ole.group, ole.host) == ("", "")


@pytest.mark.parametrize(
    ("heading", "cell", "made"),
    [
        ("Plus One", "Yes", [""]),
        ("Plus One", "no", []),
        ("Plus One", "-", []),
        ("Plus One", "2", ["", ""]),
        ("+1", "+1", [""]),
        ("Begleitung", "ja", [""]),
        ("Begleitung", "Gerda Beispiel", ["Gerda Beispiel"]),
        ("Begleitung", "Gerda und Ole Beispiel", ["Gerda Beispiel", "Ole Beispiel"]),
        ("Begleitung", "2 Personen", ["", ""]),
        ("Begleitung", "keine", []),
        ("Accompagnant", "Mme Anne Exemple", ["Mme Anne Exemple"]),
        ("Begleitung", "nein danke", []),
        ("Begleitung", "ohne Begleitung", []),
        ("Plus One", "no thank you", []),
        ("Begleitung", "zwei", ["", ""]),
        ("Plus One", "two", ["", ""]),
        ("Begleitung", "1 Erw. + 2 Kinder", ["", "", ""]),
        ("Plus One", "1 adult and 1 child", ["", ""]),
        ("Plus One", "1 adult/1 child", ["", ""]),
        ("Plus One", "2.0", ["", ""]),
        ("Begleitung", "mit Ehemann", [""]),
        ("Plus One", "with husband", [""]),
        ("Begleitung", "mit Anna Berg", ["Anna Berg"]),
        ("Begleitung", "ja, Frau Müller", ["Frau Müller"]),
        ("Plus One", "Yes - Ann Lee", ["Ann Lee"]),
        ("Plus One", "Chris", ["Chris"]),
        ("Plus One", "Ann Lee and guest", ["Ann Lee", ""]),
        ("Number of guests", "3", ["", ""]),
        ("Anzahl Personen", "1", []),
        ("Anzahl Personen", "2 Personen", [""]),
        ("Nombre de personnes", "2", [""]),
        ("Party size", "0", []),
    ],
)
def test_who_is_brought_along(heading, cell, made):
    sheet = table(f"Name;{heading}\nMara Testfeld;{cell}\n")
    host, *brought = created(compare(sheet))
    assert [create.record.full_name for create in brought] == made
    assert all(create.group == host.group != "" for create in brought)
    assert all(create.facts.held == (not create.record.last_name) for create in brought)


@pytest.mark.parametrize(
    ("headings", "cells", "offered"),
    [
        ("Plus One", "maybe", 1),
        ("Plus One", "2?", 2),
        ("Plus One", "yes?", 1),
        ("Begleitung", "Hund", 1),
        ("Begleitung", "evtl.", 1),
        ("Plus One", "2-3", 2),
        ("Plus One", "1/2", 1),
        ("Plus One", "?", 1),
        ("Begleitung", "???", 1),
        ("Plus One", "1 / 2", 1),
        ("Begleitung", "1,5", 1),
        ("Begleitung", "2+1", 2),
        ("Plus One", "one/two", 1),
        ("Plus One", "1 2", 1),
        ("Plus One", "2 Jan", 2),
        ("Begleitung", "1. Feb", 1),
        ("Begleitung", "2 M\u00e4rz", 2),
        ("Plus One", "2026-02-01", 20),
        ("Plus One", "44928", 20),
        ("Anzahl Personen", "2 Jan", 1),
        ("Begleitung", "2 Uhr", 2),
        ("Plus One", "Ann Lee?", 1),
        ("Plus One First Name;Plus One Last Name", "perhaps;", 1),
        ("Number of guests", "3?", 2),
        ("Anzahl Personen", "2-3", 1),
        ("Party size", "2 or so, maybe", 1),
    ],
)
def test_who_comes_along_is_asked_where_no_name_or_number_says_it(headings, cells, offered):
    sheet = table(f"Name;{headings}\nMara Testfeld;{cells}\n")
    (line,) = compare(sheet).report().asked
    assert (line.question.kind, line.question.answer) == (Kind.COMPANION, "")
    assert names(compare(sheet)) == []
    held = names(compare(sheet, answers={"*:companion": "place"}))
    assert held == ["Mara Testfeld", *[""] * offered]
    assert names(compare(sheet, answers={"2:companion": "nobody"})) == ["Mara Testfeld"]
    assert names(compare(sheet, answers={"2:companion": "skip"})) == []


def test_places_that_are_held_are_counted_in_the_dry_run():
    sheet = table("Name;Plus One\nMara Testfeld;3\nKim Kunz;Ann Lee and guest\nOle Kunz;1\n")
    lines = compare(sheet).report().lines[Outcome.CREATED]
    assert [line.sentences for line in lines] == [
        ["is added, with 3 held places"],
        ["is added, with Ann Lee, a held place"],
        ["is added, with a held place"],
    ]
    known = [listed(1, first_name="Mara", last_name="Testfeld", email="m@x.example")]
    again = compare(table("Name;E-mail;Plus One\nMara Testfeld;m@x.example;2\n"), known)
    (line,) = again.report().lines[Outcome.UPDATED]
    assert [(change.field, change.new) for change in line.changes] == [
        ("companions", "2 held places")
    ]


def test_a_doubtful_companion_can_be_named_and_is_not_asked_of_who_does_not_come():
    sheet = table("Name;Plus One;RSVP\nMara Testfeld;Ann Lee?;yes\nBo Muster;maybe;no\n")
    found = compare(sheet, answers={"2:companion": "named"})
    assert names(found) == ["Mara Testfeld", "Ann Lee", "Bo Muster"]


@pytest.mark.parametrize(
    ("headings", "cells", "made"),
    [
        ("Plus One First Name;Plus One Last Name", "Chris;Dole", ["Chris Dole"]),
        (
            "Plus-One First Name;Plus-One Last Name",
            "Anna Maria;de la Cruz",
            ["Anna Maria de la Cruz"],
        ),
        ("Plus One First Name;Plus One Last Name;Plus One Email", "Chris;Dole;c@x.example", None),
        ("Vorname Begleitung;Nachname Begleitung", "Chris;Dole", ["Chris Dole"]),
        ("Vorname der Begleitperson;Name der Begleitperson", "Chris;Chris Dole", None),
        ("Prénom de l'accompagnant;Nom de l'accompagnant", "Chris;Dole", None),
        ("Partner First Name;Partner Last Name", "Chris;Dole", ["Chris Dole"]),
        ("First name (plus one);Last name (plus one)", "Chris;Dole", ["Chris Dole"]),
        (
            "Guest 2 First Name;Guest 2 Last Name;Guest 3 First Name;Guest 3 Last Name",
            "Chris;Dole;Bo;Li",
            ["Chris Dole", "Bo Li"],
        ),
        ("Guest 2;Guest 3", "Chris Dole;Bo Li", ["Chris Dole", "Bo Li"]),
        ("Plus One;Plus One First Name;Plus One Last Name", "Yes;Chris;Dole", ["Chris Dole"]),
        ("Plus One First Name;Plus One Last Name", "Yes;", [""]),
        ("Plus One First Name;Plus One Last Name", "TBD;", [""]),
        ("Plus One First Name;Plus One Last Name", "-;-", []),
        ("Plus One First Name;Plus One Last Name", "Chris;", ["Chris"]),
    ],
)
def test_a_companion_in_columns_of_his_own(headings, cells, made):
    found = compare(table(f"First Name;Last Name;{headings}\nMara;Wert;{cells}\n"))
    host, *brought = created(found)
    assert host.record.full_name == "Mara Wert"
    told = [create.record.full_name for create in brought]
    assert any("Chris" in name for name in told) if made is None else told == made
    assert all(create.host == "row 2" for create in brought)


def test_the_columns_of_the_first_guest_are_his():
    head = "Guest 1 First Name;Guest 1 Last Name;Guest 2 First Name;Guest 2 Last Name"
    assert names(compare(table(f"{head}\nMara;Wert;Chris;Dole\n"))) == ["Mara Wert", "Chris Dole"]


@pytest.mark.parametrize(
    ("title", "first", "people"),
    [
        ("M. et Mme", "Luc et Élodie", ["M. Luc Benoît", "Mme Élodie Benoît"]),
        ("Herr und Frau", "Luc und Ella", ["Herr Luc Benoît", "Frau Ella Benoît"]),
        ("Mr & Mrs", "Luc & Ella", ["Mr Luc Benoît", "Mrs Ella Benoît"]),
        ("Eheleute", "Luc und Ella", ["Luc Benoît", "Ella Benoît"]),
        ("Familie", "Luc und Ella", ["Luc Benoît", "Ella Benoît"]),
        ("Dr.", "Luc und Ella", ["Dr. Luc Benoît", "Ella Benoît"]),
        ("Herr und Frau", "Luc", ["Herr Luc Benoît", "Frau Benoît"]),
    ],
)
def test_each_of_a_couple_has_the_title_of_his_own(title, first, people):
    sheet = table(f"Title;First name;Last name\n{title};{first};Benoît\n")
    assert compare(sheet).report().counts[Outcome.ASKED] == 1
    assert names(compare(sheet, answers={"*:couple": "split"})) == people


def test_a_plus_one_has_a_title_as_this_list_writes_it():
    sheet = table("Civilité;Prénom;Nom;Accompagnant\nM.;Luc;Petit;M. Paul Roux\nMme;Eva;Roy;\n")
    assert [one.record.title for one in created(compare(sheet))] == ["M.", "M.", "Mme"]


@pytest.mark.parametrize(("there", "row"), [("Jörg", "Joerg"), ("Jörg", "JOERG"), ("Mara", "MARA")])
def test_the_richer_spelling_of_a_name_stays(there, row):
    known = [listed(1, first_name=there, last_name="Winter")]
    sheet = table(f"First name;Last name;E-mail\n{row};Winter;w@x.example\n")
    (verdict,) = compare(sheet, known, {"*:name": "same"}).verdicts()
    assert verdict.operation.record.first_name == there
    assert [change.field for change in verdict.changes] == ["email"]


def test_whoever_declines_brings_nobody():
    sheet = table("Name;RSVP;Plus One\nMara Testfeld;no;Yes\nOle Beispiel;yes;Yes\n")
    assert names(compare(sheet)) == ["Mara Testfeld", "Ole Beispiel", ""]


def test_the_same_list_again_brings_nobody_more():
    sheet = table("Name;E-mail;Begleitung\nMara Testfeld;m@x.example;2\nOle Li;o@x.example;Bo Li\n")
    known = [
        listed(1, party=7, first_name="Mara", last_name="Testfeld", email="m@x.example"),
        listed(2, Facts(held=True), party=7, host=1),
        listed(3, Facts(held=True), party=7, host=1),
        listed(4, party=8, first_name="Ole", last_name="Li", email="o@x.example"),
        listed(5, party=8, host=4, first_name="Bo", last_name="Li"),
    ]
    assert compare(sheet, known).report().counts[Outcome.UNCHANGED] == 2
    fewer = compare(sheet, known[:2] + known[3:4])
    assert [create.host for create in created(fewer)] == ["row 2", "row 3"]


COUPLES = {
    "Peter und Petra Schmidt": ["Peter Schmidt", "Petra Schmidt"],
    "Smith, John & Jane": ["John Smith", "Jane Smith"],
    "Mr. and Mrs. Robert Brown": ["Mr. Robert Brown", "Mrs. Brown"],
    "Herr und Frau Schmidt": ["Herr Schmidt", "Frau Schmidt"],
    "John Smith / Jane Doe": ["John Smith", "Jane Doe"],
    "Marie et Jean Dupont": ["Marie Dupont", "Jean Dupont"],
    "Anna Klein + Begleitung": ["Anna Klein", ""],
    "Anna Klein +1": ["Anna Klein", ""],
    "Anna Klein & Guest": ["Anna Klein", ""],
    "Anna, Ben und Carla Schmidt": ["Anna Schmidt", "Ben Schmidt", "Carla Schmidt"],
    "Dr. Eva und Uwe Eins": ["Dr. Eva Eins", "Uwe Eins"],
    "Ana y Luis García": ["Ana García", "Luis García"],
    "Tom, Lea, Mia": ["Tom", "Lea", "Mia"],
    "Tom Berg, Lea Berg, Mia Berg": ["Tom Berg", "Lea Berg", "Mia Berg"],
    "Tom Berg, Lea Kurz": ["Tom Berg", "Lea Kurz"],
    "Dr. Tom Berg, Prof. Lea Kurz, MBA": ["Dr. Tom Berg", "Prof. Lea Kurz"],
    "Tom Berg | Lea Kurz": ["Tom Berg", "Lea Kurz"],
    "Tom Berg – Lea Kurz": ["Tom Berg", "Lea Kurz"],
    "Tom Berg\nLea Kurz": ["Tom Berg", "Lea Kurz"],
    "PETER UND PETRA SCHMIDT": ["PETER SCHMIDT", "PETRA SCHMIDT"],
    "Ana com Luis Silva": ["Ana Silva", "Luis Silva"],
    "Opa Klein (mit Pfleger)": ["Opa Klein", ""],
    "Opa Klein (mit Jo Sommer)": ["Opa Klein", "Jo Sommer"],
    "Rose Petit (avec un enfant)": ["Rose Petit", ""],
    "Ada Longo (con Bo Longo": ["Ada Longo", "Bo Longo"],
    "Ann Lee (with 2 kids)": ["Ann Lee", "", ""],
    "Ann Lee (2 Pers.)": ["Ann Lee", ""],
}


@pytest.mark.parametrize("text", COUPLES)
def test_a_couple_is_never_one_guest_silently(text):
    sheet = table(f'Name;E-mail\n"{text}";a@x.example\n')
    report = compare(sheet).report()
    assert report.counts[Outcome.ASKED] == 1
    assert report.asked[0].question.kind is Kind.COUPLE
    split = created(compare(sheet, answers={"*:couple": "split"}))
    assert [create.record.full_name for create in split] == COUPLES[text]
    assert {create.group for create in split} == {"row 2"}
    assert split[0].record.email == "a@x.example"
    assert len(created(compare(sheet, answers={"2:couple": "one"}))) == 1
    assert created(compare(sheet, answers={"2:couple": "skip"})) == []


@pytest.mark.parametrize(
    ("first", "last", "people"),
    [
        ("Tom, Lea, Mia", "Berg", ["Tom Berg", "Lea Berg", "Mia Berg"]),
        ("Tom, Lea", "Berg", ["Tom Berg", "Lea Berg"]),
        ("Tom, Lea", "Berg, Kurz", ["Tom Berg", "Lea Kurz"]),
        ("Opa", "Klein (mit Pfleger)", ["Opa Klein", ""]),
        ("Rosa", "Klein (con Ada Longo)", ["Rosa Klein", "Ada Longo"]),
    ],
)
def test_several_in_two_columns(first, last, people):
    sheet = table(f"First name;Last name;E-mail\n{first};{last};a@x.example\n")
    assert compare(sheet).report().questions == {Kind.COUPLE: 1}
    assert names(compare(sheet, answers={"*:couple": "split"})) == people


def test_a_comma_parts_no_people_in_a_list_with_last_names_first():
    names_there = [
        "Berg, Tom",
        "García Márquez, Gabriel José",
        "Lloyd Webber, Sir Andrew",
        "Li, Bo",
    ]
    rows = "".join(f'"{name}";x\n' for name in names_there)
    report = compare(table(f"Name;Notes\n{rows}")).report()
    assert report.counts[Outcome.CREATED] == len(names_there)
    alone = table('Name;Notes\n"Berg, Tom";x\n"Li, Bo";x\n"Ute Kurz, Uwe Kurz";x\n')
    assert compare(alone).report().counts[Outcome.ASKED] == 1


def test_couples_in_two_columns():
    sheet = table("First name;Last name\nPeter und Petra;Schmidt\nJo & Al;Doe & Lee\n")
    assert names(compare(sheet, answers={"*:couple": "split"})) == [
        "Peter Schmidt",
        "Petra Schmidt",
        "Jo Doe",
        "Al Lee",
    ]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Mary-Ann O'Neil",
            "Anders And",
            "José María Ortega",
            "Andy Sandberg",
            "Y Lan",
            "Ed Undset",
        ),
        *(
            '"Berg, Tom"',
            '"Berg, Tom, Jr."',
            '"de la Cruz, María José"',
            '"von Trapp, Maria Augusta"',
        ),
        *('"Sanford Bishop, Jr., Esq."', '"Klein, Dr. med. Anna, MBA"', "Lea Berg (Acme)"),
        *("Anna - Lena Berg", "Maria E Garcia", "Lea Withers", "Tom\nBerg".replace("\n", " ")),
    ],
)
def test_one_person_is_one_person(name):
    assert compare(table(f"Name\n{name}\n")).report().counts[Outcome.CREATED] == 1


@pytest.mark.parametrize(
    ("rows", "answers", "asked"),
    [
        (["Anna & Ben Müller;", "Ben Müller;doppelt?"], {"2:couple": "split"}, (3, Kind.ROW)),
        (["Ben Müller;", "Anna & Ben Müller;"], {"3:couple": "split"}, (3, Kind.BROUGHT)),
        (["Ben Mueller;", "Müller, Anna und Ben;"], {"3:couple": "split"}, (3, Kind.BROUGHT)),
        (
            ["Anna & Ben Müller;", "Carl & Ben Müller;"],
            {"2:couple": "split", "3:couple": "split"},
            (3, Kind.BROUGHT),
        ),
        (["Eva Kunz;", "Petra & Pia Pohl;"], {"3:couple": "split"}, (3, Kind.BROUGHT)),
    ],
)
def test_who_comes_out_of_a_split_couple_is_compared_with_everybody_else(rows, answers, asked):
    known = [listed(1, first_name="Pia", last_name="Pohl")]
    sheet = table("\n".join(["Name;Notiz", *rows]))
    report = compare(sheet, known, answers).report()
    ((line,), (row, kind)) = report.asked[: report.counts[Outcome.ASKED]], asked
    assert (line.row, line.question.kind, line.question.answer) == (row, kind, "")
    before = names(compare(sheet, known, answers | {f"{row}:{kind}": "new"}))
    same = "skip" if kind is Kind.ROW else "same"
    after = names(compare(sheet, known, answers | {f"{row}:{kind}": same}))
    assert len(after) == len(before) - 1
    assert len({name.replace("ue", "ü") for name in after}) == len(after)


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        (["Anna Kunz;Ben Müller", "Ben Müller;"], Kind.ROW),
        (["Ben Müller;", "Anna Kunz;Ben Müller"], Kind.BROUGHT),
        (["Anna Kunz;Kunz, Anna"], Kind.BROUGHT),
        (["Anna Kunz;Pia Pohl"], Kind.BROUGHT),
    ],
)
def test_a_companion_with_a_row_of_his_own_is_no_second_guest_silently(rows, kind):
    known = [listed(1, first_name="Pia", last_name="Pohl")]
    sheet = table("\n".join(["Name;Begleitung", *rows]))
    report = compare(sheet, known).report()
    assert report.questions == {kind: 1}
    assert report.counts[Outcome.ASKED] == 1


def test_companions_without_a_last_name_are_no_doubles():
    sheet = table("Name;Begleitung\nAnna Kunz;Ben\nCarl Kunz;Ben\nDora Kunz;2\n")
    assert compare(sheet).report().questions == {}


@pytest.mark.parametrize(
    "cell", ["Paul, Petra und Pia Pohl", "Pohl, Petra & Paul", "Total, all guests"]
)
def test_a_row_that_may_be_several_or_none_is_shown_as_it_stands(cell):
    (line,) = compare(table(f"Name|Mail\n{cell}|\nEva Kunz|e@x.example\n")).report().asked
    assert line.name == cell
    assert f"“{cell}”" in line.question.sentence


def test_families_are_asked_about():
    for name in ("Familie Müller", "The Smiths", "Family Brown", "Famille Dupont"):
        (line,) = compare(table(f"Name;Phone\n{name};\nBo Li;\n")).report().asked
        assert [option.value for option in line.question.options] == ["one", "skip"]


@pytest.mark.parametrize("name", ["Familie Groß", "The Robinsons", "Famille Petit"])
def test_a_family_with_a_number_of_people_is_offered_as_places(name):
    sheet = table(f"Name;Anzahl Personen\n{name};4\nBo Li;1\nJo Li;1\n")
    (line,) = compare(sheet).report().asked
    assert [option.value for option in line.question.options] == ["split", "one", "skip"]
    made = created(compare(sheet, answers={"2:couple": "split"}))
    assert [create.facts.held for create in made] == [False, True, True, True, False, False]


def test_a_split_couple_is_not_split_again():
    sheet = table("Name;E-mail\nPeter und Petra Schmidt;p@x.example\n")
    known = [
        listed(1, party=7, first_name="Peter", last_name="Schmidt", email="p@x.example"),
        listed(2, party=7, first_name="Petra", last_name="Schmidt"),
    ]
    report = compare(sheet, known, {"*:couple": "split"}).report()
    assert report.counts[Outcome.UNCHANGED] == 1


@pytest.mark.parametrize(
    "name", ["Summe", "10 Summe", "Total", "TOTAL: 12", "Gesamt", "12", "Total guests"]
)
def test_a_line_of_totals_is_no_guest_silently(name):
    sheet = table(f"Name;E-mail\nMara Testfeld;m@x.example\n{name};\n")
    report = compare(sheet).report()
    assert (report.counts[Outcome.CREATED], report.counts[Outcome.ASKED]) == (1, 1)
    assert report.asked[0].question.kind is Kind.TOTAL


def test_first_names_that_are_titles_stay():
    made = created(compare(read("first-names-that-are-titles.csv")))
    assert [(one.record.title, one.record.first_name, one.record.last_name) for one in made] == [
        ("", "Don", "Testfeld"),
        ("", "Justice", "Beispiel"),
        ("", "Major", "Muster"),
        ("", "M. Night", "Exempel"),
        ("", "Sunil", "V"),
    ]


def test_what_was_taken_for_a_title_is_shown():
    sheet = table("Name\nDr. Eva Eins\nDr. Uwe Zwei\nMajor Tom Drei\n")
    report = compare(sheet).report()
    assert report.titles == [("Dr.", 2, "Dr. Eva Eins"), ("Major", 1, "Major Tom Drei")]


def test_a_household_that_comes_later_joins_the_party():
    known = [
        listed(1, party=7, last_name="Testfeld", first_name="Mara", email="m@x.example"),
        listed(2, party=8, last_name="Testfeld", first_name="Ole", email="o@x.example"),
        listed(3, party=9, last_name="Li", first_name="Bo", email="b@x.example"),
        listed(4, party=9, last_name="Li", first_name="Jo"),
    ]
    sheet = table(
        "Name;E-mail;Household\nKim Testfeld;;1\nMara Testfeld;m@x.example;1\n"
        "Ole Testfeld;o@x.example;1\nBo Li;b@x.example;1\n"
    )
    found = compare(sheet, known)
    kim, mara, ole, bo = found.verdicts()
    assert found.parties.party_of(kim.operation.group) == UUID(int=7)
    assert mara.outcome is Outcome.UNCHANGED
    assert ole.operation.group == "group 1"
    assert (bo.outcome, bo.operation) == (Outcome.UNCHANGED, None)
    assert "stays there" in bo.sentences[0]


def test_the_end_mark_is_no_guest():
    assert names(compare(read("ctrl-z-at-end.csv"))) == ["Mara Testfeld"]


def test_a_large_party_is_named():
    rows = "".join(f"First{number};Last{number};Sponsors\n" for number in range(13))
    (note,) = compare(table(f"First name;Last name;Group\n{rows}")).report().notes
    assert "“Sponsors” is a party of 13 people" in note


ADDRESSES = "E-Mail\nada.one@x.example\ninfo@y.example\nbo-b_two7@z.example\n"


def test_a_list_of_addresses_alone_comes_in_and_says_so():
    report = compare(table(ADDRESSES)).report()
    assert report.counts[Outcome.CREATED] == 3
    assert "addresses and no names" in report.notes[0]
    made = created(compare(table(ADDRESSES)))
    assert [(create.record.email, create.facts.held) for create in made] == [
        ("ada.one@x.example", True),
        ("info@y.example", True),
        ("bo-b_two7@z.example", True),
    ]
    assert names(compare(table(ADDRESSES.replace("E-Mail\n", "")))) == ["", "", ""]


def test_guests_are_named_as_their_addresses_read_only_where_somebody_says_so():
    made = created(compare(table(ADDRESSES), answers={"*:nameless": "named"}))
    assert [(create.record.full_name, create.facts.held) for create in made] == [
        ("Ada One", False),
        ("", True),
        ("Bo-B Two", False),
    ]


def test_the_same_addresses_again_change_nothing_and_a_name_that_comes_later_is_taken():
    known = [listed(1, Facts(held=True), email="ada.one@x.example")]
    again = compare(table("E-Mail\nADA.ONE@x.example\n"), known).report()
    assert again.counts[Outcome.CREATED] == again.counts[Outcome.ASKED] == 0
    (verdict,) = compare(table("Name;E-Mail\nAda One;ada.one@x.example\n"), known).verdicts()
    assert (verdict.operation.id, verdict.operation.facts.held) == (known[0].id, False)


def test_an_address_that_stands_twice_without_a_name_is_asked_about():
    sheet = table("E-Mail\nada@x.example\nAda@X.example\n")
    (line,) = [line for line in compare(sheet).report().asked if not line.question.answer]
    assert line.question.sentence == "The e-mail is the same as in row 2."


def test_a_row_without_a_name_among_named_ones_waits_for_an_answer():
    sheet = table("Name;E-Mail\nAda One;ada@x.example\n;bo.two@x.example\n")
    found = compare(sheet)
    (line,) = found.report().asked
    assert (line.row, line.question.kind, line.question.answer) == (3, Kind.NAMELESS, "")
    assert found.report().notes == []
    assert names(compare(sheet, answers={"3:nameless": "named"})) == ["Ada One", "Bo Two"]
    assert names(compare(sheet, answers={"3:nameless": "place"})) == ["Ada One", ""]


@pytest.mark.parametrize(
    "odd",
    [
        "BEN@x.example; carla@x.example",
        "ben@x.example, carla@x.example",
        "ben@x.example und carla@x.example",
        'Ben <ben@x.example>; "Kunz, Carla" <carla@x.example>',
        "ben@x.example carla@x.example",
        "ben@x.example/carla@x.example",
    ],
)
def test_a_list_of_addresses_with_odd_rows_is_one_of_addresses(odd):
    cells = ["eva@x.example", odd, '"Dora" <dora@x.example>', "no-at.example.org", "a@x.example"]
    text = "".join('"' + cell.replace('"', '""') + '"\n' for cell in cells)
    sheet = read_sheet(text.encode(), "list.txt", Choice(), is_known)
    assert list(guess(sheet.columns, sheet.rows).columns.values()) == ["email"]
    report = compare(sheet).report()
    first = report.lines[Outcome.WRONG][0]
    assert "holds 2 e-mail addresses; give each guest a row of their own" in first.sentences[0]
    assert report.counts[Outcome.WRONG] == 2


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("a@x.example; A@x.example", ["a@x.example"]),
        ("a+b@x.example", ["a+b@x.example"]),
        ("write to a@x.example", []),
        ("a@x.example (private)", []),
        ("a@x", []),
        ("", []),
    ],
)
def test_addresses_of_a_cell_that_holds_nothing_else(cell, found):
    assert addresses_in(cell) == found


@pytest.mark.parametrize(
    ("headings", "name", "other"),
    [
        ("Name;Email;Email", "Email", "Email (2)"),
        ("Name;E-mail;E-Mail 2", "E-mail", "E-Mail 2"),
        ("Name;Telefon;Telefon", "Telefon", "Telefon (2)"),
        (
            "Nom;T\u00e9l\u00e9phone;T\u00e9l\u00e9phone_2",
            "T\u00e9l\u00e9phone",
            "T\u00e9l\u00e9phone_2",
        ),
    ],
)
def test_what_stands_in_a_second_column_alone_is_said(headings, name, other):
    a, c, d = ("a@x.example", "c@x.example", "d@x.example") if "mail" in name else "123"
    notes = (
        compare(table(f"{headings}\nAda One;{a};\nCleo Two;;{c}\nDan Li;{d};{a}\n")).report().notes
    )
    sentence = f"1 row (3) has nothing in “{name}” but something in “{other}”, which becomes a "
    assert [note for note in notes if note.startswith(sentence)]


def test_a_new_row_is_shown_with_its_status_and_address():
    sheet = table("Name;E-Mail;Zusage\nAda One;a@x.example;nein\nBo Two;;ja\nCy Li;;vielleicht\n")
    lines = compare(sheet).report().lines[Outcome.CREATED]
    assert [(line.status, line.email) for line in lines] == [
        ("Declined", "a@x.example"),
        ("Confirmed", ""),
        ("Tentative", ""),
    ]
