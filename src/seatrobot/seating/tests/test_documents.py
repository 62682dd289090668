"""Documents show the columns that were chosen, to who may see them; viewers print what they see."""

import io

import pytest
from django.urls import reverse
from pypdf import PdfReader

from seatrobot.conftest import as_
from seatrobot.events.models import Field
from seatrobot.guests.models import Guest
from seatrobot.guests.records import SpecialRecord
from seatrobot.seating.exports import DOCUMENTS
from seatrobot.seating.services import robot
from seatrobot.seating.tests.conftest import field, furnish


@pytest.fixture
def diets(alice, dinner, evening, guests):
    """Three at one table: two vegans, and one who said nothing; and a plus-one without a name."""
    ann, *others = guests("Ann Ash", "Ben Birch", "Cat Cedar", course="Fish")
    guests(" ", host=ann)
    furnish(alice, evening, 1, 6)
    diet = field(alice, dinner, "Diet", type=Field.Type.DIET, special=True)
    with as_(alice):
        for guest in (ann, others[0]):
            row = Guest.objects.get(pk=guest)
            row.special = SpecialRecord({diet.pk: "Vegan"})
            row.save()
        robot.seat_everyone(actor=alice, activity=evening, seconds=0.5)
    return diet


@pytest.fixture
def text(client_of, dinner):
    """Return what a document says, after these columns were chosen on the page."""

    def text(member, name, **chosen):
        browser, where = client_of(member), [member.organization_id, dinner.pk]
        if chosen:
            page = browser.get(reverse("seating:documents", args=where), {"columns": "1", **chosen})
            assert page.status_code == 200
            assert "Columns on the documents" in page.content.decode()
        answer = browser.get(reverse("seating:document", args=[*where, name]))
        assert answer.status_code == 200
        if name.endswith(".pdf"):
            pages = PdfReader(io.BytesIO(answer.content)).pages
            return " ".join(" ".join(page.extract_text() for page in pages).split())
        return answer.content.decode()

    return text


def test_the_kitchen_gets_counts_and_names_only_when_wanted(alice, diets, text):
    sheet = text(alice, "kitchen-sheet.pdf")
    assert "2 Vegan" in sheet
    assert "2 Nothing said" in sheet
    assert "Ann Ash" not in sheet
    key = f"field:{diets.pk.hex}"
    assert "Ann Ash, Ben Birch" in text(alice, "kitchen-sheet.pdf", column=key, names="1")


def test_chosen_columns_are_on_lists_cards_and_files(alice, dinner, diets, text):
    course = f"field:{field(alice, dinner, 'Course').pk.hex}"
    for name in ("list-by-table.pdf", "list-by-name.pdf", "place-cards.pdf", "plan.json"):
        assert "Fish" not in text(alice, name, column=[]), name
        assert "Fish" in text(alice, name, column=course), name
    heads = text(alice, "plan.csv", column=course).splitlines()[0]
    assert heads.split(",").count("Title") == 1
    assert heads.endswith("Course")
    assert {"E-mail", "Phone", "Status"} <= set(heads.split(","))


def test_who_lacks_the_class_of_diets_prints_none(vera, diets, text):
    assert "Vegan" not in text(vera, "kitchen-sheet.pdf", column=f"field:{diets.pk.hex}")


def test_a_viewer_prints_but_takes_no_files(client_of, vera, dinner, diets):
    browser = client_of(vera)
    for name, document in DOCUMENTS.items():
        url = reverse("seating:document", args=[vera.organization_id, dinner.pk, name])
        assert browser.get(url).status_code == (200 if document.is_printed else 403)
    page = browser.get(reverse("seating:documents", args=[vera.organization_id, dinner.pk]))
    assert "kitchen-sheet.pdf" in page.content.decode()
    assert "plan.csv" not in page.content.decode()


def test_a_plus_one_without_a_name_is_called_after_the_host(alice, diets, text):
    for name in DOCUMENTS:
        if name != "kitchen-sheet.pdf":
            said = text(alice, name)
            assert "Guest of" in said, name
            assert "?" not in said, name


def test_one_table_alone_can_be_printed(client_of, alice, dinner, evening, diets, guests):
    [second] = furnish(alice, evening, 1, 4)
    with as_(alice):
        robot.seat_everyone(actor=alice, activity=evening, mode="again", seconds=0.5)
    where = [alice.organization_id, dinner.pk, "list-by-table.pdf"]
    answer = client_of(alice).get(reverse("seating:document", args=where), {"table": str(second)})
    said = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    assert "Table 2" in said
    assert "Table 1" not in said
