"""Every text of a file of a list, wherever it stands: for those who must know what is kept.

A table that is read shows one worksheet, below its heading. The file also has other worksheets,
comments, properties and lines above the heading.
"""

from __future__ import annotations

import codecs
import html
import io
import re
import zipfile
from collections.abc import Iterator

from seatrobot.documents.sheet import UnreadableSheet
from seatrobot.documents.workbooks import BROKEN, MAX_UNPACKED, check_size, damaged, too_large

_CHUNK = 1024 * 1024
_PIECE = re.compile(r'[^\t;,|"\r\n]{12,}')
"""What stands between the signs that part columns."""
_IN_MARKUP = re.compile(r"(?:>|<!\[CDATA\[)([^<]{12,})(?=<)|=\"([^\"<]{12,})\"|='([^'<]{12,})'")
_DECIMAL = re.compile(r"-?\d*\.\d+(?:[Ee][-+]?\d+)?")
_TEXTS = (".xml", ".vml", ".rels")
_LONGEST = 64 * 1024
"""How long a text is at most that two chunks share."""


def texts(data: bytes, encoding: str) -> Iterator[str]:
    """Give the texts of 12 signs or more of a file that can be read as a list.

    encoding: of a text file. Raises UnreadableSheet for a workbook beyond the limits.
    """
    if zipfile.is_zipfile(io.BytesIO(data)) and data.startswith(b"PK"):
        yield from _of_workbook(data)
        return
    for match in _PIECE.finditer(data.decode(encoding or "utf-8", "replace")):
        yield match.group()


def _of_workbook(data: bytes) -> Iterator[str]:
    unpacked = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for part in archive.infolist():
            if not part.filename.lower().endswith(_TEXTS):
                continue
            check_size(part)
            unpacked += part.file_size
            if unpacked > 2 * MAX_UNPACKED:
                raise UnreadableSheet(too_large())
            try:
                yield from _of_part(archive, part)
            except (*BROKEN, UnicodeError) as error:
                raise UnreadableSheet(damaged()) from error


def _of_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[str]:
    """Give the texts between tags and in attributes; a number with a decimal point is none."""
    with archive.open(part) as stream:
        head = stream.read(_CHUNK)
        is_wide = head[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
        decoder = codecs.getincrementaldecoder("utf-16" if is_wide else "utf-8")("replace")
        text, chunk = "", head
        while chunk:
            text += decoder.decode(chunk)
            end = 0
            for match in _IN_MARKUP.finditer(text):
                end = match.end()
                found = match[1] or match[2] or match[3]
                if not _DECIMAL.fullmatch(found):
                    yield html.unescape(found)
            text = text[max(end, len(text) - _LONGEST) :]
            chunk = stream.read(_CHUNK)
