"""From an uploaded file to a table, whatever it claims to be."""

import re

from django.utils.translation import gettext as _

from seatrobot.documents.csv_reading import read_csv
from seatrobot.documents.sheet import (
    MAX_BYTES,
    Choice,
    Knows,
    Row,
    Rows,
    Sheet,
    UnreadableSheet,
)
from seatrobot.documents.workbooks import encrypted
from seatrobot.documents.xlsx_reading import read_xlsx

__all__ = ["MAX_BYTES", "Choice", "Row", "Rows", "Sheet", "UnreadableSheet", "read_sheet"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
# What people send by mistake; the first bytes decide, never the name of the file.
_OTHERS = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"RIFF": "WebP",
    b"BM": "BMP",
    b"{\\rtf": "RTF",
    b"\x1f\x8b": "gzip",
    b"7z\xbc\xaf": "7-Zip",
    b"Rar!": "RAR",
}
_MARKUP = re.compile(
    r"\s*(?:<\?xml|<!--|<!doctype|<(?P<html>html|head|body|meta|title|style|script|table|div|p|br)"
    r"\b|begin:(?P<card>vcard|vcalendar))",
    re.IGNORECASE,
)
_HTML = re.compile(r"<!doctype\s+html|<(?:html|body|table)\b", re.IGNORECASE)
_HEAD = 64 * 1024
_NOTHING = Choice()


def read_sheet(
    data: bytes, filename: str, choice: Choice = _NOTHING, knows: Knows | None = None
) -> Sheet:
    """Read a CSV file or an Excel workbook to its end; raises UnreadableSheet with a sentence.

    choice: what a person said about it. knows: which headings the caller understands, by which
    the heading row and the worksheet that fits are found.
    """
    if not data:
        raise UnreadableSheet(_("The file is empty."))
    if len(data) > MAX_BYTES:
        raise UnreadableSheet(
            _("The file has %(size)s MB; at most %(most)s MB are accepted.")
            % {"size": -(-len(data) // 1024 // 1024), "most": MAX_BYTES // 1024 // 1024}
        )
    if data.startswith(_ZIP):
        return read_xlsx(data, choice, knows)
    _refuse_others(data, filename)
    return read_csv(data, choice, knows)


def _refuse_others(data: bytes, filename: str) -> None:
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise UnreadableSheet(encrypted())
        raise UnreadableSheet(_not_accepted(filename, "old Excel (.xls)"))
    for start, kind in _OTHERS.items():
        if data.startswith(start) and (kind != "BMP" or b"\0" in data[:_HEAD]):
            raise UnreadableSheet(_not_accepted(filename, kind))
    if kind := _markup(data[:_HEAD]):
        raise UnreadableSheet(_not_accepted(filename, kind))


def _markup(head: bytes) -> str:
    """Return the kind of text that is a document and no table; many sites name HTML .xls."""
    is_wide = head[:2] in {b"\xff\xfe", b"\xfe\xff"}
    text = head.decode("utf-16" if is_wide else "utf-8-sig", "replace").lstrip("\ufeff \r\n\t")
    found = _MARKUP.match(text)
    if not found:
        return ""
    if found["card"]:
        return "vCard" if found["card"].lower() == "vcard" else "iCalendar"
    return "HTML" if found["html"] or _HTML.search(text) else "XML"


def _not_accepted(filename: str, kind: str) -> str:
    return _(
        "The format of “%(name)s” is %(kind)s; accepted are CSV files and Excel workbooks (.xlsx)."
    ) % {"name": filename[:100], "kind": kind}
