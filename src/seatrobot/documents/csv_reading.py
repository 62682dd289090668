"""Text tables: finds the encoding and the separator, and reads rows without loading them all."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from django.utils.translation import gettext as _

from seatrobot.documents.encodings import ENCODINGS, decodes, guess_encoding
from seatrobot.documents.sheet import MAX_COLUMNS, Choice, Knows, Row, Sheet, UnreadableSheet
from seatrobot.documents.surveying import survey

SEPARATORS = ",;\t|"
_SAMPLE = 64 * 1024
# Cannot occur in a file, because files with NUL are refused; if it is swallowed, a quote is open.
_END = "\0end"
_BINARY = bytes([*range(9), *range(14, 27), *range(28, 32)])
_FEW_CONTROLS = 3
MOST_SEPARATORS = 20_000
"""In one row: Excel writes its 16,384 columns, however few have something in them."""
_PIECE = re.compile(r'(?:"[^"]*"|<[^<>]*>|[^",;<>])+')
_ADDRESS = r'[^\s@<>",;]+@[^\s@<>",;]+'
_RECIPIENT = re.compile(rf"{_ADDRESS}|[^<>]*<\s*{_ADDRESS}\s*>")
_FIELD_OF_MAIL = re.compile(r"(?:to|cc|bcc)\s*:", re.IGNORECASE)
_DOS_END = b"\x1a"


def read_csv(data: bytes, choice: Choice, knows: Knows | None = None) -> Sheet:
    """Read a table of text; raises UnreadableSheet."""
    warnings: list[str] = []
    data = _without_end_mark(data)
    if not data:
        raise UnreadableSheet(_("The file is empty."))
    encoding = _find_encoding(data, choice, warnings)
    with io.TextIOWrapper(io.BytesIO(data), encoding, newline="") as text:
        sample = text.read(_SAMPLE)
    separator, skipped = _find_separator(sample)
    people = _recipients(sample) if len(sample) < _SAMPLE else []
    if people:
        warnings.append(
            _("The text lists recipients as mail programs copy them; each of them is a row.")
        )

    def source() -> Iterator[Row]:
        if people:
            return enumerate(([person] for person in people), start=1)
        return _rows(data, encoding, separator, skipped)

    found = survey(source, "csv", choice=choice, knows=knows, warnings=warnings)
    found.encoding, found.separator = encoding, separator
    return found.sheet()


def _without_end_mark(data: bytes) -> bytes:
    """Cut Ctrl-Z and what pads it, with which programs of DOS end a file."""
    stripped = data.rstrip(b"\0\r\n \t" + _DOS_END)
    return stripped + b"\n" if _DOS_END in data[len(stripped) :] else data


def _recipients(text: str) -> list[str]:
    """Return the recipients that a text lists and nothing else; none when it may be a table.

    Lines of bare addresses alone may be a table whose columns are two addresses of a guest.
    """
    lines = [line for line in map(str.strip, text.removeprefix("\ufeff").splitlines()) if line]
    found: list[str] = []
    for line in lines:
        listed = _FIELD_OF_MAIL.sub("", line, count=1) if _FIELD_OF_MAIL.match(line) else line
        pieces = [piece.strip() for piece in _PIECE.findall(listed) if piece.strip()]
        if _PIECE.sub("", listed).strip(",; ") or not all(map(_RECIPIENT.fullmatch, pieces)):
            return []
        found += pieces
    are_listed = len(found) > len(lines) and (len(lines) == 1 or "<" in text)
    return found if are_listed else []


def _rows(data: bytes, encoding: str, separator: str, skipped: int) -> Iterator[Row]:
    with io.TextIOWrapper(io.BytesIO(data), encoding, newline="") as text:
        for _line in range(skipped):
            text.readline()
        lines = _Lines(text, separator)
        reader = csv.reader(lines, delimiter=separator)
        number = 0
        try:
            for number, cells in enumerate(reader, start=1):
                lines.separators = 0
                if cells and cells[0] == _END:
                    return
                if "".join(cells).strip():
                    yield number, cells
        except csv.Error as error:
            raise UnreadableSheet(_row_problem(number + 1, error)) from error
    raise UnreadableSheet(
        _("Row %(row)s: a quotation mark is opened and never closed.") % {"row": number}
    )


class _Lines:
    """The lines of a file and the mark of its end; refuses a row before its cells are made.

    separators: in the lines since the last row, as whoever reads the rows says.
    """

    def __init__(self, text: io.TextIOWrapper, separator: str) -> None:
        self.text, self.separator = text, separator
        self.separators = 0

    def __iter__(self) -> Iterator[str]:
        for line in self.text:
            self.separators += line.count(self.separator)
            if self.separators > MOST_SEPARATORS:
                raise UnreadableSheet(
                    _("A row has more than %(most)s cells; at most %(columns)s are allowed.")
                    % {"most": MOST_SEPARATORS, "columns": MAX_COLUMNS}
                )
            yield line
        yield _END


def _row_problem(row: int, error: csv.Error) -> str:
    if "field larger" in str(error):
        return _(
            "Row %(row)s: a cell has more than %(most)s characters; "
            "a quotation mark is probably never closed."
        ) % {"row": row, "most": csv.field_size_limit()}
    return _("Row %(row)s cannot be read as a row of a table.") % {"row": row}


def _find_encoding(data: bytes, choice: Choice, warnings: list[str]) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        if not decodes(data, "utf-16"):
            raise UnreadableSheet(_("The file says it is UTF-16 text, but it is damaged."))
        return "utf-16"
    if b"\0" in data:
        raise UnreadableSheet(
            _(
                "The file is not a table of text (it holds NUL bytes); save it as CSV (UTF-8) "
                "or as an Excel workbook (.xlsx)."
            )
        )
    head = data[:_SAMPLE]
    controls = len(head) - len(head.translate(None, _BINARY))
    if controls > max(len(head) // 100, _FEW_CONTROLS):
        raise UnreadableSheet(
            _("This is not a table; accepted are CSV files and Excel workbooks (.xlsx).")
        )
    if choice.encoding in ENCODINGS and decodes(data, choice.encoding):
        return choice.encoding
    if choice.encoding:
        warnings.append(
            _("The text is not %(encoding)s, so another encoding was taken.")
            % {"encoding": ENCODINGS.get(choice.encoding, choice.encoding)}
        )
    if decodes(data, "utf-8"):
        return "utf-8-sig"
    encoding = guess_encoding(data)
    if not encoding:
        raise UnreadableSheet(
            _("The encoding of the text is not known; save the file as CSV (UTF-8).")
        )
    warnings.append(
        _(
            "The text is not Unicode, so it was read as %(encoding)s; look at the letters with "
            "accents, and choose another encoding if they are wrong."
        )
        % {"encoding": ENCODINGS[encoding]}
    )
    return encoding


def _find_separator(sample: str) -> tuple[str, int]:
    """Return the separator and the number of lines before the table (Excel's "sep=;" is one)."""
    if sample[:4].lower() == "sep=" and sample[4:5] in SEPARATORS and sample[5:6] in {"\r", "\n"}:
        return sample[4], 1
    return max(SEPARATORS, key=lambda separator: _fit(sample, separator)), 0


def _fit(sample: str, separator: str) -> float:
    """How well the sample is a table with this separator; 0 if its rows are one cell."""
    widths = []
    try:
        for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            if any(cells):
                widths.append(len(cells))
            if len(widths) > MAX_COLUMNS:
                break
    except csv.Error:
        return 0
    if len(widths) > 1 and len(sample) == _SAMPLE:
        widths.pop()  # the sample may end within its last row
    if not widths:
        return 0
    width, alike = Counter(widths).most_common(1)[0]
    return alike / len(widths) * (width - 1)
