"""Out of one organization, into another, and out again: the same, but for identifiers."""

from __future__ import annotations

import csv
import io
import json
import re

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from seatrobot.archive import identifiers, tables, verifying
from seatrobot.archive.tests.organizations import (
    archive_of,
    bring,
    fill,
    lines_of,
    manifest_of,
    opened,
    undone,
)
from seatrobot.conftest import as_
from seatrobot.contacts.models import ContactAddress
from seatrobot.guests.models import Guest
from seatrobot.guests.writing import email_index_of
from seatrobot.organizations.models import Organization

QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
IDENTIFIER = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?7[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}")


def numbered(data: bytes) -> dict[str, list[str]]:
    """Return the lines of all imported tables, identifiers as numbers in the order they come.

    Written without the product's own idea of which values are identifiers.
    """
    seen: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        return seen.setdefault(found[0].replace("-", ""), f"<{len(seen)}>")

    return {
        table["name"]: [
            IDENTIFIER.sub(number, line)
            for line in opened(data).read(table["json"]).decode().split("\n")
        ]
        for table in manifest_of(data)["tables"]
        if table["imported"]
    }


@settings(max_examples=12, suppress_health_check=QUIET, phases=[Phase.generate])
@given(st.data())
def test_any_organization_comes_back_whole(alice, charlie, data):
    with undone():
        with as_(alice):
            fill(data.draw, alice)
            first = archive_of(alice)
            assert verifying.read_back(first, alice.organization_id) == []
        with as_(charlie):
            done = bring(charlie, first)
            second = archive_of(charlie)
            assert Organization.objects.get().sealed.name == "Foundation"
        assert numbered(first) == numbered(second)
        assert hashes(first) == hashes(second)
        assert manifest_of(first)["canonical"] == manifest_of(second)["canonical"]
        told = {one["name"]: one["rows"] for one in manifest_of(first)["tables"] if one["imported"]}
        assert {name: count for name, count in told.items() if count} == done.rows
        assert not old_identifiers(first) & texts_of(second)


def hashes(data: bytes) -> dict[str, str]:
    return {table["name"]: table["canonical"] for table in manifest_of(data)["tables"]}


def old_identifiers(data: bytes) -> set[str]:
    """Return the identifiers of all rows that are imported."""
    names = [table["name"] for table in manifest_of(data)["tables"] if table["imported"]]
    return {line["id"].replace("-", "") for name in names for line in lines_of(data, name)}


def texts_of(data: bytes) -> set[str]:
    """Return every identifier anywhere in the imported tables of an archive."""
    names = [table["json"] for table in manifest_of(data)["tables"] if table["imported"]]
    text = "\n".join(opened(data).read(name).decode() for name in names)
    return {found.replace("-", "") for found in IDENTIFIER.findall(text)}


def test_a_member_finds_who_came(alice, charlie, whole):
    """What is worked out anew is there: indexes of addresses, the word of a status."""
    with as_(charlie):
        bring(charlie, whole)
        for guest in Guest.objects.all():
            index = guest.email_index and bytes(guest.email_index)
            assert index == email_index_of(guest)
        assert Guest.objects.exclude(status="").count() == len(lines_of(whole, "guests_guest")) > 0
        people = lines_of(whole, "contacts_contact")
        assert ContactAddress.objects.count() == sum(len(p["record"]["emails"]) for p in people) > 0


def test_a_table_that_is_read_otherwise_is_named(alice, whole, monkeypatch):
    """A row in memory is compared in every column that is imported, and in no other."""
    with as_(alice):
        assert verifying.read_back(whole, alice.organization_id) == []
        made = tables.Table.instance

        def otherwise(table, line, organization_id):
            row = made(table, line, organization_id)
            if table.name == "guests_guest":
                row.held = not row.held
            return row

        monkeypatch.setattr(tables.Table, "instance", otherwise)
        assert verifying.read_back(whole, alice.organization_id) == ["guests_guest"]


def test_every_line_fits_its_schema(whole):
    archive = opened(whole)
    for table in manifest_of(whole)["tables"]:
        schema = json.loads(archive.read(table["schema"]))
        row = schema["$defs"][schema["$ref"].rpartition("/")[2]]
        for line in map(json.loads, archive.read(table["json"]).splitlines()):
            assert line.keys() <= row["properties"].keys()
            assert line.keys() >= set(row["required"])


def test_the_tables_for_people_have_the_same_rows(whole):
    archive = opened(whole)
    for table in manifest_of(whole)["tables"]:
        text = archive.read(table["csv"]).decode("utf-8-sig")
        heading, *rows = csv.reader(io.StringIO(text, newline=""))
        assert len(rows) == table["rows"]
        assert all(len(row) == len(heading) for row in rows)
        if "event" in heading and table["rows"]:
            named = {row[heading.index("event")] for row in rows if row[heading.index("event id")]}
            assert named <= {"Gala"}, table["name"]
    text = archive.read("csv/guests_guest.csv").decode("utf-8-sig")
    heading, *rows = csv.reader(io.StringIO(text, newline=""))
    assert {"event", "first name", "answers", "special answers"} <= {*heading}
    assert {row[heading.index("event")] for row in rows} == {"Gala"}
    assert "Hotel: Ritz" in {row[heading.index("answers")] for row in rows}
    assert "'=1+1" in {row[heading.index("company")] for row in rows}


def test_identifiers_keep_their_order_and_their_form():
    put = identifiers.shifted(5)
    dashed = "01a229cf-d951-778d-bb16-a2f0ffffffff"
    assert put(dashed) == "01a229cf-d951-778d-bb16-a2f000000004"
    assert put(dashed.replace("-", "")) == put(dashed).replace("-", "")
    plain = dashed.replace("-", "")
    text = identifiers.in_texts(f"field:{plain} and {dashed}", put)
    assert text == f"field:{put(plain)} and {put(dashed)}"
    assert identifiers.in_texts("a" * 64, put) == "a" * 64


def test_tables_are_read_in_pages(alice, whole_of, monkeypatch):
    """A page that is full is followed by another, and nothing comes twice."""
    before = whole_of(alice)
    monkeypatch.setattr(tables, "PAGE", 1)
    after = whole_of(alice)
    assert lines_of(before, "guests_guest") == lines_of(after, "guests_guest")
