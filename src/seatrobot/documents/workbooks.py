"""Workbooks are archives of XML: opened here within limits, and walked part by part.

A workbook is a ZIP archive. The sizes it declares are limited, and none is believed: zipfile stops
inflating a part at its declared size and refuses it if the checksum then differs. Only the parts
that are needed are unpacked: what the workbook says of its sheets, its texts, its styles and the
one sheet that is read. No part may declare entities.

So that a small file cannot keep a worker busy, a part unpacks to no more than MAX_RATIO times its
size in the archive, and its elements are counted.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable
from functools import cache, cached_property
from typing import IO, NamedTuple
from xml.parsers import expat

from django.utils.translation import gettext as _

from seatrobot.documents.formats import GENERAL, Format
from seatrobot.documents.sheet import MAX_CELLS, UnreadableSheet

MAX_PARTS = 2000
MAX_SHEETS = 500
MAX_UNPACKED = 256 * 1024 * 1024
MAX_RATIO = 100
"""Apache POI has the same; cells seldom reach 20."""
ANY_RATIO = 16 * 1024 * 1024
"""Up to this size a part may be packed as well as it can be."""
_DIRECTORY_ENTRY = b"PK\x01\x02"
_LONGEST_CODE = 255
_LONGEST_TOKEN = 1024 * 1024
"""Expat reads an unfinished comment, tag or instruction anew with each chunk."""
_LONGEST_NUMBER = 9
_CHUNK = 256 * 1024
_ENCRYPTED = 0x1
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SURROGATES = range(0xD800, 0xE000)


Start = Callable[[str, dict[str, str]], None]


class Limits(NamedTuple):
    """How much of a part is read. elements: with more it is too large. size: where to stop."""

    elements: int
    size: int = MAX_UNPACKED


FEW = Limits(250_000)
"""For what is no table; Excel has at most 64,000 formats of cells."""
TABLE = Limits(4 * MAX_CELLS)
"""A cell has four elements at most."""


class Part(NamedTuple):
    """One visible worksheet: the name on its tab, and where it is in the archive."""

    name: str
    path: str


class Book:
    """A workbook; raises UnreadableSheet for what is none, or is beyond the limits."""

    def __init__(self, data: bytes) -> None:
        if data.count(_DIRECTORY_ENTRY) > MAX_PARTS:
            raise UnreadableSheet(damaged())
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            self._paths = self._checked()
            self.main = self._main_part()
            self._related = self._relations(self.main)
            self.from_1904 = False
            self.sheets = self._sheets()
        except BROKEN as error:
            raise UnreadableSheet(damaged()) from error

    def _checked(self) -> dict[str, str]:
        """Return the parts, by their names in small letters, after checks that unpack nothing."""
        parts = self._archive.infolist()
        names = {part.filename for part in parts}
        if len(parts) > MAX_PARTS or len(names) < len(parts):
            raise UnreadableSheet(damaged())
        if any(part.flag_bits & _ENCRYPTED for part in parts):
            raise UnreadableSheet(encrypted())
        if "[Content_Types].xml" not in names:
            raise UnreadableSheet(_not_a_workbook())
        return {name.lower(): name for name in names}

    def _main_part(self) -> str:
        """Return the path of the part that lists the sheets, wherever the package has it."""
        found = [
            target for kind, target in self._relations("").values() if kind == "officeDocument"
        ]
        for path in (*found, "xl/workbook.xml"):
            if path.lower() in self._paths and not path.lower().startswith(("word/", "ppt/")):
                return path
        raise UnreadableSheet(_not_a_workbook())

    def _relations(self, path: str) -> dict[str, tuple[str, str]]:
        """Return what a part points to: identifier -> kind and path."""
        folder, name = posixpath.split(path)
        relations: dict[str, tuple[str, str]] = {}

        def element(tag: str, attributes: dict[str, str]) -> None:
            if local(tag) == "Relationship" and "Target" in attributes:
                target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"]))
                kind = attributes.get("Type", "").rpartition("/")[2]
                relations[attributes.get("Id", "")] = (kind, target.lstrip("/"))

        where = posixpath.join(folder, "_rels", f"{name}.rels")
        if where.lower() in self._paths:
            self.walk(where, element)
        return relations

    def _sheets(self) -> list[Part]:
        sheets: list[Part] = []
        paths: set[str] = set()

        def element(tag: str, attributes: dict[str, str]) -> None:
            name = local(tag)
            if name == "sheet":
                key = next((v for k, v in attributes.items() if local(k) == "id"), "")
                kind, path = self._related.get(key, ("", ""))
                if kind != "worksheet":
                    return
                if path in paths or len(paths) >= MAX_SHEETS:
                    raise UnreadableSheet(damaged())
                paths.add(path)
                if attributes.get("state", "visible") == "visible":
                    sheets.append(Part(attributes.get("name", ""), path))
            elif name == "workbookPr":
                self.from_1904 = attributes.get("date1904") in {"1", "true"}

        self.walk(self.main, element)
        return sheets

    @cached_property
    def texts(self) -> list[str]:
        """The texts that cells share."""
        path = self._of_kind("sharedStrings", "xl/sharedStrings.xml")
        if not path:
            return []
        reader = _Texts()
        self.walk(path, reader.start, reader.end, reader.data, limits=TABLE)
        return reader.texts

    @cached_property
    def formats(self) -> list[Format]:
        """The number format of each style."""
        path = self._of_kind("styles", "xl/styles.xml")
        codes: dict[str, str] = {}
        formats: list[Format] = []
        known = cache(Format)
        inside = [False]

        def start(tag: str, attributes: dict[str, str]) -> None:
            name = local(tag)
            if name == "numFmt":
                codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
            elif name == "cellXfs":
                inside[0] = True
            elif name == "xf" and inside[0]:
                number = attributes.get("numFmtId", "0")
                code = codes.get(number, "")[:_LONGEST_CODE]
                is_plain = number in {"0", "49"} or not _is_number(number)
                formats.append(GENERAL if is_plain else known(int(number), code))

        def end(tag: str) -> None:
            if local(tag) == "cellXfs":
                inside[0] = False

        if path:
            self.walk(path, start, end)
        return formats

    def _of_kind(self, kind: str, usual: str) -> str:
        found = [path for its_kind, path in self._related.values() if its_kind == kind]
        return next((path for path in (*found, usual) if path.lower() in self._paths), "")

    def walk(
        self,
        path: str,
        start: Start,
        end: Callable[[str], None] | None = None,
        data: Callable[[str], None] | None = None,
        *,
        limits: Limits = FEW,
    ) -> None:
        """Walk the XML of one part; raises UnreadableSheet for a part that is damaged."""
        name = self._paths.get(path.lower())
        if name is None:
            raise UnreadableSheet(damaged())
        info = self._archive.getinfo(name)
        check_size(info)
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = _counted(start, limits.elements)
        parser.StartDoctypeDeclHandler = _refuse_declaration
        if end:
            parser.EndElementHandler = end
        if data:
            parser.CharacterDataHandler = data
        try:
            with self._archive.open(name) as part:
                _feed(parser, part, limits.size)
        except (expat.ExpatError, *BROKEN) as error:
            raise UnreadableSheet(damaged()) from error


def check_size(part: zipfile.ZipInfo) -> None:
    """Raise UnreadableSheet for a part that says it is larger than a part may be."""
    if part.file_size > MAX_UNPACKED:
        raise UnreadableSheet(too_large())
    if part.file_size > max(MAX_RATIO * part.compress_size, ANY_RATIO):
        raise UnreadableSheet(damaged())


def _feed(parser: expat.XMLParserType, part: IO[bytes], size: int) -> None:
    """Feed a part, or its beginning, to a parser; no token of it may be very long."""
    fed = 0
    while chunk := part.read(_CHUNK):
        parser.Parse(chunk)
        fed += len(chunk)
        if fed - parser.CurrentByteIndex > _LONGEST_TOKEN:
            raise UnreadableSheet(damaged())
        if fed > size:
            return
    parser.Parse(b"", True)


def _counted(start: Start, most: int) -> Start:
    """Return a handler of elements that refuses more than so many."""
    left = most

    def counted(tag: str, attributes: dict[str, str]) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise UnreadableSheet(too_large())
        start(tag, attributes)

    return counted


class _Texts:
    """Collects the shared texts; runs of one text are joined, readings above it are left out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.pieces: list[str] = []
        self.takes = False
        self.is_reading = False

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "si":
            self.pieces = []
        elif name == "rPh":
            self.is_reading = True
        elif name == "t":
            self.takes = not self.is_reading

    def end(self, tag: str) -> None:
        name = local(tag)
        if name == "t":
            self.takes = False
        elif name == "rPh":
            self.is_reading = False
        elif name == "si":
            if len(self.texts) >= MAX_CELLS:
                raise UnreadableSheet(too_large())
            self.texts.append(unescape("".join(self.pieces)))

    def data(self, text: str) -> None:
        if self.takes:
            self.pieces.append(text)


def _is_number(text: str) -> bool:
    """Whether an attribute is a number that a workbook may well have."""
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER


def local(tag: str) -> str:
    """Return a tag without its prefix."""
    return tag.rpartition(":")[2] if ":" in tag else tag


def unescape(text: str) -> str:
    """Return text with signs such as _x000D_ as what they stand for (ECMA-376, 22.9.2.19)."""
    return _ESCAPED.sub(_sign, text) if "_x" in text else text


def _sign(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if code in _SURROGATES else chr(code)


def _refuse_declaration(*_declaration: object) -> None:
    raise UnreadableSheet(damaged())


def damaged() -> str:
    """Say that a workbook cannot be read."""
    return _("The Excel workbook is damaged; open it in a spreadsheet program and save it again.")


def encrypted() -> str:
    """Say that a workbook has a password."""
    return _("The Excel workbook is protected by a password; save it without one.")


def _not_a_workbook() -> str:
    return _(
        "This is a ZIP archive but not an Excel workbook (.xlsx); "
        "accepted are CSV files and Excel workbooks (.xlsx)."
    )


def too_large() -> str:
    return _("The workbook unpacks to more than %(most)s MB; split it into several files.") % {
        "most": MAX_UNPACKED // 1024 // 1024
    }
