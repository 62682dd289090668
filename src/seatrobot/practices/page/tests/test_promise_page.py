"""One promise: how it is measured, its evidence to check, and its past."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from seatrobot.kernel.journal.sequencer import sequence
from seatrobot.kernel.promises import services, statements
from seatrobot.kernel.promises.declaring import PROMISES, Readers
from seatrobot.kernel.promises.models import Evidence
from seatrobot.kernel.promises.tests.running import inline

from .conftest import DAY
from .reading_pages import text

pytestmark = pytest.mark.django_db
URL = "/practices/retention.backups/"


@pytest.fixture
def one(client):
    def open_page(query=""):
        answer = client.get(URL + query)
        assert answer.status_code == 200
        return answer.content.decode()

    return open_page


def test_it_says_how_and_how_often_it_is_measured(one, examined):
    row = examined()
    words = text(one())
    assert str(row.measured_by) in words
    assert "Examined every 30 minutes" in words
    assert "Evidence counts for 2 hours" in words
    assert "oldest backup limit 14 days 9 days 4 hours" in words


def test_each_row_of_evidence_can_be_checked(one, examined):
    examined()
    row = Evidence.objects.get()
    words = text(one())
    assert f"SHA-256 {statements.digest(row.text)}" in words
    assert re.search(r"Journal entry [0-9a-f-]{36}", words)
    assert "version 0.1.0" in words


@pytest.mark.django_db(transaction=True)
def test_evidence_says_its_place_in_the_journal_once_it_has_one(one, examined):
    examined()
    assert "of the platform's tree" not in text(one())
    sequence()
    assert re.search(r"place \d+ of the platform's tree", text(one()))


def test_looking_at_a_promise_examines_nothing(one, examined, monkeypatch):
    row = examined()
    looks: list[int] = []
    looking = replace(row, examine=lambda: looks.append(1))
    monkeypatch.setitem(PROMISES, row.id, looking)
    assert "Examined every 30 minutes" in text(one())
    assert looks == []


@pytest.mark.parametrize(("readers", "seen"), [(Readers.EVERYBODY, True), (Readers.STAFF, False)])
def test_notes_are_shown_only_when_everybody_may_read_them(one, examined, readers, seen):
    examined(found=20 * DAY, notes=["Backup 17 is past its date."], readers=readers)
    assert ("Backup 17 is past its date." in text(one())) == seen


def test_evidence_of_somebody_else_is_shown_as_nothing(one, examined):
    examined()
    row = Evidence.objects.get()
    with services.recording():
        Evidence.objects.create(
            promise=row.promise, at=row.at, within=True, text="{}", signature="x"
        )
    words = text(one())
    assert "Not ours" in words
    assert words.count("Within limits") == 1


@pytest.mark.django_db(transaction=True)
def test_evidence_reads_as_it_was_signed_whatever_its_columns_say(
    one, examined, superuser_connection
):
    examined(found=20 * DAY)
    superuser_connection.execute(
        "UPDATE promises_evidence SET within = true, at = at - interval '1 year'"
    )
    words = text(one())
    assert "Outside limits" in words
    assert "Within limits" not in words
    (row,) = Evidence.objects.all()
    assert str(row.at.year) not in words


def test_evidence_is_read_a_page_at_a_time(one, examined):
    row = examined()
    for _ in range(24):
        services.examine(row, inline)
    first = one()
    assert first.count("Within limits") == 20
    older = re.search(r'href="(\?before=\d+)#evidence"', first)[1]
    assert one(older).count("Within limits") == 5
    assert "Older evidence" not in one(older)


@pytest.mark.parametrize(
    "before", ["", "x", "-1", "0", "9" * 18, "9" * 19, "9" * 4000, "²", "\u0661"]
)
def test_whatever_stands_in_the_address_is_answered(one, examined, before):
    examined()
    assert one(f"?before={before}")


@pytest.mark.parametrize("name", ["retention.nothing", "x", "retention", "retention.backups%00"])
def test_what_is_not_promised_is_not_there(client, name):
    assert client.get(f"/practices/{name}/").status_code == 404


def test_it_takes_few_statements(one, examined, django_assert_max_num_queries):
    examined()
    with django_assert_max_num_queries(8):
        one()
