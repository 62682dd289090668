"""The page of people: a row a person, a column a condition; checks by two; the auditor's file."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta

import pytest

from seatrobot.accounts.models import BackgroundCheck
from seatrobot.accounts.staff import services as staff
from seatrobot.accounts.staff.tests.people import OPERATOR, account_of
from seatrobot.kernel import features
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.personnel import text
from seatrobot.personnel.people import lines

from .signing import do_everything

PEOPLE = "/staff/people/"
SAM = "sam@seatrobot.test"


@pytest.fixture
def sam(dana, daniel):
    with acting(OPERATOR):
        staff.add(email=SAM, name="=Sam", ends_on=date(2030, 3, 31))
    return f"{PEOPLE}{account_of(SAM).pk}/"


def test_a_row_a_person_a_column_a_condition(dana, daniel, sam, key):
    do_everything(dana, key)
    page = dana.get(PEOPLE).content.decode()
    assert page.count("<tr") == 1 + 3
    head = page.partition("<thead>")[2].partition("</thead>")[0]
    assert head.count("<th") == 1 + len(features.staff_conditions()) + 1
    for what in ("Background", "Policies", "Training", "Works here"):
        assert what in head


def test_what_ends_soon_is_told_with_its_time(dana):
    """A passkey counts for hours, of which a day alone says nothing."""
    with acting(OPERATOR):
        cells = [cell for person in lines() for cell in person.cells]
    told = next(each.note for each in cells if each.heading == "Passkey")
    assert re.fullmatch(
        r".+ 20\d\d, .+ [ap]\.m\. UTC",
        told.replace("noon", "12 p.m.").replace("midnight", "12 a.m."),
    ), told
    assert text.end(now() + timedelta(days=3)) == text.day(now() + timedelta(days=3))


def test_two_people_record_a_check_and_then_sam_is_enabled(dana, daniel, sam):
    form = {"on": "2026-11-02", "reference": "R-77", "passed": "yes"}
    assert dana.post(f"{sam}checks/", form).status_code == 302
    check = BackgroundCheck.objects.get(account=account_of(SAM).pk)
    page = dana.get(sam).content.decode()
    assert "R-77" in page
    assert "Somebody else of the staff has to confirm it" in page
    confirm = f"{sam}checks/{check.pk}/confirm/"
    assert dana.post(confirm).status_code == 409
    with pytest.raises(staff.StaffRefused), acting(OPERATOR):
        staff.enable(email=SAM)
    assert "I have seen the report too" in daniel.get(sam).content.decode()
    assert daniel.post(confirm).status_code == 302
    with acting(OPERATOR):
        assert staff.enable(email=SAM)
    page = daniel.get(sam).content.decode()
    assert "Recorded by Dana" in page
    assert "Confirmed by Daniel" in page


def test_a_form_that_is_wrong_says_so(dana, sam):
    wrong = {"on": "2130-01-01", "reference": " ", "passed": ""}
    page = dana.post(f"{sam}checks/", wrong)
    assert page.status_code == 422
    future = {"on": "2130-01-01", "reference": "R", "passed": "yes"}
    page = dana.post(f"{sam}checks/", future)
    assert page.status_code == 422
    assert "its day is not over" in page.content.decode()
    own = f"{PEOPLE}{account_of().pk}/"
    assert "Record a check" not in dana.get(own).content.decode()
    assert dana.post(f"{own}checks/", future | {"on": "2026-11-02"}).status_code == 422


def test_the_auditor_gets_everything_and_no_formula(dana, daniel, sam, key):
    do_everything(dana, key)
    answer = dana.get(f"{PEOPLE}people.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["Name"] for row in rows] == ["Dana", "Daniel", "'=Sam"]
    first, second, third = rows
    assert first["Policies"] == first["Training"] == "yes"
    assert first["Privacy: edition"] == "1"
    assert first["Privacy: on"]
    assert (first["Background check on"], first["Reference"]) == ("2026-11-02", "HR-1")
    assert (first["Recorded by"], first["Confirmed by"]) == ("the operator", "Daniel")
    assert second["Policies"] == "no"
    assert (third["Enabled"], third["Works until"], third["Passed"]) == ("no", "2030-03-31", "")


def test_a_member_of_an_organization_is_nobody_of_these(dana, alice):
    assert dana.get(f"{PEOPLE}{alice.account_id}/").status_code == 404
