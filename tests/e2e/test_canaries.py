"""What people write into the product is nowhere on the disk in clear.

Everything in the data directory is searched byte by byte, and every row of every table as its
administrator sees it, because a large value or a page in the write-ahead log may be compressed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import expect
from psycopg import sql

from seatrobot.runtime.postgres import ADMINISTRATOR, EmbeddedPostgres

from .conftest import ORGANIZATION
from .steps import (
    PASSWORD,
    Account,
    add_rule,
    add_tables,
    csv,
    import_list,
    invite,
    new_event,
    said,
    seat_everyone,
)

TITLE = "Canarino Gala"
WRITTEN = [
    *(TITLE, "Villa Kanarie", "Kanarienvogel description", "Zanarigo", "Pelicanary"),
    *("wren.zanarigo@canary.example", "Canary & Sons", "canary-tag", "Canary note to self"),
    *("Canaryshire", "Canary table", "Canary table note", "Canary rule note", "Quailcanary"),
    *("Otto Orniskanary", "otto@orniskanary.example", "canarysearch", "canary-guests.csv"),
    *(ORGANIZATION, "Alice Archer", "alice.archer@foundation.example", PASSWORD),
    # Of the main job, where it ran before:
    *("congress.example", "Sánchez", "Ñandú", "Green Mountains", "close to the exit", "Doris Day"),
]


@pytest.fixture
def superuser(instance) -> Iterator[psycopg.Connection]:
    server = EmbeddedPostgres(instance.data / "postgresql")
    with psycopg.connect(server.url(ADMINISTRATOR), autocommit=True) as connection:
        yield connection


def test_nothing_that_was_written_is_found(visit, alice, instance, superuser):
    write_everywhere(visit(alice), alice)
    superuser.execute("CHECKPOINT")
    assert found_in_files([instance.data, instance.log], WRITTEN) == []
    assert found_in_tables(superuser, WRITTEN) == []


def test_a_canary_in_clear_is_found(instance, superuser):
    planted = instance.data / "planted.txt"
    planted.write_text("a canarypath-in-a-file", encoding="utf-16-le")
    superuser.execute("CREATE TABLE planted AS SELECT 'canarypath-in-a-table' AS word")
    superuser.execute("CREATE TABLE planted_bytes AS SELECT '\\x63616e617279'::bytea AS raw")
    superuser.execute("CHECKPOINT")
    try:
        files = found_in_files([instance.data], ["canarypath-in-a-file", "canarypath-in-a-table"])
        assert {word for word, _ in files} == {"canarypath-in-a-file", "canarypath-in-a-table"}
        assert {Path(place).suffix for _, place in files} > {".txt"}
        assert found_in_tables(superuser, ["canarypath-in-a-table", "canary"]) == [
            ("canary", "planted"),
            ("canary", "planted_bytes"),
            ("canarypath-in-a-table", "planted"),
        ]
    finally:
        planted.unlink()
        superuser.execute("DROP TABLE planted, planted_bytes")


def write_everywhere(page, alice) -> None:
    """Write each canary where a person can write it, and make the product handle it."""
    event = new_event(
        page, alice.home, TITLE, venue="Villa Kanarie", description="Kanarienvogel description"
    )
    heading = "first_name,last_name,email,company,notes,tags,county\n"
    row = "Wren,Zanarigo,wren.zanarigo@canary.example,Canary & Sons,Canary note to self,"
    more = "Perry,Pelicanary,,,,,\n"
    file = csv(f"{heading}{row}canary-tag,Canaryshire\n{more}", "canary-guests.csv")
    import_list(page, event, file)
    page.get_by_role("searchbox", name="Search guests").fill("canarysearch")
    expect(page.get_by_role("heading", name="Nobody found")).to_be_visible()
    page.goto(f"{event.at('guests')}?q=Zanarigo")
    page.locator("#guests td.wide a").click()
    page.locator("form.plus-one").get_by_label("First name").fill("Quailcanary")
    page.get_by_role("button", name="Add a plus-one").click()
    expect(said(page, "comes with")).to_be_visible()
    add_tables(page, event, 2, 4)
    page.get_by_role("link", name="Table 1").click()
    page.get_by_label("Name").fill("Canary table")
    page.get_by_label("Note").fill("Canary table note")
    page.get_by_role("button", name="Save", exact=True).click()
    add_rule(page, event, "apart", guests=["Zanarigo", "Pelicanary"], note="Canary rule note")
    seat_everyone(page, event)
    page.goto(event.at("seating", "documents"))
    for name in ("list-by-table.pdf", "plan.csv"):
        page.request.get(page.locator(f"a[href$='{name}']").first.get_attribute("href"))
    otto = Account("Otto Orniskanary", "otto@orniskanary.example")
    invite(page, alice.home, otto, "Viewer", (TITLE,))
    page.goto(event.at("door"))
    page.get_by_role("searchbox").fill("zan")
    page.get_by_role("button", name="Check in", exact=True).first.click()
    expect(page.locator("#door-flash")).to_contain_text("is in")
    page.goto(f"{alice.home}log/")
    expect(page.locator("main")).to_contain_text("Alice Archer")


def spellings(word: str) -> list[bytes]:
    return [word.encode(), word.encode("utf-16-le"), word.encode("utf-16-be")]


def found_in_files(places: list[Path], words: list[str]) -> list[tuple[str, str]]:
    """Return every word with the file in which its bytes stand."""
    files = [f for place in places for f in (place.rglob("*") if place.is_dir() else [place])]
    found = []
    for file in files:
        if file.is_file():
            data = file.read_bytes()
            found += [(w, str(file)) for w in words if any(s in data for s in spellings(w))]
    return found


def found_in_tables(superuser: psycopg.Connection, words: list[str]) -> list[tuple[str, str]]:
    """Return every word with the table in which it stands, as text or as bytes."""
    tables = superuser.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname <> 'information_schema'"
    ).fetchall()
    found = []
    for schema, table in tables:
        query = sql.SQL(
            "SELECT canary FROM {} AS t, unnest(%s::text[]) AS canary"
            " WHERE strpos(t::text, canary) > 0"
            " OR strpos(t::text, encode(convert_to(canary, 'UTF8'), 'hex')) > 0"
        ).format(sql.Identifier(schema, table))
        found += [(word, table) for (word,) in superuser.execute(query, [words]).fetchall()]
    return sorted({*found})
