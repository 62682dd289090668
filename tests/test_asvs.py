"""docs/asvs.md names a test for what is met; each exists, and no requirement is left out."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from seatrobot.accounts import limits
from seatrobot.accounts.assurance import FRESH_FOR
from seatrobot.accounts.passwords import strength
from seatrobot.accounts.signing_in import flow, sessions
from seatrobot.accounts.staff import services as staff_services
from seatrobot.accounts.staff import sessions as staff

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "asvs.md").read_text()
ROW = re.compile(
    r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| (met|not met|partly|does not apply) \| (.+) \|$"
)
NAMED = re.compile(r"`((?:src|tests)/[\w/]+\.py)::([\w:]+)`")

LEVELS = {
    "1.1": "22",
    "1.2": "1111122223",
    "1.3": "112222222223",
    "1.4": "222",
    "1.5": "123",
    "2.1": "122",
    "2.2": "112",
    "2.3": "12223",
    "2.4": "23",
    "3.2": "113",
    "3.3": "12223",
    "3.4": "11222233",
    "3.5": "11122333",
    "3.7": "22333",
    "4.1": "12233",
    "4.2": "23333",
    "4.3": "22",
    "4.4": "1222",
    "5.1": "2",
    "5.2": "112333",
    "5.3": "113",
    "5.4": "222",
    "6.1": "122",
    "6.2": "111111112222",
    "6.3": "11223333",
    "6.4": "112233",
    "6.5": "22222333",
    "6.6": "2223",
    "6.8": "2222",
    "7.1": "222",
    "7.2": "1111",
    "7.3": "22",
    "7.4": "11222",
    "7.5": "223",
    "7.6": "22",
    "8.1": "1233",
    "8.2": "1123",
    "8.3": "133",
    "8.4": "23",
    "9.1": "111",
    "9.2": "1222",
    "10.1": "22",
    "10.2": "223",
    "10.3": "22223",
    "10.4": "1111122222233333",
    "10.5": "22222",
    "10.6": "22",
    "10.7": "222",
    "11.1": "2233",
    "11.2": "22233",
    "11.3": "11233",
    "11.4": "1222",
    "11.5": "23",
    "11.6": "23",
    "12.1": "12233",
    "12.2": "11",
    "12.3": "22223",
    "13.1": "2333",
    "13.2": "222223",
    "13.3": "2233",
    "13.4": "1222233",
    "14.1": "22",
    "14.2": "12223333",
    "14.3": "122",
    "15.1": "12233",
    "15.2": "12233",
    "15.3": "1222222",
    "16.1": "2",
    "16.2": "22222",
    "16.3": "2222",
    "16.4": "222",
    "16.5": "2223",
    "17.1": "23",
    "17.2": "22223333",
    "17.3": "22",
}
"""Sections of ASVS 5.0.0 and the level of each of their requirements, in order."""

WANTED = [
    (f"{section}.{number}", level)
    for section, levels in LEVELS.items()
    for number, level in enumerate(levels, start=1)
    if level in "12"
]

ROWS = [match for line in PAGE.splitlines() if (match := ROW.match(line))]


@cache
def names_in(path: str) -> set[str]:
    """Return the tests of a file, those of a class as `Class::test`."""
    found: set[str] = set()
    for node in ast.parse((ROOT / path).read_text()).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = (each for each in node.body if isinstance(each, ast.FunctionDef))
            found |= {f"{node.name}::{each.name}" for each in methods}
    return {name for name in found if name.rpartition("::")[2].startswith("test_")}


def test_every_requirement_has_its_row_once():
    assert len(WANTED) == 253
    assert [(row[1], row[2]) for row in ROWS] == WANTED


def test_every_line_of_the_tables_is_understood():
    lines = [line for line in PAGE.splitlines() if re.match(r"\| \d", line)]
    assert len(lines) == len(ROWS)


def test_the_page_counts_its_rows():
    count = Counter(row[4] for row in ROWS)
    assert (
        f"{len(ROWS)} requirements: {count['met']} met, {count['partly']} partly,"
        f" {count['not met']} not met, {count['does not apply']} do not apply."
    ) in PAGE


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1])
def test_what_is_met_names_a_test_that_exists_and_the_rest_says_why(row):
    named = NAMED.findall(row[5])
    assert all(name in names_in(path) for path, name in named), named
    assert named or row[4] in {"not met", "does not apply"}
    assert len(row[5]) > 20


def test_every_test_named_anywhere_on_the_page_exists():
    assert all(name in names_in(path) for path, name in NAMED.findall(PAGE))


@pytest.mark.parametrize(
    "sentence",
    [
        f"{limits.FIRST_WAIT} seconds",
        f"{sessions.LONGEST.days} days",
        f"{sessions.LONGEST_IDLE.days} days",
        f"{FRESH_FOR.seconds // 60} minutes",
        f"{flow.SECOND_STEP_SECONDS // 60} minutes",
        f"{staff.LONGEST.seconds // 3600} hours after its sign-in",
        f"{staff.LONGEST_IDLE.seconds // 60} minutes without use",
        f"within {staff_services.LINK_VALID_FOR.days * 24} hours",
        *(f"`{word}`" for word in strength.CONTEXT),
    ],
)
def test_the_page_gives_the_figures_of_the_code(sentence):
    assert sentence in PAGE


def test_the_page_gives_the_tries_for_an_address(db):
    """A limit has an index of the address, which needs the platform's keys."""
    assert f"{limits.per_address('x', 'x').free} tries" in PAGE
