"""A list comes in: 537 people, bad files, consent, and nothing half done."""

from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook
from procrastinate.contrib.django.models import ProcrastinateJob

import seatrobot
from seatrobot.conftest import as_, colleague
from seatrobot.documents import sheet as limits
from seatrobot.events.models import Field
from seatrobot.guests import jobs
from seatrobot.guests.guest_list import open_list
from seatrobot.guests.importing.headings import Target
from seatrobot.guests.importing.mapping import Mapping
from seatrobot.guests.importing.reports import Outcome
from seatrobot.guests.models import Guest, Import, ImportFile, ImportMemory, Party, PartyRecord
from seatrobot.guests.searching import Listing, Search
from seatrobot.guests.services import bulk, exporting, fields, imports, read_sheets
from seatrobot.guests.statuses import Status
from seatrobot.guests.uploads import BoundedMemory
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.progress.models import SILENCE, Progress
from seatrobot.organizations.permissions import Role

DINNER = Path(seatrobot.__file__).parent / "demo" / "congress-dinner.csv"


@pytest.fixture
def receive(alice, dinner):
    """Upload a file and agree to the columns as the page proposes them."""

    def upload(data, filename="guests.csv", status=Status.CONFIRMED):
        with as_(alice):
            row = imports.receive(actor=alice, event=dinner, filename=filename, data=data)
            own = open_list(alice, dinner.pk).fields
            sheet = imports.sheet_of(actor=alice, upload=row)
            mapping, _status, _known = imports.proposed(
                actor=alice, upload=row, sheet=sheet, own=own
            )
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


def opened(alice, dinner):
    with as_(alice):
        return open_list(alice, dinner.pk)


def test_all_537_of_the_dinner_arrive(alice, dinner, take_in):
    assert take_in(DINNER.read_bytes()) == {Outcome.CREATED: 537}
    listed = opened(alice, dinner)
    guests = {g.record.reference: g for g in listed.guests.values()}
    alma = guests["A000370"].record
    own = {field.label: alma.answers[field.id] for field in listed.fields}
    assert (alma.title, alma.first_name, alma.last_name) == ("Representative", "Alma", "Adams")
    assert own["party"] == "Democrat"
    assert own["state"] == "NC"
    assert own["committees"].startswith("House Committee on Agriculture; ")
    assert [field.label for field in listed.fields] == ["party", "state", "committees"]
    assert alma.tags == ["Democrat"]
    assert guests["A000370"].status is Status.CONFIRMED


def test_the_dinner_again_changes_nobody(take_in):
    take_in(DINNER.read_bytes())
    assert take_in(DINNER.read_bytes()) == {Outcome.UNCHANGED: 537}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_comes_in_again_unchanged(kind, alice, dinner, take_in, add, client_of, address):
    take_in(DINNER.read_bytes())
    host = add("Dolley Madison", notes="=1+1\nsecond line", tags=["vip", "host"])
    add("Dolley Madison", Status.DECLINED)
    client_of(alice).post(address(f"{host.pk}/plus-one/"))
    with as_(alice):
        declined = Guest.objects.get(reply="declined")
        bulk.check_in(actor=alice, event=dinner, ids=[declined.pk])
        Guest.objects.filter(pk=host.pk).update(delivery="bounced")
    before = opened(alice, dinner).guests
    with as_(alice):
        everybody = Listing(Search())
        data = exporting.export(actor=alice, event=dinner, listing=everybody, kind=kind)
    assert take_in(data, f"guests.{kind}") == {Outcome.UNCHANGED: 540}
    assert opened(alice, dinner).guests == before


def test_rows_with_problems_need_consent_and_nothing_is_half_done(alice, take_in):
    data = b"first name,last name,email\nAlma,Adams,alma@a.example\n,,\nBella,Abzug,nonsense\n"
    with pytest.raises(imports.ImportRefused, match="1 row cannot be imported, so nothing was"):
        take_in(data)
    with as_(alice):
        assert not Guest.objects.exists()
    assert take_in(data, skip_problems=True) == {Outcome.CREATED: 1, Outcome.WRONG: 1}


def work_of(alice):
    return Work("guests.import", alice.organization_id, alice.account_id)


def run_job(alice, dinner, upload, **said):
    """Do what the queue does with the job that the page asked for."""
    with as_(alice):
        upload.refresh_from_db()
    jobs.run_import(
        work_of(alice),
        import_id=str(upload.pk),
        event_id=str(dinner.pk),
        progress_id=str(upload.progress_id),
        skip_problems="",
        **said,
    )


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
    run_job(alice, dinner, row)
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
    add("Alma Adams", email="alma@a.example", reference="B2")
    browser.post(address(f"import/{row.pk}/run/"))
    run_job(alice, dinner, row)
    with as_(alice):
        work = Progress.objects.get()
        assert work.state == Progress.State.FAILED
        assert "so nothing was" in work.sealed.message
        assert Guest.objects.count() == 1


def test_an_import_that_was_refused_can_be_changed_and_tried_again(
    client_of, alice, dinner, address
):
    with as_(alice):
        dinner.activity.capacity = 500
        dinner.activity.save()
    browser, row, page = walk(client_of, alice, address, DINNER.read_bytes())
    assert "There are 37 places too few for these guests." in page.content.decode()
    browser.post(address(f"import/{row.pk}/run/"))
    run_job(alice, dinner, row)
    page = browser.get(address(f"import/{row.pk}/progress/"))
    assert "Only 500 places are free and 537 are wanted" in page.content.decode()
    assert "Look at it again" in page.content.decode()
    page = browser.get(address(f"import/{row.pk}/check/"))
    assert "Import 537 rows" in page.content.decode()
    browser.post(address(f"import/{row.pk}/run/"), {"overbook": "1"})
    run_job(alice, dinner, row, overbook="1")
    with as_(alice):
        assert Guest.objects.count() == 537


def test_a_double_click_starts_one_job(client_of, alice, dinner, address):
    browser, row, _page = walk(client_of, alice, address, b"first name,last name\nAlma,Adams\n")
    for _ in range(2):
        browser.post(address(f"import/{row.pk}/run/"))
    with as_(alice):
        assert Progress.objects.count() == 1
    assert ProcrastinateJob.objects.filter(task_name="guests.import").count() == 1
    run_job(alice, dinner, row)
    browser.post(address(f"import/{row.pk}/run/"))
    with as_(alice):
        assert Progress.objects.get().state == Progress.State.DONE


def test_an_import_writes_what_its_rows_say_and_takes_no_check_in_back(
    client_of, alice, dinner, address, add
):
    """A list from before the doors opened comes in while guests arrive."""
    alma = add("Alma Adams", email="alma@a.example", phone="1")
    data = b"first name,last name,email,phone,status\nAlma,Adams,alma@a.example,2,confirmed\n"
    browser, row, _page = walk(client_of, alice, address, data)
    browser.post(address(f"import/{row.pk}/run/"))
    with as_(alice):
        bulk.check_in(actor=alice, event=dinner, ids=[alma.pk])
    run_job(alice, dinner, row)
    with as_(alice):
        guest = Guest.objects.get()
        assert (guest.sealed.phone, guest.status) == ("2", "attended")


def test_a_shared_address_is_a_question_and_both_are_kept(client_of, alice, address, add):
    add("Alma Adams", email="office@a.example")
    data = b"first name,last name,email\nBella,Abzug,office@a.example\n"
    _browser, _row, page = walk(client_of, alice, address, data)
    text = page.content.decode()
    assert "also that of Alma Adams, who is on the list; both are kept." in text
    assert "1 answered for you: look at it" in text
    assert "Import 1 row" in text


def test_headings_become_the_columns_that_the_list_has(alice, dinner, take_in):
    take_in(b"name,Hotel,Empty\nAlma Adams,Ritz,\n")
    take_in(b"name,HOTEL,Diet\nBella Abzug,Plaza,vegan\n")
    listed = opened(alice, dinner)
    assert [field.label for field in listed.fields] == ["Hotel", "Diet"]
    assert [(field.type, field.special) for field in listed.fields] == [
        ("text", False),
        ("diet", True),
    ]
    hotel = listed.fields[0]
    answers = [listed.answer(guest, hotel) for guest in listed.by_name]
    assert answers == ["Plaza", "Ritz"]


def test_an_import_that_breaks_leaves_nothing(client_of, alice, dinner, address, monkeypatch):
    browser, row, _page = walk(client_of, alice, address, DINNER.read_bytes())
    browser.post(address(f"import/{row.pk}/run/"))
    finish = imports.finish

    def broken(**parts):
        finish(**parts)
        raise MemoryError

    monkeypatch.setattr(imports, "finish", broken)
    with pytest.raises(MemoryError):
        run_job(alice, dinner, row)
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
    listed = opened(alice, dinner)
    bob, alma, cy = (
        next(g for g in listed.guests.values() if g.record.first_name == name)
        for name in ("Bob", "Alma", "Cy")
    )
    assert (bob.host_id, bob.party_id) == (alma.id, alma.party_id)
    assert cy.host_id is None
    assert cy.party_id != alma.party_id


def test_a_manager_of_one_event_imports_into_a_special_column(
    client_of, max_, dinner, address, field
):
    diet = field("Diet", special=True)
    data = b"first name,last name,Diet\nAlma,Adams,vegan\n"
    browser, upload, _page = walk(client_of, max_, address, data)
    browser.post(address(f"import/{upload.pk}/run/"))
    run_job(max_, dinner, upload)
    with max_.acting(event_id=dinner.pk):
        assert Guest.objects.get().special.answers == {diet.pk: "vegan"}


def test_a_special_column_is_not_imported_as_a_plain_one_of_the_same_name(
    client_of, alice, address, field
):
    field("Diet", special=True)
    browser = client_of(alice)
    file = SimpleUploadedFile("guests.csv", b"last name,diet\nAdams,vegan\n")
    form = browser.post(address("import/"), {"file": file}, follow=True).context["form"]
    said = {field.html_name: field.initial for field in form.column_fields}
    (name,) = [name for name, value in said.items() if value.startswith("field:")]
    with as_(alice):
        row = Import.objects.get()
    page = browser.post(
        address(f"import/{row.pk}/columns/"),
        said | {"default_status": "confirmed", name: Target.NEW.value},
        follow=True,
    )
    assert "is special on the list" in page.content.decode()


def test_a_column_for_what_is_special_is_sealed_apart_and_stays_so(alice, dinner, take_in, receive):
    data = b"last name,Reisepass-Nr.,Hotel\nAdams,C01X,Ritz\n"
    take_in(data)
    listed = opened(alice, dinner)
    (passport,) = [field for field in listed.fields if field.special]
    assert (passport.label, passport.type) == ("Reisepass-Nr.", "text")
    with as_(alice):
        guest = Guest.objects.get()
        assert guest.special.answers == {passport.id: "C01X"}
        assert passport.id not in guest.sealed.answers
        assert receive(data).sealed.columns["Reisepass-Nr."] == passport.key


def test_a_column_that_was_said_to_be_special_is_so_on_the_next_list(alice, dinner, receive):
    data = b"last name,Remark of the host\nAdams,needs insulin\n"
    row = receive(data)
    with as_(alice):
        columns = row.sealed.columns | {"Remark of the host": Target.SPECIAL}
        imports.set_mapping(
            actor=alice, upload=row, mapping=Mapping(columns), default_status=Status.CONFIRMED
        )
        imports.run(actor=alice, upload=row, skip_problems=False)
        fields.remove(actor=alice, event=dinner, field_id=Field.objects.get().pk)
        upload = imports.receive(actor=alice, event=dinner, filename="b.csv", data=data)
        sheet = imports.sheet_of(actor=alice, upload=upload)
        mapping, _status, known = imports.proposed(actor=alice, upload=upload, sheet=sheet, own=())
    assert known
    assert mapping.columns["Remark of the host"] == Target.SPECIAL


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:00-12:00", "1899-12-31T00:00:00Z"]
)
def test_a_check_in_at_a_date_that_cannot_be_kept_is_wrong(moment, take_in):
    data = f"last name,checked in at\nAdams,{moment}\n".encode()
    with pytest.raises(imports.ImportRefused, match="1 row cannot be imported"):
        take_in(data)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_of_everything_that_can_be_confused_changes_nothing(
    kind, alice, dinner, take_in, add, field, client_of, address
):
    """One reference, name, address and label for several, and headings that differ by case."""
    meal, other, phone = field("Meal"), field("meal", 1), field("PHONE", 2)
    twins = [
        add("John Smith", reference="R", phone=str(number), answers={meal.pk: str(number)})
        for number in range(2)
    ]
    add("John & Jane Doe", answers={other.pk: "-", phone.pk: "none"}, company="None")
    add("Total", email="office@a.example")
    add("Mara Testfeld", email="office@a.example", tags=["no", "x"])
    add("Mara Testfeld", Status.DECLINED, notes="-")
    for twin in twins:
        client_of(alice).post(address(f"{twin.pk}/plus-one/"))
    with as_(alice):
        held = Guest.objects.get(host_id=twins[0].pk)
    client_of(alice).post(address(f"{held.pk}/plus-one/"))
    with as_(alice):
        for party, label in zip(Party.objects.order_by("pk"), ["A", "a", "x", "7"], strict=False):
            party.sealed = PartyRecord(label)
            party.save()
    before = opened(alice, dinner).guests
    with as_(alice):
        data = exporting.export(actor=alice, event=dinner, listing=Listing(Search()), kind=kind)
    assert take_in(data, f"guests.{kind}") == {Outcome.UNCHANGED: len(before)}
    after = opened(alice, dinner)
    assert after.guests == before
    assert [one.label for one in after.fields] == ["Meal", "meal", "PHONE"]


def upload_of(browser, address, alice, data, filename):
    browser.post(address("import/"), {"file": SimpleUploadedFile(filename, data)})
    with as_(alice):
        return Import.objects.order_by("-created_at").first()


def said_of(page):
    return {field.html_name: field.initial for field in page.context["form"].column_fields}


def test_how_a_file_is_read_can_be_changed_beside_a_preview(client_of, alice, address):
    browser = client_of(alice)
    data = "Имя;Заметка\nЕлена;да\n".encode("windows-1251")  # noqa: RUF001
    row = upload_of(browser, address, alice, data, "list.csv")
    page = browser.get(address(f"import/{row.pk}/columns/"))
    assert "Елена" in page.content.decode()
    reading = address(f"import/{row.pk}/reading/")
    page = browser.post(reading, {"encoding": "koi8-r", "has_heading": "yes"}, follow=True)
    assert "Елена" not in page.content.decode()
    page = browser.post(reading, {"encoding": "windows-1251", "has_heading": "no"}, follow=True)
    assert [field.label for field in page.context["form"].column_fields] == ["Column 1", "Column 2"]
    with as_(alice):
        row.refresh_from_db()
        assert row.sealed.row_count == 2


def test_the_sheet_can_be_chosen(client_of, alice, address):
    book = Workbook()
    book.active.append(["Read me", "first"])
    for title, name in (("Guests", "Alma"), ("Staff", "Bo")):
        book.create_sheet(title).append(["First name", "Last name"])
        book[title].append([name, "Adams"])
    buffer = BytesIO()
    book.save(buffer)
    browser = client_of(alice)
    row = upload_of(browser, address, alice, buffer.getvalue(), "list.xlsx")
    assert "Alma" in browser.get(address(f"import/{row.pk}/columns/")).content.decode()
    said = {"sheet": "Staff", "has_heading": "yes"}
    page = browser.post(address(f"import/{row.pk}/reading/"), said, follow=True)
    assert "Bo" in page.content.decode()
    assert page.context["sheet"].name == "Staff"
    page = browser.post(address(f"import/{row.pk}/reading/"), {"sheet": "?"}, follow=True)
    assert page.context["sheet"].name == "Staff"


def test_questions_are_answered_on_the_page(client_of, alice, dinner, address, add):
    add("Alma Adams", email="alma@a.example")
    data = (
        b"name,email,rsvp\nAlma Adams,alma@b.example,yes\nPeter & Petra Lee,,ja\nBella Abzug,,hmm\n"
    )
    browser, row, page = walk(client_of, alice, address, data)
    text = page.content.decode()
    assert "3 rows wait for your answer." in text
    assert "Split: Peter Lee" in text
    assert "alma@a.example" in text
    answers = address(f"import/{row.pk}/answers/")
    said = {"answer-*:couple": "split", "word-hmm": "declined", "answer-2:name": "new"}
    page = browser.post(answers, said, follow=True)
    assert "Import 3 rows" in page.content.decode()
    page = browser.post(answers, {"answer-2:name": "same:nobody"}, follow=True)
    assert "1 row waits for your answer." in page.content.decode()
    with as_(alice):
        alma = Guest.objects.get()
    browser.post(answers, {"answer-2:name": f"same:{alma.pk}"})
    browser.post(address(f"import/{row.pk}/run/"))
    run_job(alice, dinner, row)
    page = browser.get(address(f"import/{row.pk}/progress/"))
    assert "3 guests added, 1 updated" in page.content.decode()
    guests = opened(alice, dinner).guests
    found = {guest.record.full_name: guest for guest in guests.values()}
    assert found["Alma Adams"].record.email == "alma@b.example"
    assert found["Peter Lee"].party_id == found["Petra Lee"].party_id
    assert found["Bella Abzug"].status is Status.DECLINED
    page = browser.post(answers, {"word-hmm": "confirmed"})
    assert page.status_code == 409


def answered(alice, row):
    with as_(alice):
        row.refresh_from_db()
        return row.sealed.answers


@pytest.mark.parametrize(
    "reading",
    [
        {"sheet": "Guests", "has_heading": "no"},
        {"sheet": "Staff", "has_heading": "yes"},
        {"sheet": "Guests", "has_heading": "yes", "leave_hidden": "on"},
    ],
)
def test_answers_to_rows_are_forgotten_when_a_workbook_is_read_another_way(
    reading, client_of, alice, address
):
    book = Workbook()
    book.active.title = "Guests"
    for sheet in (book.active, book.create_sheet("Staff")):
        for cells in (["name", "email"], ["Peter & Petra Lee", ""], ["Ada One", ""]):
            sheet.append(cells)
    book.active.append(["Hidden One", ""])
    book.active.row_dimensions[4].hidden = True
    buffer = BytesIO()
    book.save(buffer)
    browser, row, _page = walk(client_of, alice, address, buffer.getvalue(), "guests.xlsx")
    browser.post(address(f"import/{row.pk}/answers/"), {"answer-2:couple": "skip"})
    assert answered(alice, row) == {"2:couple": "skip"}
    browser.post(address(f"import/{row.pk}/reading/"), reading)
    assert answered(alice, row) == {}


def test_answers_to_rows_are_forgotten_with_another_encoding(client_of, alice, address):
    data = "name;email\nPeter & Päul Lee;\n".encode("windows-1252")
    browser, row, _page = walk(client_of, alice, address, data)
    browser.post(address(f"import/{row.pk}/answers/"), {"answer-*:couple": "split"})
    assert answered(alice, row) == {"*:couple": "split"}
    said = {"encoding": "windows-1250", "has_heading": "yes"}
    browser.post(address(f"import/{row.pk}/reading/"), said)
    assert answered(alice, row) == {}


def test_answers_to_rows_are_forgotten_when_a_column_means_something_else(
    client_of, alice, address
):
    data = b"name,email,second\nPeter & Petra Lee,,Ada & Ben Two\n"
    browser, row, _page = walk(client_of, alice, address, data)
    answers = {"answer-2:couple": "one"}
    browser.post(address(f"import/{row.pk}/answers/"), answers)
    columns = address(f"import/{row.pk}/columns/")
    said = {"column_0": "full_name", "column_1": "email", "default_status": "confirmed"}
    browser.post(columns, said | {"column_2": "new"})
    assert answered(alice, row) == {"2:couple": "one"}  # the columns are the same
    browser.post(columns, said | {"column_0": "notes", "column_2": "full_name"})
    assert answered(alice, row) == {}


def test_what_cannot_be_known_is_asked_on_the_page_and_taken_in(client_of, alice, dinner, address):
    with as_(alice):
        arrival = fields.add(
            actor=alice, event=dinner, facts=fields.FieldFacts("Arrival", Field.Type.DATE)
        )
    data = (
        "name,email,Arrival,plus one,Meal,Meal\n"
        "JÃ¼rgen Beispiel,,3/4/2027,maybe,soup,cake\n"
        ",bo.two@x.example,5/6/2027,,fish,ice\n"
    )
    browser, row, page = walk(client_of, alice, address, data.encode())
    text = page.content.decode()
    assert "2 rows wait for your answer." in text
    assert "“JÃ¼rgen Beispiel” was probably “Jürgen Beispiel”" in text
    answers = address(f"import/{row.pk}/answers/")
    browser.post(answers, {"answer-*:date": "month"})
    page = browser.post(address(f"import/{row.pk}/reading/"), {"repair-only": "1"}, follow=True)
    text = page.content.decode()
    assert "Jürgen Beispiel" in text
    assert "was probably" not in text
    assert answered(alice, row) == {}
    browser.post(answers, {"answer-*:date": "month"})
    page = browser.post(answers, {"answer-*:companion": "place"}, follow=True)
    assert "1 row waits for your answer." in page.content.decode()
    browser.post(answers, {"answer-3:nameless": "named"})
    browser.post(address(f"import/{row.pk}/run/"))
    run_job(alice, dinner, row)
    listed = opened(alice, dinner)
    labels = {field.id: field.label for field in listed.fields}
    told = {
        guest.record.full_name: {labels[key]: text for key, text in guest.record.answers.items()}
        for guest in listed.guests.values()
    }
    assert told == {
        "Jürgen Beispiel": {"Arrival": "2027-03-04", "Meal": "soup", "Meal (2)": "cake"},
        "": {},
        "Bo Two": {"Arrival": "2027-05-06", "Meal": "fish", "Meal (2)": "ice"},
    }
    assert arrival.pk in labels


def test_only_answers_to_questions_are_kept_and_not_without_end(
    client_of, alice, address, monkeypatch
):
    browser, row, _page = walk(client_of, alice, address, b"name,rsvp\nBella Abzug,hmm\n")
    answers = address(f"import/{row.pk}/answers/")

    def kept():
        with as_(alice):
            said = Import.objects.get(pk=row.pk).sealed
        return said.answers, said.values

    before = kept()
    browser.post(
        answers,
        {
            "answer-2:nonsense": "new",
            "answer-3:name": "x" * (imports.LONGEST_ANSWER + 1),
            "word-" + "w" * (imports.LONGEST_WORD + 1): "declined",
        },
    )
    assert kept() == before
    monkeypatch.setattr(imports, "MOST_ANSWERS", 3)
    monkeypatch.setattr(imports, "MOST_WORDS", 2)
    for first in (2, 4):
        said = {f"answer-{first + n}:name": "new" for n in range(2)}
        browser.post(answers, said | {f"word-w{first + n}": "declined" for n in range(2)})
    browser.post(answers, {"word-w5": "?", "word-w4": "declined"})
    assert kept() == (
        {f"{n}:name": "new" for n in (3, 4, 5)},
        {"w5": "declined", "w4": "declined"},
    )


def test_rows_that_wait_for_an_answer_are_left_out_only_knowingly(take_in):
    data = b"name,rsvp\nAlma Adams,yes\nBella Abzug,hmm\n"
    with pytest.raises(imports.ImportRefused, match="1 row cannot be imported"):
        take_in(data)
    assert take_in(data, skip_problems=True) == {Outcome.CREATED: 1, Outcome.ASKED: 1}


def test_the_next_list_with_these_headings_is_mapped_the_same(
    client_of, alice, dinner, address, take_in
):
    browser, row, _page = walk(
        client_of, alice, address, b"wer,Hotel,rsvp,geheim\nAlma Adams,Ritz,hmm,x\n", "one.csv"
    )
    columns = address(f"import/{row.pk}/columns/")
    said = {"column_0": "full_name", "column_1": "new", "column_2": "reply", "column_3": "ignore"}
    browser.post(columns, said | {"default_status": "waitlisted"})
    browser.post(address(f"import/{row.pk}/answers/"), {"word-hmm": "tentative"})
    browser.post(address(f"import/{row.pk}/run/"))
    run_job(alice, dinner, row)
    again = upload_of(
        browser, address, alice, b"rsvp,wer,geheim,Hotel\nhmm,Bella Abzug,y,Plaza\n", "two.csv"
    )
    page = browser.get(address(f"import/{again.pk}/columns/"))
    assert "Mapped as your last list" in page.content.decode()
    targets = list(said_of(page).values())
    assert targets[:3] == ["reply", "full_name", "ignore"]
    assert targets[3].startswith("field:")
    assert page.context["form"]["default_status"].value() == "waitlisted"
    check = browser.post(
        address(f"import/{again.pk}/columns/"),
        said_of(page) | {"default_status": "waitlisted"},
        follow=True,
    )
    assert [word.meaning for word in check.context["report"].words] == ["tentative"]


@pytest.mark.parametrize(
    ("heading", "is_special"),
    [
        *((name, True) for name in ("Diet", "Allergien", "Religion", "Passport No.", "Régime")),
        *(
            (name, True)
            for name in ("Dietary needs", "Ernährungswünsche", "Rollstuhl?", "alergias")
        ),
        *((name, False) for name in ("Hotel", "Dish", "Faithful since", "Regiment", "Passion")),
    ],
)
def test_a_new_column_of_special_data_is_said_to_be_kept_apart(
    client_of, alice, address, heading, is_special
):
    browser = client_of(alice)
    data = f"name,{heading}\nAlma Adams,some\n".encode()
    row = upload_of(browser, address, alice, data, "one.csv")
    page = browser.get(address(f"import/{row.pk}/columns/"))
    assert ("becomes a special column" in page.content.decode()) == is_special
    browser.post(
        address(f"import/{row.pk}/columns/"),
        said_of(page) | {"column_1": "new", "default_status": "confirmed"},
    )
    page = browser.get(address(f"import/{row.pk}/columns/")).content.decode()
    assert ("seems to hold health" in page) == is_special


@pytest.mark.parametrize(
    "again",
    [
        "First name,Last name,E-Mail,HOUSEHOLD,dish",
        "FIRST_NAME,Last-Name,e mail,household,DISH",
        "First  name,last name,E_MAIL,Household ,Dish",
        "firstName,lastName,E-mail,Household:,Dish*",
    ],
)
def test_headings_in_another_spelling_are_remembered(alice, dinner, take_in, again):
    head = "First name,Last name,E-mail,Household,Dish"
    take_in(f"{head}\nMara,Testfeld,m@x.example,1,fish\nMia,Testfeld,,1,soup\n".encode())
    take_in(f"{again}\nOle,Muster,o@x.example,2,fish\nUte,Muster,,2,soup\n".encode())
    take_in(f"{head}\nKim,Wert,k@x.example,3,fish\nBo,Wert,,3,soup\n".encode())
    listed = opened(alice, dinner)
    assert [field.label for field in listed.fields] == ["Dish"]
    found = {guest.record.first_name: guest for guest in listed.guests.values()}
    assert found["Ole"].record.email == "o@x.example"
    assert found["Ole"].party_id == found["Ute"].party_id
    assert found["Ole"].record.answers.keys() == found["Kim"].record.answers.keys()


def test_headings_that_are_alike_keep_their_own_meanings(alice, dinner, take_in, receive):
    take_in(b"name,Hotel,hotel_\nAlma Adams,Ritz,one\n")
    row = receive(b"name,HOTEL,hotel-\nBella Abzug,Plaza,two\n")
    with as_(alice):
        imports.run(actor=alice, upload=row, skip_problems=False)
    listed = opened(alice, dinner)
    told = {
        guest.record.first_name: [guest.record.answers.get(f.id) for f in listed.fields]
        for guest in listed.guests.values()
    }
    assert told["Alma"][:2] == ["Ritz", "one"]
    assert told["Bella"][0] == "Plaza"
    assert "two" in told["Bella"]


def test_columns_of_one_label_are_not_exchanged_by_the_memory(alice, dinner, take_in):
    with as_(alice):
        for _turn in range(2):
            fields.add(actor=alice, event=dinner, facts=fields.FieldFacts("Dish"))
    take_in(b"name,Dish,Dish (2)\nAlma Adams,soup,fish\n")
    take_in(b"name,Dish,Dish (2)\nBella Abzug,salad,meat\n")
    listed = opened(alice, dinner)
    told = {
        guest.record.first_name: [guest.record.answers[field.id] for field in listed.fields]
        for guest in listed.guests.values()
    }
    assert told == {"Alma": ["soup", "fish"], "Bella": ["salad", "meat"]}


def test_a_manager_of_one_event_neither_leaves_nor_finds_a_memory(alice, dinner, take_in):
    data = b"Forename,Surname\nAlma,Adams\n"
    manager = colleague("Mona", Role.MANAGER, alice, [dinner.pk])

    def proposed(member):
        upload = imports.receive(actor=member, event=dinner, filename="a.csv", data=data)
        own = open_list(member, dinner.pk).fields
        sheet = imports.sheet_of(actor=member, upload=upload)
        mapping, _status, is_known = imports.proposed(
            actor=member, upload=upload, sheet=sheet, own=own
        )
        return upload, mapping, is_known

    with as_(manager):
        upload, mapping, _known = proposed(manager)
        imports.set_mapping(
            actor=manager, upload=upload, mapping=mapping, default_status=Status.DECLINED
        )
        imports.run(actor=manager, upload=upload, skip_problems=False)
        assert not ImportMemory.objects.exists()
    take_in(data)
    with as_(manager):
        assert ImportMemory.objects.count() == 1
        assert not proposed(manager)[2]
    with as_(alice):
        assert proposed(alice)[2]


def test_what_is_remembered_of_an_organization_is_not_seen_by_another(
    alice, charlie, dinner, receive
):
    row = receive(b"name,Hotel\nAlma Adams,Ritz\n")
    with as_(alice):
        imports.run(actor=alice, upload=row, skip_problems=False)
        assert ImportMemory.objects.count() == 1
    with as_(charlie):
        assert not ImportMemory.objects.exists()


def test_a_failed_import_can_be_cancelled(client_of, alice, dinner, address):
    data = b"name,email\nAlma Adams,nonsense\n"
    browser, row, _page = walk(client_of, alice, address, data)
    browser.post(address(f"import/{row.pk}/run/"))
    run_job(alice, dinner, row)
    columns = browser.get(address(f"import/{row.pk}/columns/"))
    assert columns.status_code == 200
    browser.post(address(f"import/{row.pk}/discard/"))
    with as_(alice):
        assert not Import.objects.exists()


def test_plus_ones_and_households_arrive_as_parties(alice, dinner, take_in, add):
    mara = add("Mara Testfeld", email="m@x.example")
    data = (
        "name,email,household,plus one\nMara Testfeld,m@x.example,1,yes\n"
        "Ole Testfeld,,1,\nBo Li,,,Jo Li\n"
    )
    assert take_in(data.encode())[Outcome.CREATED] == 4
    guests = opened(alice, dinner).guests
    found = {guest.record.full_name: guest for guest in guests.values()}
    held = found[""]
    assert (held.held, held.host_id, held.party_id) == (True, mara.pk, mara.party_id)
    assert found["Ole Testfeld"].party_id == mara.party_id
    assert found["Jo Li"].host_id == found["Bo Li"].id
    assert found["Jo Li"].party_id == found["Bo Li"].party_id
    assert take_in(data.encode()) == {Outcome.UNCHANGED: 3}


def test_guests_of_the_list_join_the_household_that_a_later_list_names(alice, dinner, take_in, add):
    mara, ole = add("Mara Lee", email="m@x.example"), add("Ole Lee", email="o@x.example")
    data = (
        b"name,email,household,guest of\nMara Lee,m@x.example,7,\nOle Lee,o@x.example,7,Mara Lee\n"
    )
    assert take_in(data) == {Outcome.UNCHANGED: 1, Outcome.UPDATED: 1}
    guests = opened(alice, dinner).guests
    assert guests[ole.pk].party_id == guests[mara.pk].party_id == mara.party_id
    assert guests[ole.pk].host_id == mara.pk
    with as_(alice):
        assert Party.objects.count() == 1
    assert take_in(data) == {Outcome.UNCHANGED: 2}


def workbook(rows):
    book = Workbook()
    for cells in rows:
        book.active.append(cells)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_workbook_is_parsed_once_for_all_looks_of_a_process(
    client_of, alice, dinner, address, monkeypatch
):
    parsed = []
    read = imports.read_sheet
    monkeypatch.setattr(
        imports, "read_sheet", lambda *said, **more: (parsed.append(said), read(*said, **more))[1]
    )
    read_sheets._kept.clear()
    data = workbook([["name", "phone"], ["Alma Adams", "1"], ["Bella Abzug", "2"]])
    browser, row, _page = walk(client_of, alice, address, data, "guests.xlsx")
    browser.get(address(f"import/{row.pk}/check/"))
    browser.get(address(f"import/{row.pk}/check/"))
    assert len(parsed) == 2  # as it came, and once for everything since
    browser.post(address(f"import/{row.pk}/reading/"), {"has_heading": "no"})
    page = browser.get(address(f"import/{row.pk}/columns/"))
    assert len(parsed) == 3
    assert page.context["sheet"].row_count == 3
    with as_(alice):
        row.refresh_from_db()
        imports.delete_file(row.pk)
        assert read_sheets._kept == {}
        with pytest.raises(imports.ImportRefused):
            imports.sheet_of(actor=alice, upload=row)


def test_kept_workbooks_are_bounded_and_forgotten(alice, receive, monkeypatch):
    data = workbook([["name"], *[[f"Guest Number{number}"] for number in range(50)]])
    read_sheets._kept.clear()
    first = receive(data, "one.xlsx")
    size = next(iter(read_sheets._kept.values())).size
    assert size > 50 * 50
    monkeypatch.setattr(read_sheets, "MOST_BYTES", size)
    second = receive(data, "two.xlsx")
    assert {key.upload_id for key in read_sheets._kept} == {second.pk}
    monkeypatch.setattr(read_sheets, "MOST_BYTES", size - 1)
    third = receive(data, "three.xlsx")
    assert third.pk not in {key.upload_id for key in read_sheets._kept}
    assert first.pk not in {key.upload_id for key in read_sheets._kept}
    monkeypatch.setattr(read_sheets, "LONGEST_UNUSED", -1.0)
    read_sheets._forget_unused()
    assert not read_sheets._kept
