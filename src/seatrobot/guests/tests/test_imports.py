"""A list comes in: 537 people, bad files, consent, and nothing half done."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

import seatrobot
from seatrobot.conftest import as_
from seatrobot.documents import sheet as limits
from seatrobot.guests import jobs
from seatrobot.guests.directory import open_list
from seatrobot.guests.importing.reports import Outcome
from seatrobot.guests.models import Guest, Import, ImportFile
from seatrobot.guests.searching import Listing, Search
from seatrobot.guests.services import exporting, imports
from seatrobot.guests.statuses import Status
from seatrobot.guests.uploads import BoundedMemory
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.progress.models import SILENCE, Progress

DINNER = Path(seatrobot.__file__).parent / "demo" / "congress-dinner.csv"


@pytest.fixture
def receive(alice, dinner):
    """Upload a file and agree to the guessed columns."""

    def upload(data, filename="guests.csv", status=Status.CONFIRMED):
        with as_(alice):
            row = imports.receive(actor=alice, event=dinner, filename=filename, data=data)
            mapping = imports.guessed(imports.sheet_of(actor=alice, upload=row))
            imports.set_mapping(actor=alice, upload=row, mapping=mapping, default_status=status)
            return row

    return upload


@pytest.fixture
def take_in(alice, receive):
    """Import a file; return the counts that are not zero."""

    def run(data, filename="guests.csv", skip_problems=False):
        row = receive(data, filename)
        with as_(alice):
            counts = imports.run(actor=alice, upload=row, skip_problems=skip_problems)
        return {outcome: count for outcome, count in counts.items() if count}

    return run


def directory(alice, dinner):
    with as_(alice):
        return open_list(alice, dinner.pk)


def test_all_537_of_the_dinner_arrive(alice, dinner, take_in):
    assert take_in(DINNER.read_bytes()) == {Outcome.CREATED: 537}
    guests = {g.record.reference: g for g in directory(alice, dinner).guests.values()}
    alma = guests["A000370"].record
    assert (alma.title, alma.first_name, alma.last_name) == ("Representative", "Alma", "Adams")
    assert alma.extra["party"] == "Democrat"
    assert alma.extra["state"] == "NC"
    assert alma.extra["committees"].startswith("House Committee on Agriculture; ")
    assert alma.tags == ["Democrat"]
    assert guests["A000370"].status is Status.CONFIRMED


def test_the_dinner_again_changes_nobody(take_in):
    take_in(DINNER.read_bytes())
    assert take_in(DINNER.read_bytes()) == {Outcome.UNCHANGED: 537}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_comes_in_again_unchanged(kind, alice, dinner, take_in, add, client_of, address):
    take_in(DINNER.read_bytes())
    host = add("Dolley Madison", notes="=1+1\nsecond line", tags=["vip", "host"])
    add("Dolley Madison")
    client_of(alice).post(address(f"{host.pk}/plus-one/"))
    before = directory(alice, dinner).guests
    with as_(alice):
        everybody = Listing(Search())
        data = exporting.export(actor=alice, event=dinner, listing=everybody, kind=kind)
    assert take_in(data, f"guests.{kind}") == {Outcome.UNCHANGED: 540}
    assert directory(alice, dinner).guests == before


def test_rows_with_problems_need_consent_and_nothing_is_half_done(alice, take_in):
    data = b"first name,last name,email\nAlma,Adams,alma@a.example\n,,\nBella,Abzug,nonsense\n"
    with pytest.raises(imports.ImportRefused, match="1 rows cannot be imported, so nothing was"):
        take_in(data)
    with as_(alice):
        assert not Guest.objects.exists()
    assert take_in(data, skip_problems=True) == {Outcome.CREATED: 1, Outcome.WRONG: 1}


def work_of(alice):
    return Work("guests.import", alice.organization_id, alice.account_id)


def walk(client_of, alice, address, data, filename="guests.csv"):
    """Upload by browser up to the dry run; return browser, import and its page."""
    browser = client_of(alice)
    file = SimpleUploadedFile(filename, data)
    page = browser.post(address("import/"), {"file": file}, follow=True)
    assert page.status_code == 200, page.content.decode()
    with as_(alice):
        row = Import.objects.get()
    form = page.context["form"]
    said = {field.html_name: field.initial for field in form.column_fields}
    page = browser.post(
        address(f"import/{row.pk}/columns/"), said | {"default_status": "confirmed"}, follow=True
    )
    assert page.status_code == 200
    return browser, row, page


def test_the_steps_in_a_browser(client_of, alice, dinner, address):
    browser, row, page = walk(client_of, alice, address, DINNER.read_bytes())
    assert "Import 537 rows" in page.content.decode()
    with as_(alice):
        assert not Guest.objects.exists()
    page = browser.post(address(f"import/{row.pk}/run/"), follow=True)
    assert "Guests are being imported" in page.content.decode()
    with as_(alice):
        Progress.objects.update(updated_at=now() - 2 * SILENCE)
    page = browser.get(address(f"import/{row.pk}/progress/"))
    assert "This was interrupted; nothing was changed." in page.content.decode()
    jobs.run_import(
        work_of(alice), import_id=str(row.pk), event_id=str(dinner.pk), skip_problems=""
    )
    page = browser.get(address(f"import/{row.pk}/progress/"))
    assert "537 guests added" in page.content.decode()
    with as_(alice):
        assert Guest.objects.count() == 537
        assert not ImportFile.objects.exists()


def test_wrong_rows_are_shown_and_downloaded(client_of, alice, address):
    data = b"first name,last name,email\nAlma,Adams,alma@a.example\nBella,Abzug,nonsense\n"
    browser, row, page = walk(client_of, alice, address, data)
    text = page.content.decode()
    assert "Row 3: E-mail “nonsense” is not an e-mail address." in text
    assert "Import the 1 good row" in text
    problems = browser.get(address(f"import/{row.pk}/problems.csv"))
    assert problems.content.decode("utf-8-sig").splitlines()[1].startswith("Bella,Abzug,nonsense,")


def test_the_list_is_looked_at_again_when_the_import_runs(client_of, alice, dinner, address, add):
    data = b"first name,last name,email,reference\nAlma,Adams,alma@a.example,A1\n"
    browser, row, _page = walk(client_of, alice, address, data)
    add("Somebody Else", email="alma@a.example", reference="B2")
    browser.post(address(f"import/{row.pk}/run/"))
    jobs.run_import(
        work_of(alice), import_id=str(row.pk), event_id=str(dinner.pk), skip_problems=""
    )
    with as_(alice):
        work = Progress.objects.get()
        assert work.state == Progress.State.FAILED
        assert "so nothing was" in work.sealed.message
        assert Guest.objects.count() == 1


def test_an_import_that_breaks_leaves_nothing(client_of, alice, dinner, address, monkeypatch):
    browser, row, _page = walk(client_of, alice, address, DINNER.read_bytes())
    browser.post(address(f"import/{row.pk}/run/"))
    finish = imports.finish

    def broken(**parts):
        finish(**parts)
        raise MemoryError

    monkeypatch.setattr(imports, "finish", broken)
    with pytest.raises(MemoryError):
        jobs.run_import(
            work_of(alice), import_id=str(row.pk), event_id=str(dinner.pk), skip_problems=""
        )
    with as_(alice):
        assert not Guest.objects.exists()
        assert "changed nothing" in Progress.objects.get().sealed.message


def test_cancelling_leaves_nothing(client_of, alice, address):
    browser, row, _page = walk(client_of, alice, address, DINNER.read_bytes())
    browser.post(address(f"import/{row.pk}/discard/"))
    with as_(alice):
        assert not Import.objects.exists()
        assert not ImportFile.objects.exists()
        assert not Guest.objects.exists()


def test_what_nobody_finishes_is_purged(client_of, alice, address):
    _browser, row, _page = walk(client_of, alice, address, DINNER.read_bytes())
    jobs.purge_import(work_of(alice), import_id=str(row.pk))
    with as_(alice):
        assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.csv", b"", "The file is empty."),
        ("a.xlsx", b"%PDF-1.7", "The format of “a.xlsx” is PDF; accepted are CSV files"),
        ("a.xlsx", b"PK\x03\x04broken", "The Excel workbook is damaged"),
        ("a.csv", b"a,b\n\x00,1\n", "holds NUL bytes"),
    ],
)
def test_a_wrong_file_gets_one_sentence(name, data, sentence, client_of, alice, address):
    page = client_of(alice).post(address("import/"), {"file": SimpleUploadedFile(name, data)})
    assert page.status_code == 422
    assert sentence in page.content.decode()
    with as_(alice):
        assert not Import.objects.exists()


def test_a_file_that_is_too_large_is_refused_and_not_kept(client_of, alice, address, monkeypatch):
    monkeypatch.setattr("seatrobot.guests.uploads.MAX_BYTES", 1024 * 1024)
    monkeypatch.setattr("seatrobot.guests.forms.MAX_BYTES", 1024 * 1024)
    file = SimpleUploadedFile("long.csv", b"a" * (3 * 1024 * 1024))
    page = client_of(alice).post(address("import/"), {"file": file})
    assert "“long.csv” has 3 MB; at most 1 MB are accepted." in page.content.decode()
    assert limits.MAX_BYTES == 50 * 1024 * 1024


def test_nothing_of_a_file_that_is_too_large_is_kept(monkeypatch):
    monkeypatch.setattr("seatrobot.guests.uploads.MAX_BYTES", 10)
    handler = BoundedMemory()
    handler.new_file("file", "long.csv", "text/csv", None)
    for start in range(0, 30, 6):
        handler.receive_data_chunk(b"abcdef", start)
    file = handler.file_complete(30)
    assert (file.size, file.read()) == (30, b"")


def test_plus_ones_of_a_file_know_their_host(alice, dinner, take_in):
    take_in(b"first name,last name,guest of\nBob,Adams,Alma Adams\nAlma,Adams,\nCy,Young,\n")
    opened = directory(alice, dinner)
    bob, alma, cy = (
        next(g for g in opened.guests.values() if g.record.first_name == name)
        for name in ("Bob", "Alma", "Cy")
    )
    assert (bob.host_id, bob.party_id) == (alma.id, alma.party_id)
    assert cy.host_id is None
    assert cy.party_id != alma.party_id
