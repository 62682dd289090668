"""What is wrong is told in one clear sentence that names it; nothing is lost or half done."""

from __future__ import annotations

import http.client
import re
import zipfile
from io import BytesIO

import psycopg
import pytest
from playwright.sync_api import Page, expect

from seatrobot.runtime.postgres import ADMINISTRATOR, EmbeddedPostgres

from .steps import (
    Account,
    Dinner,
    add_rule,
    add_tables,
    csv,
    download,
    import_list,
    new_event,
    seat_everyone,
    seats,
    upload,
)

HEAD = "first_name,last_name,email\n"
LIST = HEAD + "Alma,Adams,alma@guests.example\nBen,Brown,ben@guests.example\n"
HUGE_BYTES = 200 * 1024 * 1024
BOMB_BYTES = 400 * 1024 * 1024
ENDLESS = "N" * 10_000
DEAD_LINKS = """
    SELECT coalesce(sum(count), 0) FROM accounts_refusal_count WHERE reason = 'dead-link'
"""


@pytest.fixture
def page(visit, alice) -> Page:
    return visit(alice)


@pytest.fixture
def party(page, alice, made) -> Dinner:
    """An event for all tests of lists; each brings guests of its own."""
    if "party" not in made:
        made["party"] = two_guests(page, alice, "Party")
    return made["party"]


@pytest.fixture
def supper(page, alice, request) -> Dinner:
    """An event for one test of seating."""
    return two_guests(page, alice, request.node.name.replace("_", " "))


def two_guests(page: Page, alice: Account, title: str) -> Dinner:
    event = new_event(page, alice.home, title, places=50)
    import_list(page, event, csv(LIST))
    return event


def test_wrong_encodings_and_separators_are_understood(page, party):
    before = names(page, party)
    import_list(page, party, csv_bytes((HEAD + "Zoë,Ñandú,z@guests.example\n").encode("cp1252")))
    import_list(page, party, csv_bytes((HEAD + "Łucja,Żak,l@guests.example\n").encode("utf-16")))
    for name, separator in {"Semi": ";", "Tabitha": "\t", "Piper": "|"}.items():
        rows = f"{HEAD}{name},Clay,{name}@guests.example\n"
        import_list(page, party, csv(rows.replace(",", separator)))
    arrived = {"Zoë Ñandú", "Łucja Żak", "Semi Clay", "Tabitha Clay", "Piper Clay"}
    assert names(page, party) == before | arrived


def test_a_binary_file_is_refused(page, party):
    before = names(page, party)
    upload(page, party, csv_bytes(bytes(range(256)) * 40))
    expect_problem(page)
    assert names(page, party) == before


def test_200_megabytes_are_refused(page, party, tmp_path):
    before = names(page, party)
    file = tmp_path / "huge.csv"
    row = b"Ada,Anders,ada@guests.example\n"
    with file.open("wb") as out:
        out.write(HEAD.encode())
        for _ in range(HUGE_BYTES // (len(row) * 10_000)):
            out.write(row * 10_000)
    upload(page, party, file)
    expect_problem(page, r"“huge\.csv” has 200 MB; at most 50 MB are accepted")
    assert names(page, party) == before


def test_a_zip_bomb_disguised_as_a_workbook_is_refused(page, party):
    before = names(page, party)
    upload(page, party, workbook({"xl/worksheets/sheet1.xml": b"0" * BOMB_BYTES}))
    expect_problem(page, "unpacks to more than 256 MB")
    upload(page, party, workbook({}, only={"readme.txt": b"no workbook"}))
    expect_problem(page, "not an Excel workbook")
    assert names(page, party) == before


def test_formulas_stay_text_and_are_harmless_in_an_export(page, party):
    formula = '=HYPERLINK("http://evil.example")'
    quoted = formula.replace('"', '""')
    import_list(page, party, csv(f'{HEAD}"{quoted}",Clay,cara@guests.example\n'))
    assert f"{formula} Clay" in names(page, party)
    page.get_by_text("Export", exact=True).click()
    text = download(page, "a[href$='export.csv']").decode("utf-8-sig")
    assert "\"'=HYPERLINK" in text
    assert ",=" not in text
    assert ',"=' not in text


def test_an_endless_name_names_the_row_and_the_field(page, party):
    before = names(page, party)
    upload(page, party, csv(f"{LIST}{ENDLESS},Clay,endless@guests.example\n"))
    page.get_by_role("button", name="Check the rows").click()
    expect(page.locator("main")).to_contain_text(re.compile("Row 4: .*First name.*200"))
    expect(page.locator("dl.stats")).to_contain_text(re.compile(r"Wrong\s+1"))
    page.goto(party.at("guests", "add"))
    box = page.get_by_label("First name")
    box.evaluate("input => input.removeAttribute('maxlength')")
    box.fill(ENDLESS)
    page.get_by_role("button", name="Add to the list").click()
    expect(page.locator(".field", has=box).locator(".field-errors")).to_contain_text("200")
    assert names(page, party) == before


def test_letters_from_right_to_left_and_combining_signs_are_kept(page, party):
    combining = "Ine\u0308s,Q\u0303uay,ines@guests.example\n"
    import_list(page, party, csv(f"{HEAD}محمد,العربي,m@guests.example\n{combining}"))
    page.goto(f"{party.at('guests')}?q=ines quay")
    expect(page.locator("#guests tbody tr")).to_have_count(1)
    page.goto(f"{party.at('guests')}?q=محمد")
    expect(page.locator("#guests tbody tr")).to_contain_text("العربي")


def test_repeated_guests_and_missing_names_name_their_rows(page, party):
    """One address may be of two people; the same name and address is one, and said so."""
    before = names(page, party)
    rows = "Dora,Dorn,dora@guests.example\nOtto,Dorn,DORA@guests.example\n,,empty@guests.example\n"
    upload(page, party, csv(HEAD + rows + "DORA,dorn,dora@guests.example\n"))
    page.get_by_role("button", name="Check the rows").click()
    expect(page.locator("dl.stats")).to_contain_text(re.compile(r"New guests\s+2"))
    expect(page.locator("dl.stats")).to_contain_text(re.compile(r"Questions\s+2"))
    asked = page.locator("#questions")
    expect(asked).to_contain_text("The row has the address empty@guests.example and no name.")
    expect(asked).to_contain_text("The name and the e-mail are the same as in row 2.")
    expect(asked).to_contain_text("The e-mail is also that of row 2; both are kept.")
    problems = download(page, "a:has-text('Download these rows')").decode("utf-8-sig")
    assert "empty@guests.example" in problems
    assert "DORA" in problems
    page.get_by_role("button", name="Import the 2 good rows").click()
    page.get_by_role("link", name="See the guest list").click()
    assert names(page, party) == before | {"Dora Dorn", "Otto Dorn"}


def test_an_address_of_somebody_else_is_warned_about_and_kept(page, party):
    page.goto(party.at("guests", "add"))
    page.get_by_label("First name").fill("Eve")
    page.locator("form.guest-form").get_by_label("E-mail").fill("alma@guests.example")
    page.get_by_role("button", name="Add to the list").click()
    warning = "alma@guests.example is also the e-mail of Alma Adams; both are on the list."
    expect(page.locator("body")).to_contain_text(warning)
    expect(page.get_by_label("First name").first).to_have_value("Eve")


def test_an_event_that_ends_before_it_starts(page, alice):
    page.goto(f"{alice.home}events/new/")
    page.get_by_label("Title").fill("Backwards")
    page.get_by_label("Starts").fill("2027-01-20T19:00")
    page.get_by_label("Ends").fill("2027-01-20T18:00")
    page.get_by_role("button", name="Create the event").click()
    field = page.locator(".field", has=page.get_by_label("Ends"))
    expect(field).to_contain_text("The event ends before it starts")
    expect(page.get_by_label("Title")).to_have_value("Backwards")
    page.goto(f"{alice.home}events/")
    expect(page.get_by_role("link", name="Backwards")).to_have_count(0)


def test_more_guests_than_seats(page, supper):
    add_tables(page, supper, 1, 1)
    seat_everyone(page, supper)
    expect(page.locator("#side-result")).to_contain_text("1 of 2 guests sit")
    assert len(seats(page)) == 1


def test_contradictory_rules(page, supper):
    add_tables(page, supper, 2, 2)
    add_rule(page, supper, "together", guests=["Adams", "Brown"])
    add_rule(page, supper, "apart", guests=["Adams", "Brown"])
    seat_everyone(page, supper)
    expect(page.locator("#side-result .causes li")).to_have_count(2)
    assert seats(page) == {}


def test_a_table_smaller_than_the_people_at_it(page, supper):
    add_tables(page, supper, 1, 2)
    seat_everyone(page, supper)
    before = seats(page)
    assert len(before) == 2
    page.goto(supper.at("seating", "setup"))
    page.get_by_role("link", name="Table 1").click()
    page.get_by_label("Seats").fill("1")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".field", has=page.get_by_label("Seats"))).to_contain_text("2")
    page.goto(supper.at("seating", "setup"))
    page.get_by_label("Table 1", exact=True).check()
    page.locator(".selection-bar").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("There are people at these tables")).to_be_visible()
    page.goto(supper.at("seating"))
    assert seats(page) == before


def expect_problem(page: Page, sentence: str = "") -> None:
    """One sentence stands at the file; the page is still the one with the form."""
    expect(page.locator("#id_file_error li")).to_have_count(1)
    expect(page.locator("#id_file_error li")).to_have_text(re.compile(sentence or r"\w+ .*\."))


def names(page: Page, event: Dinner) -> set[str]:
    page.goto(event.at("guests"))
    return set(page.locator("#guests td.wide a").all_inner_texts())


def csv_bytes(data: bytes, name: str = "guests.csv") -> dict[str, object]:
    return {"name": name, "mimeType": "text/csv", "buffer": data}


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_SHEET = '<sheet name="Guests" sheetId="1" r:id="rId1"/>'
_LINK = f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'


def workbook(parts: dict[str, bytes], only: dict[str, bytes] | None = None) -> dict[str, object]:
    """Return what claims to be a workbook."""
    book = f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{_SHEET}</sheets></workbook>'
    links = f'<Relationships xmlns="{_PACKAGE}">{_LINK}</Relationships>'
    shell = {
        "[Content_Types].xml": b"<Types/>",
        "xl/workbook.xml": book.encode(),
        "xl/_rels/workbook.xml.rels": links.encode(),
    }
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (only or {**shell, **parts}).items():
            archive.writestr(name, data)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "guests.xlsx", "mimeType": kind, "buffer": buffer.getvalue()}


def test_a_long_agent_gets_a_sentence_and_is_counted_and_a_longer_one_gets_a_status(instance):
    server = EmbeddedPostgres(instance.data / "postgresql")
    with psycopg.connect(server.url(ADMINISTRATOR), autocommit=True) as superuser:
        before = superuser.execute(DEAD_LINKS).fetchone()
        line = http.client.HTTPConnection("127.0.0.1", instance.port)
        line.request("GET", "/set-up/wrong/", headers={"User-Agent": "x" * 1_000_000})
        assert line.getresponse().status == 431
        line.close()
        line.request("GET", "/set-up/wrong/", headers={"User-Agent": "x" * 100_000})
        answer = line.getresponse()
        assert (answer.status, b"does not work" in answer.read()) == (410, True)
        line.close()
        assert superuser.execute(DEAD_LINKS).fetchone() == (before[0] + 1,)
