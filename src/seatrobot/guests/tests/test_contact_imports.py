"""Address books become contacts: files, pasted rows and vCards; twice is once; nothing is lost."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404

from seatrobot.conftest import as_
from seatrobot.contacts import services as contacts
from seatrobot.contacts.feature import Action
from seatrobot.contacts.models import Contact, ContactImport, ContactRecord
from seatrobot.guests.jobs import run_contact_import
from seatrobot.guests.services import contact_imports as imports
from seatrobot.guests.services.contact_imports import BookRefused
from seatrobot.kernel import lists
from seatrobot.kernel.cards import CardNumber
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import NotAllowed
from seatrobot.kernel.progress.models import Progress

CSV = (
    "Vorname;Nachname;E-Mail;Firma;Tags;E-Mail 2\n"
    "Bo;Li;bo@li.example;Acme;VIP, Press;bo@home.example\n"
    "Ana;Žižek;;Öl AG;;\n"
    "ANA;ZIZEK;;Oel AG;Twice;\n"
    "Max und Eva;Moritz;m@m.example;;;\n"
    ";;nonsense;;;\n"
    "Total;;;;;\n"
    "Cy;Young;cy@y.example, cy@z.example;;;\n"
)
CARDS = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Dr. Bo Li\r\nEMAIL:bo@li.example\r\n"
    "TEL:+49 30 1\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:group\r\nFN:Team\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:4.0\r\nNOTE:nobody\r\nEND:VCARD\r\n"
)


@pytest.fixture(autouse=True)
def no_opened_lists():
    lists.clear()
    yield
    lists.clear()


def brought(alice, data, filename="book.csv", **ticks):
    """Import a file; return what came of it and the contacts there are, by first name."""
    with as_(alice):
        row = imports.receive(actor=alice, filename=filename, data=data)
        if ticks:
            columns = row.sealed.columns
            imports.set_columns(actor=alice, row=row, columns=columns, **ticks)
        dry = imports.dry_run(actor=alice, row=row).counts
    with as_(alice):
        counts = imports.run(actor=alice, import_id=row.pk).counts
    assert counts == dry
    with as_(alice):
        return counts, {c.sealed.first_name: c.sealed for c in Contact.objects.all()}


def test_a_file_comes_in_once_however_often_it_is_brought(alice):
    counts, people = brought(alice, CSV.encode())
    assert counts == {"new": 3, "changed": 1, "same": 0, "wrong": 2, "left_out": 1}
    assert people["Bo"].emails == ["bo@li.example", "bo@home.example"]
    assert people["Bo"].tags == ["VIP", "Press"]
    assert people["Ana"].tags == ["Twice"]
    assert people["Cy"].emails == ["cy@y.example", "cy@z.example"]
    counts, again = brought(alice, CSV.encode())
    assert (counts["new"], counts["changed"], counts["same"]) == (0, 0, 4)
    assert again == people


def test_a_workbook_and_what_the_file_replaces_only_when_it_is_asked_to(alice):
    with as_(alice):
        record = ContactRecord(
            first_name="Bo", last_name="Li", company="Acme", emails=["bo@li.example"], notes="Mine"
        )
        contacts.create(actor=alice, record=record)
    book = openpyxl.Workbook()
    for cells in (
        ["First name", "Last name", "E-mail", "Company", "Notes"],
        ["Bo", "Li", "BO@li.example", "Other", "Theirs"],
    ):
        book.active.append(cells)
    file = io.BytesIO()
    book.save(file)
    counts, people = brought(alice, file.getvalue(), "book.xlsx")
    assert counts["changed"] == 1
    assert (people["Bo"].company, people["Bo"].notes) == ("Acme", "Mine\nTheirs")
    _counts, people = brought(alice, file.getvalue(), "book.xlsx", overwrite=True)
    assert (people["Bo"].company, people["Bo"].notes) == ("Other", "Mine\nTheirs")
    assert people["Bo"].emails == ["bo@li.example"]


def test_cards_come_in_and_go_out_and_come_in_the_same(client_of, alice):
    brought(alice, CSV.encode())
    counts, people = brought(alice, CARDS.encode(), "book.vcf")
    assert counts == {"new": 0, "changed": 1, "same": 0, "wrong": 1, "left_out": 1}
    assert (people["Bo"].title, people["Bo"].phone) == ("Dr.", "+49 30 1")
    answer = client_of(alice).get(f"/o/{alice.organization_id}/contacts/contacts.vcf?q=li")
    assert answer["Content-Type"].startswith("text/vcard")
    assert answer.content.count(b"BEGIN:VCARD") == 1
    whole = client_of(alice).get(f"/o/{alice.organization_id}/contacts/contacts.vcf").content
    counts, again = brought(alice, whole, "contacts.vcf")
    assert counts == {"new": 0, "changed": 0, "same": 3, "wrong": 0, "left_out": 0}
    assert again == people
    with as_(alice):
        assert Entry.objects.filter(action=Action.CONTACT_EXPORT).count() == 2


def test_what_somebody_typed_meanwhile_is_not_lost(alice):
    """The contact is changed between the moment the list is read and the moment it is locked."""
    brought(alice, CSV.encode())
    with as_(alice):
        row = imports.receive(actor=alice, filename="b.vcf", data=CARDS.encode())
        people = list(imports._people(row))
        plan = imports.plan(imports.open_contacts(alice).by_name, people)
        (pk,) = plan.over
        person, seen = contacts.load_contact(alice, pk)
        person.sealed.notes = "Typed meanwhile"
        record = ContactRecord(
            first_name="Bo", last_name="Li", emails=["bo@li.example"], notes="Typed meanwhile"
        )
        contacts.change(actor=alice, contact=person, record=record, seen=seen)
        imports.run(actor=alice, import_id=row.pk)
        kept = Contact.objects.get(pk=pk).sealed
        assert (kept.notes, kept.phone) == ("Typed meanwhile", "+49 30 1")


@pytest.mark.parametrize(
    ("data", "name", "refusal"),
    [
        (b"", "a.csv", BookRefused),
        (b"%PDF-1.7", "a.pdf", BookRefused),
        (b"Name\nAlma 4242 4242 4242 4242\n", "a.csv", CardNumber),
        (b"BEGIN:VCARD\nFN:A\nNOTE:4242424242424242\nEND:VCARD\n", "a.vcf", CardNumber),
    ],
)
def test_what_is_no_address_book(data, name, refusal, alice):
    with as_(alice), pytest.raises(refusal):
        imports.receive(actor=alice, filename=name, data=data)


def test_the_pages_from_file_to_contacts(client_of, alice):
    browser = client_of(alice)
    home = f"/o/{alice.organization_id}/contacts/import/"
    assert browser.post(home, {}).status_code == 422
    page = browser.post(home, {"pasted": "First name\tLast name\nBo\tLi\n"}, follow=True)
    assert [column["target"] for column in page.context["columns"]] == ["first_name", "last_name"]
    where = page.redirect_chain[-1][0]
    assert browser.post(f"{where}discard/").status_code == 302
    page = browser.post(home, {"file": SimpleUploadedFile("b.csv", CSV.encode())}, follow=True)
    where = page.redirect_chain[-1][0]
    page = browser.post(where, {"column-0": "nonsense"}, follow=True).content.decode()
    assert "Choose what each column holds." in page
    said = {f"column-{i}": t for i, t in enumerate(["first_name", "last_name", "email"])}
    page = browser.post(where, said, follow=True)
    assert page.context["counts"]["new"] == 3
    for _again in range(2):
        browser.post(f"{where}run/")
    with as_(alice):
        work = Progress.objects.get(kind="guests.import-contacts")
        row = ContactImport.objects.get()
    asked = Work("guests.import-contacts", alice.organization_id, alice.account_id)
    run_contact_import(asked, import_id=str(row.pk), progress_id=str(work.pk))
    assert "3 contacts added" in browser.get(f"{where}progress/").content.decode()
    assert browser.get(where).status_code == 302
    with as_(alice):
        assert ContactImport.objects.get().sealed.data == b""
        assert Contact.objects.count() == 3
        with pytest.raises(BookRefused):
            imports.run(actor=alice, import_id=row.pk)


def test_those_who_may_not(alice, charlie, max_):
    with as_(alice):
        row = imports.receive(actor=alice, filename="a.csv", data=CSV.encode())
    with as_(charlie), pytest.raises(Http404):
        imports.load(charlie, row.pk)
    with as_(max_):
        for call in (
            lambda: imports.receive(actor=max_, filename="a.csv", data=CSV.encode()),
            lambda: imports.load(max_, row.pk),
            lambda: imports.run(actor=max_, import_id=row.pk),
        ):
            with pytest.raises(NotAllowed):
                call()
