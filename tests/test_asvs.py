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

LEVELS_1_AND_2 = {
    "6.1": [1, 2, 3],
    "6.2": range(1, 13),
    "6.3": range(1, 5),
    "6.4": range(1, 5),
    "6.5": range(1, 6),
    "6.6": range(1, 4),
    "6.8": range(1, 5),
    "7.1": range(1, 4),
    "7.2": range(1, 5),
    "7.3": range(1, 3),
    "7.4": range(1, 6),
    "7.5": range(1, 3),
    "7.6": range(1, 3),
    "10.1": range(1, 3),
    "10.2": range(1, 3),
    "10.3": range(1, 5),
    "10.4": range(1, 12),
    "10.5": range(1, 6),
    "10.6": range(1, 3),
    "10.7": range(1, 4),
}
"""Sections of chapters V6, V7 and V10 of ASVS 5.0.0 and their requirements up to level 2."""

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
    wanted = [f"{section}.{n}" for section, numbers in LEVELS_1_AND_2.items() for n in numbers]
    assert [row[1] for row in ROWS] == wanted


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
        f"{limits.per_address('x', 'x').free} tries",
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
