"""A table that was read: columns with unique names, and numbered rows of text."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from seatrobot.documents.formulas import restore

MAX_BYTES = 50 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_CELLS = 5_000_000


class UnreadableSheet(Exception):
    """A file that cannot be read as a table; `str` is one sentence for the person who sent it."""


Row = tuple[int, list[str]]
"""Number of the row as a spreadsheet shows it (the first is 1), and its cells."""

Source = Callable[[], Iterator[Row]]
"""Opens the file again and yields every row that is not blank, the heading included."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows below the heading, each as wide as the columns; can be walked again and again."""

    source: Source
    kept: list[int]
    width: int
    below: int

    def __iter__(self) -> Iterator[Row]:
        every = self.kept == list(range(self.width))
        for number, cells in self.source():
            if number <= self.below:
                continue
            if len(cells) < self.width:
                cells = cells + [""] * (self.width - len(cells))  # noqa: PLW2901
            picked = cells[: self.width] if every else [cells[index] for index in self.kept]
            yield number, [restore(cell) if cell[:1] == "'" else cell for cell in picked]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table that was read to its end once, so that walking its rows cannot fail any more.

    `encoding` and `separator` are empty for a workbook; `warnings` are sentences.
    """

    columns: list[str]
    rows: Rows
    row_count: int
    kind: str
    encoding: str = ""
    separator: str = ""
    warnings: list[str] = field(default_factory=list)
