"""From an uploaded file to a table, whatever it claims to be."""

from django.utils.translation import gettext as _

from seatrobot.documents.csv_reading import read_csv
from seatrobot.documents.sheet import MAX_BYTES, Row, Rows, Sheet, UnreadableSheet
from seatrobot.documents.workbooks import encrypted
from seatrobot.documents.xlsx_reading import read_xlsx

__all__ = ["MAX_BYTES", "Row", "Rows", "Sheet", "UnreadableSheet", "read_sheet"]

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
    b"<!DOCTYPE": "HTML",
    b"<html": "HTML",
    b"<?xml": "XML",
}
_HEAD = 64 * 1024


def read_sheet(data: bytes, filename: str) -> Sheet:
    """Read a CSV file or an Excel workbook to its end; raises UnreadableSheet with a sentence."""
    if not data:
        raise UnreadableSheet(_("The file is empty."))
    if len(data) > MAX_BYTES:
        raise UnreadableSheet(
            _("The file has %(size)s MB; at most %(most)s MB are accepted.")
            % {"size": -(-len(data) // 1024 // 1024), "most": MAX_BYTES // 1024 // 1024}
        )
    if data.startswith(_ZIP):
        return read_xlsx(data)
    _refuse_others(data, filename)
    return read_csv(data)


def _refuse_others(data: bytes, filename: str) -> None:
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise UnreadableSheet(encrypted())
        raise UnreadableSheet(_not_accepted(filename, "old Excel (.xls)"))
    for start, kind in _OTHERS.items():
        if data.startswith(start) and (kind != "BMP" or b"\0" in data[:_HEAD]):
            raise UnreadableSheet(_not_accepted(filename, kind))


def _not_accepted(filename: str, kind: str) -> str:
    return _(
        "The format of “%(name)s” is %(kind)s; accepted are CSV files and Excel workbooks (.xlsx)."
    ) % {"name": filename[:100], "kind": kind}
