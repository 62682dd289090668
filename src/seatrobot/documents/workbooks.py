"""Workbooks are unpacked and measured here before the parser sees them.

A workbook is a ZIP archive of XML. The sizes it declares are limited, and none is believed: zipfile
stops inflating a part at its declared size and refuses it if the checksum then differs. The XML is
walked on the way, and what passed is packed again, so that the parser only ever opens an archive
that we wrote. Without the walk, a file of 5 KB with one cell in the last row and the last column
makes the parser (calamine) ask for 550 GB and abort the process.
"""

import io
import re
import zipfile
import zlib
from xml.parsers import expat

from django.utils.translation import gettext as _

from seatrobot.documents.sheet import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, UnreadableSheet

MAX_PARTS = 2000
MAX_UNPACKED = 256 * 1024 * 1024
_CHUNK = 256 * 1024
_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.IGNORECASE)
_ENCRYPTED = 0x1
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)


def repack(data: bytes) -> io.BytesIO:
    """Return the workbook's XML parts as a fresh archive; raises UnreadableSheet."""
    fresh = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = _parts(archive)
            with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
                _copy(archive, parts, copy)
    except _BROKEN as error:
        raise UnreadableSheet(damaged()) from error
    fresh.seek(0)
    return fresh


def damaged() -> str:
    """Say that a workbook cannot be read."""
    return _("The Excel workbook is damaged; open it in a spreadsheet program and save it again.")


def _parts(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the parts a table can need, after the checks that need no unpacking."""
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if len(parts) > MAX_PARTS or len(names) < len(parts):
        raise UnreadableSheet(damaged())
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise UnreadableSheet(encrypted())
    if not {"xl/workbook.xml", "[Content_Types].xml"} <= names:
        raise UnreadableSheet(
            _(
                "This is a ZIP archive but not an Excel workbook (.xlsx); "
                "accepted are CSV files and Excel workbooks (.xlsx)."
            )
        )
    wanted = [part for part in parts if part.filename.endswith((".xml", ".rels"))]
    if sum(part.file_size for part in wanted) > MAX_UNPACKED:
        raise UnreadableSheet(_too_large())
    return wanted


def encrypted() -> str:
    """Say that a workbook has a password."""
    return _("The Excel workbook is protected by a password; save it without one.")


def _too_large() -> str:
    return _("The workbook unpacks to more than %(most)s MB; split it into several files.") % {
        "most": MAX_UNPACKED // 1024 // 1024
    }


def _copy(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo], copy: zipfile.ZipFile) -> None:
    for part in parts:
        measure = _Measure()
        with archive.open(part) as inflated, copy.open(part.filename, "w") as target:
            while chunk := inflated.read(_CHUNK):
                measure.feed(chunk)
                target.write(chunk)
        measure.close()


class _Measure:
    """Walks one XML part and refuses one that describes a table beyond the limits."""

    def __init__(self) -> None:
        self.row = self.column = self.texts = self.last_row = self.last_column = 0
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._element
        self.parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, chunk: bytes) -> None:
        try:
            self.parser.Parse(chunk)
        except expat.ExpatError as error:
            raise UnreadableSheet(damaged()) from error

    def close(self) -> None:
        try:
            self.parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise UnreadableSheet(damaged()) from error

    def _doctype(self, *_declaration: object) -> None:
        raise UnreadableSheet(damaged())

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "c":
            self._cell(attributes.get("r"))
        elif name in {"v", "is", "f"}:
            self._filled()
        elif name == "row":
            self._row(attributes.get("r"))
        elif name == "si":
            self.texts += 1
            if self.texts > MAX_CELLS:
                raise UnreadableSheet(_too_large())

    def _row(self, number: str | None) -> None:
        if number is not None and not (number.isascii() and number.isdigit()):
            raise UnreadableSheet(damaged())
        self.row = int(number) if number else self.row + 1
        self.column = 0

    def _cell(self, place: str | None) -> None:
        if place is None:
            self.column += 1
            return
        match = _PLACE.fullmatch(place)
        if not match:
            raise UnreadableSheet(damaged())
        self.column = _column_number(match[1])
        self.row = int(match[2])

    def _filled(self) -> None:
        if self.row > self.last_row:
            self.last_row = self.row
            if self.row > MAX_ROWS + 1:
                raise UnreadableSheet(
                    _("A sheet of the workbook reaches down to row %(row)s; %(most)s are allowed.")
                    % {"row": self.row, "most": MAX_ROWS}
                )
        if self.column > self.last_column:
            self.last_column = self.column
            if self.column > MAX_COLUMNS:
                raise UnreadableSheet(
                    _("A sheet of the workbook has more than %(most)s columns.")
                    % {"most": MAX_COLUMNS}
                )
        if self.last_row * self.last_column > MAX_CELLS:
            raise UnreadableSheet(
                _("A sheet of the workbook has more than %(most)s cells.") % {"most": MAX_CELLS}
            )


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
