"""A table that was read: columns with unique names, and numbered rows of text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from seatrobot.documents.formulas import restore

MAX_BYTES = 50 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_CELLS = 5_000_000

_TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"')


class UnreadableSheet(Exception):
    """A file that cannot be read as a table; `str` is one sentence for the person who sent it."""


class Choice(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a person says that a file is to be read; what is empty or None the reader decides.

    sheet: the name of a worksheet. leave_hidden: rows that the workbook hides are left out.
    repair: texts that were decoded wrongly before they came are repaired.
    """

    sheet: str = ""
    encoding: str = ""
    has_heading: bool | None = None
    leave_hidden: bool = False
    repair: bool = False


Row = tuple[int, list[str]]
"""Number of the row as a spreadsheet shows it (the first is 1), and its cells."""

Source = Callable[[], Iterator[Row]]
"""Opens the file again and yields every row that is not blank, the heading included."""

Knows = Callable[[str], bool]
"""Whether a text is a column heading that the caller understands."""


def unpack(text: str) -> str:
    """Return what a cell such as ="0049" holds; exporters write it so to keep the zeros."""
    match = _TEXT_FORMULA.fullmatch(text)
    return match[1].replace('""', '"') if match else text


def plain_cell(cell: str) -> str:
    """Return a cell of a text file without what only spreadsheets need."""
    return unpack(cell) if cell[:1] == "=" else restore(cell)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows below the heading, each as wide as the columns; can be walked again and again.

    is_text: whether the cells were text in a file, which protects formulas in ways of its own.
    """

    source: Source
    kept: list[int]
    width: int
    below: int
    is_text: bool = True

    def __iter__(self) -> Iterator[Row]:
        every = self.kept == list(range(self.width))
        tidy = plain_cell if self.is_text else restore
        for number, cells in self.source():
            if number <= self.below:
                continue
            if len(cells) < self.width:
                cells = cells + [""] * (self.width - len(cells))  # noqa: PLW2901
            picked = cells[: self.width] if every else [cells[index] for index in self.kept]
            yield number, [tidy(cell) if cell[:1] in {"'", "="} else cell for cell in picked]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table that was read to its end once, so that walking its rows cannot fail any more.

    `encoding` and `separator` are empty for a workbook, `name` and `names` (of its visible
    worksheets) for a text file. `head` has the first rows as they stand in the file; `warnings`
    are sentences, and say what was lost before the file came here. hidden: how many rows the
    workbook hides. misread: a text that was decoded wrongly before it came, and what it was.
    """

    columns: list[str]
    rows: Rows
    row_count: int
    kind: str
    encoding: str = ""
    separator: str = ""
    warnings: list[str] = field(default_factory=list)
    has_heading: bool = True
    head: list[Row] = field(default_factory=list)
    name: str = ""
    names: list[str] = field(default_factory=list)
    hidden: int = 0
    misread: tuple[str, str] | None = None
