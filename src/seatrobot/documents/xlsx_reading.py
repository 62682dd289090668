"""Excel workbooks: one worksheet as rows of text, as a person sees the cells."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.documents.formats import GENERAL, is_exact
from seatrobot.documents.sheet import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    Choice,
    Knows,
    Row,
    Sheet,
    UnreadableSheet,
)
from seatrobot.documents.surveying import best_row, some_of, survey
from seatrobot.documents.workbooks import (
    TABLE,
    Book,
    Part,
    damaged,
    local,
    unescape,
)

_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.IGNORECASE)
_RANGE = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})", re.IGNORECASE)
_PEEKED = 24
_PEEKED_BYTES = 1024 * 1024
_MOST_OTHERS = 500_000
"""Elements that say nothing of cells, such as one for the link of each address."""
_COMPARED = 50
"""How many sheets are looked at to find the one with the list."""
_DIGITS = 15


def read_xlsx(data: bytes, choice: Choice, knows: Knows | None = None) -> Sheet:
    """Read one visible sheet of a workbook; raises UnreadableSheet."""
    book = Book(data)
    warnings: list[str] = []
    part = _chosen(book, choice, knows, warnings)
    table = _Table(book, part)
    table.read()
    table.fill_merged()
    rows = [row for row in table.rows if not (choice.leave_hidden and row[0] in table.hidden)]

    def source() -> Iterator[Row]:
        return iter(rows)

    warnings.extend(table.losses())
    found = survey(source, "xlsx", choice=choice, knows=knows, warnings=warnings)
    hidden = len(table.hidden)
    if hidden and not choice.leave_hidden:
        warnings.append(
            ngettext(
                "%(count)s row is hidden in the workbook and is read like the others.",
                "%(count)s rows are hidden in the workbook and are read like the others.",
                hidden,
            )
            % {"count": hidden}
        )
    found.hidden = hidden
    found.name, found.names = part.name, [sheet.name for sheet in book.sheets]
    return found.sheet()


def _chosen(book: Book, choice: Choice, knows: Knows | None, warnings: list[str]) -> Part:
    """Return the sheet that a person chose, or the one that looks most like a list."""
    if not book.sheets:
        raise UnreadableSheet(_("The workbook has no visible sheet with a table."))
    if choice.sheet:
        for part in book.sheets:
            if part.name == choice.sheet:
                return part
        warnings.append(
            _("The workbook has no sheet “%(name)s”, so another one was taken.")
            % {"name": choice.sheet}
        )
    part = book.sheets[0]
    if len(book.sheets) > 1:
        part = max(book.sheets[:_COMPARED], key=lambda sheet: _fits(book, sheet, knows))
        warnings.append(
            _("The workbook has %(count)s sheets; “%(name)s” is read.")
            % {"count": len(book.sheets), "name": part.name}
        )
    return part


def _fits(book: Book, part: Part, knows: Knows | None) -> tuple[int, int]:
    """Return how well the first rows of a sheet look like a list with headings."""
    table = _Table(book, part, most=_PEEKED)
    try:
        table.read()
    except UnreadableSheet:
        return -1, 0
    addresses = sum(any("@" in cell for cell in cells) for _number, cells in table.rows)
    filled = len(table.rows) > 1 or addresses > 0
    known = best_row(table.rows, knows)[0] if knows else 0
    return (2 * known + min(addresses, 2) if filled else -1), int(filled)


class _Enough(Exception):
    """The first rows are read."""


class _Merged(NamedTuple):
    column: int
    first: int
    last: int
    place: str


class _Table:
    """The cells of one worksheet. most: how many rows are read at most, None for all."""

    def __init__(self, book: Book, part: Part, most: int | None = None) -> None:
        self.book = book
        self.part = part
        self.most = most
        self.texts, self.formats = book.texts, book.formats
        self.rows: list[Row] = []
        self.hidden: set[int] = set()
        self.merged: list[_Merged] = []
        self.empty_formulas: list[str] = []
        self.errors: list[str] = []
        self.inexact: list[str] = []
        self.filled: list[_Merged] = []
        self.row = self.column = self.last_row = self.last_column = 0
        self.cells: list[str] = []
        self.is_hidden = self.takes = self.is_reading = self.has_formula = self.has_value = False
        self.kind = self.style = ""
        self.others = 0
        self.pieces: list[str] = []

    def read(self) -> None:
        try:
            limits = TABLE if self.most is None else TABLE._replace(size=_PEEKED_BYTES)
            self.book.walk(self.part.path, self._start, self._end, self.pieces_of, limits=limits)
        except _Enough:
            return
        except (IndexError, ValueError, OverflowError) as error:
            raise UnreadableSheet(damaged()) from error

    def pieces_of(self, text: str) -> None:
        if self.takes:
            self.pieces.append(text)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "c":
            self._start_cell(attributes)
        elif name == "v":
            self.takes = self.has_value = True
            self._place_filled()
        elif name == "t":
            self.takes = not self.is_reading
        elif name == "is":
            self.has_value = True
            self._place_filled()
        elif name == "f":
            self.has_formula = True
            self._place_filled()
        elif name == "row":
            self._start_row(attributes)
        elif name == "rPh":
            self.is_reading = True
        else:
            self._start_other(name, attributes)

    def _start_other(self, name: str, attributes: dict[str, str]) -> None:
        self.others += 1
        if self.others > _MOST_OTHERS:
            raise UnreadableSheet(damaged())
        if name == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def _end(self, tag: str) -> None:
        name = local(tag)
        if name in {"v", "t"}:
            self.takes = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self._end_row()
        elif name == "rPh":
            self.is_reading = False

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        if number is not None and not (number.isascii() and number.isdigit()):
            raise UnreadableSheet(damaged())
        self.row = int(number) if number else self.row + 1
        self.column = 0
        self.cells = []
        self.is_hidden = attributes.get("hidden") in {"1", "true"}

    def _end_row(self) -> None:
        if "".join(self.cells).strip():
            self.rows.append((self.row, self.cells))
            if self.is_hidden:
                self.hidden.add(self.row)
            if self.most is not None and len(self.rows) >= self.most:
                raise _Enough
        self.cells = []

    def _start_cell(self, attributes: dict[str, str]) -> None:
        place = attributes.get("r")
        if place is None:
            self.column += 1
        else:
            match = _PLACE.fullmatch(place)
            if not match:
                raise UnreadableSheet(damaged())
            self.column = _column_number(match[1])
            if int(match[2]) != self.row:
                self._end_row()
                self.row = int(match[2])
        self.kind = attributes.get("t", "n")
        self.style = attributes.get("s", "")
        self.pieces = []
        self.has_formula = self.has_value = False

    def _end_cell(self) -> None:
        text = "".join(self.pieces)
        if self.has_formula and not text and self.kind not in {"str", "inlineStr"}:
            self.empty_formulas.append(self._place())
            return
        if not text:
            return
        shown = self._shown(text)
        if not shown:
            return
        cells = self.cells
        if len(cells) < self.column:
            cells.extend([""] * (self.column - len(cells)))
        cells[self.column - 1] = shown

    def _shown(self, text: str) -> str:
        match self.kind:
            case "s":
                shown = self.texts[int(text)]
            case "inlineStr" | "str":
                shown = unescape(text)
            case "b":
                shown = "TRUE" if text.strip() in {"1", "true"} else "FALSE"
            case "d":
                shown = text.removesuffix("T00:00:00").replace("T", " ")
            case "e":
                self.errors.append(f"{text} {self._place()}")
                shown = ""
            case _:
                shown = self._number(text)
        return shown

    def _number(self, text: str) -> str:
        style = self.style
        format_ = self.formats[int(style)] if style and int(style) < len(self.formats) else GENERAL
        if format_ is GENERAL and text.isdigit() and len(text) <= _DIGITS:
            return text.lstrip("0") or "0"
        value = float(text)
        if not is_exact(value):
            self.inexact.append(self._place())
        return format_.text(value, from_1904=self.book.from_1904)

    def _place_filled(self) -> None:
        """Note that a cell holds something; refuse a table beyond the limits."""
        if self.row > self.last_row:
            self.last_row = self.row
            if self.row > MAX_ROWS + 1 and self.most is None:
                raise UnreadableSheet(
                    _("The sheet “%(name)s” reaches down to row %(row)s; %(most)s are allowed.")
                    % {"name": self.part.name, "row": self.row, "most": MAX_ROWS}
                )
        if self.column > self.last_column:
            self.last_column = self.column
            if self.column > MAX_COLUMNS:
                raise UnreadableSheet(
                    _("The sheet “%(name)s” has more than %(most)s columns.")
                    % {"name": self.part.name, "most": MAX_COLUMNS}
                )
        if self.last_row * self.last_column > MAX_CELLS and self.most is None:
            raise UnreadableSheet(
                _("The sheet “%(name)s” has more than %(most)s cells.")
                % {"name": self.part.name, "most": MAX_CELLS}
            )

    def _place(self) -> str:
        return f"{_letters(self.column)}{self.row}"

    def _merge(self, ref: str) -> None:
        if match := _RANGE.fullmatch(ref):
            first, last = int(match[2]), int(match[4])
            if first < last and len(self.merged) < MAX_ROWS:
                self.merged.append(_Merged(_column_number(match[1]), first, last, ref))

    def fill_merged(self) -> None:
        """Give the value of a cell that spans several rows to each of them.

        Where such cells overlap, as no program makes them, the first counts: no row is filled
        twice in one column.
        """
        if not self.merged:
            return
        by_number = dict(self.rows)
        numbers = sorted(by_number)
        spans = sorted(self.merged, key=lambda merged: merged.first)
        ends: dict[int, int] = {}
        for merged in spans:
            if merged.first <= ends.get(merged.column, 0):
                continue
            ends[merged.column] = merged.last
            top = by_number.get(merged.first, [])
            value = top[merged.column - 1] if len(top) >= merged.column else ""
            if not value:
                continue
            below = _between(numbers, merged.first, merged.last)
            for number in below:
                cells = by_number[number]
                cells.extend([""] * (merged.column - len(cells)))
                if not cells[merged.column - 1]:
                    cells[merged.column - 1] = value
            if below:
                self.filled.append(merged)

    def losses(self) -> list[str]:
        """Say what the cells do not hold that a person may miss."""
        sentences = []
        if count := len(self.empty_formulas):
            sentences.append(
                ngettext(
                    "The cell %(cells)s holds a formula without a value, so it is empty here; "
                    "open the workbook in a spreadsheet program and save it again.",
                    "%(count)s cells (%(cells)s) hold formulas without a value, so they are empty "
                    "here; open the workbook in a spreadsheet program and save it again.",
                    count,
                )
                % {"count": count, "cells": some_of(self.empty_formulas)}
            )
        if count := len(self.errors):
            sentences.append(
                ngettext(
                    "A cell holds an error of the spreadsheet (%(cells)s), so it is empty here.",
                    "%(count)s cells hold errors of the spreadsheet (%(cells)s), so they are "
                    "empty here.",
                    count,
                )
                % {"count": count, "cells": some_of(self.errors)}
            )
        if count := len(self.inexact):
            sentences.append(
                ngettext(
                    "The number in %(cells)s has more than 15 digits; the spreadsheet lost those "
                    "beyond.",
                    "%(count)s numbers (%(cells)s) have more than 15 digits; the spreadsheet lost "
                    "those beyond.",
                    count,
                )
                % {"count": count, "cells": some_of(self.inexact)}
            )
        if self.filled:
            sentences.append(
                _("The value of merged cells (%(cells)s) was given to each of their rows.")
                % {"cells": some_of([merged.place for merged in self.filled])}
            )
        return sentences


def _between(numbers: list[int], first: int, last: int) -> list[int]:
    """Return the rows that have cells after `first`, up to `last`."""
    return numbers[bisect_right(numbers, first) : bisect_right(numbers, last)]


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
