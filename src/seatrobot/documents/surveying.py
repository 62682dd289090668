"""From raw rows to a sheet: finds the heading, names every column, and walks all rows once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.documents.misdecoding import is_suspect, repaired
from seatrobot.documents.sheet import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    Choice,
    Knows,
    Row,
    Rows,
    Sheet,
    Source,
    UnreadableSheet,
    plain_cell,
)

LONGEST_HEADING = 200
HEAD = 8
_TITLE_ROWS = 20
_SAMPLE = 60
_MOST = 0.6
_VALUE = re.compile(r".*@.*|[+(]?\d[\d\s()/.:+-]{3,}", re.DOTALL)
_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?E\+\d{1,3}")
_ERROR = re.compile(
    r"#(?:N/A|NV|REF!|BEZUG!|VALUE!|WERT!|DIV/0!|NAME\?|NULL!|NUM!|ZAHL!|VALEUR!|NOMBRE!|NOM\?|"
    r"VALOR!|SPILL!|CALC!)"
)
_NAMED = 3
_LONGEST_SHOWN = 60


@dataclass(slots=True)
class Survey:
    """What a walk to the end of a file has found; `sheet` makes the table of it."""

    source: Source
    kind: str
    warnings: list[str]
    head: list[Row]
    heading_row: int
    heading: list[str]
    has_heading: bool
    count: int = 0
    ragged: int = 0
    first_ragged: int = 0
    filled: set[int] = field(default_factory=set)
    scientific: list[int] = field(default_factory=list)
    scientific_text: str = ""
    errors: list[int] = field(default_factory=list)
    encoding: str = ""
    separator: str = ""
    name: str = ""
    names: list[str] = field(default_factory=list)
    hidden: int = 0
    misread: tuple[str, str] | None = None
    misread_rows: list[int] = field(default_factory=list)

    @property
    def width(self) -> int:
        return max([len(self.heading), *(index + 1 for index in self.filled)])

    def sheet(self) -> Sheet:
        columns, kept = _name_columns(self)
        rows = Rows(self.source, kept, self.width, self.heading_row, self.kind == "csv")
        return Sheet(
            columns,
            rows,
            self.count,
            self.kind,
            self.encoding,
            self.separator,
            self.warnings,
            self.has_heading,
            self.head,
            self.name,
            self.names,
            self.hidden,
            self.misread,
        )


def survey(
    source: Source, kind: str, *, choice: Choice, knows: Knows | None, warnings: list[str]
) -> Survey:
    """Walk a file to its end and describe it; raises UnreadableSheet for what exceeds a limit."""
    raw = source
    if choice.repair:
        source = partial(_repaired_rows, raw)
    start = list(islice(source(), _TITLE_ROWS + _SAMPLE))
    first = _first_row(start, knows, warnings)
    has_heading = choice.has_heading
    if has_heading is None:
        below = [cells for number, cells in start if number > first[0]]
        has_heading = _is_heading(first, below, knows, warnings)
    number, heading = first[0], _read_heading(first, is_heading=has_heading)
    _check_width(len(heading))
    if not has_heading:
        number, heading = number - 1, [""] * len(heading)
    found = Survey(source, kind, warnings, start[:HEAD], number, heading, has_heading)
    _walk(found, raw, repair=choice.repair)
    if found.ragged:
        warnings.append(_ragged(found))
    if found.misread:
        warnings.append(_misread(found, is_repaired=choice.repair))
    warnings.extend(_lost(found))
    return found


def best_row(rows: list[Row], knows: Knows) -> tuple[int, Row | None]:
    """Return how many known headings the row has that has most of them, and the row."""
    best: tuple[int, Row | None] = (0, None)
    for row in rows:
        cells = set(row[1][: MAX_COLUMNS + 1])
        known = sum(1 for cell in cells if cell and knows(plain_cell(cell)))
        if known > best[0]:
            best = known, row
    return best


def _first_row(start: list[Row], knows: Knows | None, warnings: list[str]) -> Row:
    """Return the first row of the table: the row of headings, or the first with several cells."""
    if not start:
        raise UnreadableSheet(_("The file is empty."))
    top = start[:_TITLE_ROWS]
    several = next((row for row in top if sum(map(bool, row[1])) > 1), top[0])
    known, row = best_row(top, knows) if knows else (0, None)
    first = row if row is not None and (known > 1 or row is top[0]) else several
    if first is not top[0]:
        warnings.append(
            _("The table begins in row %(row)s; what stands above it was left out.")
            % {"row": first[0]}
        )
    return first


def _is_heading(
    first: Row, below: list[list[str]], knows: Knows | None, warnings: list[str]
) -> bool:
    """Decide whether the first row holds headings; what is not known as one is a guest."""
    cells = [cell.strip() for cell in first[1][: MAX_COLUMNS + 1]]
    known = sum(1 for cell in cells if cell and knows is not None and knows(plain_cell(cell)))
    values = [cell for cell in cells if _VALUE.fullmatch(cell)]
    if values and (not known or any("@" in cell for cell in values)):
        sentence = (
            _(
                "The file has no row of column headings (row %(row)s holds an e-mail address), "
                "so the columns are numbered."
            )
            if any("@" in cell for cell in values)
            else _(
                "The file has no row of column headings (row %(row)s holds numbers), so the "
                "columns are numbered and that row is a guest."
            )
        )
        warnings.append(sentence % {"row": first[0]})
        return False
    if knows is None or known or _stands_out(cells, below):
        return True
    warnings.append(
        _(
            "No cell of row %(row)s is known as a column heading, so that row is a guest; say "
            "so if it holds headings."
        )
        % {"row": first[0]}
    )
    return False


def _stands_out(cells: list[str], below: list[list[str]]) -> bool:
    """Whether a column has addresses or numbers everywhere but in its first row."""
    for index, cell in enumerate(cells):
        filled = [row[index].strip() for row in below if index < len(row) and row[index].strip()]
        values = sum(1 for text in filled if _VALUE.fullmatch(text) or text.isdigit())
        if cell and not cell.isdigit() and filled and values >= _MOST * len(filled):
            return True
    return False


def _read_heading(first: Row, *, is_heading: bool) -> list[str]:
    number, cells = first
    heading = [" ".join(plain_cell(cell).split()) for cell in cells]
    while heading and not heading[-1]:
        heading.pop()
    for cell in heading if is_heading else ():
        if len(cell) > LONGEST_HEADING:
            raise UnreadableSheet(
                _(
                    "Row %(row)s should hold the column headings, but “%(start)s…” has %(length)s "
                    "characters; at most %(most)s are allowed."
                )
                % {
                    "row": number,
                    "start": cell[:30],
                    "length": len(cell),
                    "most": LONGEST_HEADING,
                }
            )
    return heading


def _repaired_rows(source: Source) -> Iterator[Row]:
    for number, cells in source():
        yield number, _repaired(cells)


def _repaired(cells: list[str]) -> list[str]:
    return [repaired(cell) if is_suspect(cell) else cell for cell in cells]


def _walk(found: Survey, raw: Source, *, repair: bool) -> None:
    """Count rows, note which nameless columns hold something, and enforce the limits.

    raw: the rows as they came, repair: whether they are repaired.
    """
    named = len(found.heading)
    nameless = [index for index, name in enumerate(found.heading) if not name]
    for number, cells in raw():
        if number >= found.heading_row and is_suspect("\n".join(cells)):
            cells = _note_misread(found, number, cells, repair=repair)  # noqa: PLW2901
        if number <= found.heading_row:
            continue
        found.count += 1
        if found.count > MAX_ROWS:
            raise UnreadableSheet(
                _("The file has more than %(most)s rows; split it into several files.")
                % {"most": MAX_ROWS}
            )
        if len(cells) > named and any(cells[named:]):
            found.ragged += 1
            found.first_ragged = found.first_ragged or number
            found.filled.update(i for i in range(named, len(cells)) if cells[i].strip())
        for index in nameless:
            if index < len(cells) and cells[index].strip():
                found.filled.add(index)
        _note_losses(found, number, cells)
    _check_size(found)


def _note_misread(found: Survey, number: int, cells: list[str], *, repair: bool) -> list[str]:
    """Note a row whose texts were decoded wrongly; return its cells as they are read."""
    mended = _repaired(cells)
    if mended == cells:
        return cells
    found.misread_rows.append(number)
    if found.misread is None:
        found.misread = next(
            (was, now) for was, now in zip(cells, mended, strict=True) if was != now
        )
    return mended if repair else cells


def _misread(found: Survey, *, is_repaired: bool) -> str:
    was, now = found.misread or ("", "")
    count = len(found.misread_rows)
    sentence = (
        ngettext(
            "%(count)s row (%(rows)s) had been decoded wrongly before the file came here and is "
            "repaired: “%(was)s” is read as “%(now)s”.",
            "%(count)s rows (%(rows)s) had been decoded wrongly before the file came here and are "
            "repaired: “%(was)s” is read as “%(now)s”.",
            count,
        )
        if is_repaired
        else ngettext(
            "%(count)s row (%(rows)s) has a text that was decoded wrongly before the file came "
            "here: “%(was)s” was probably “%(now)s”. It is read as it stands unless you have it "
            "repaired.",
            "%(count)s rows (%(rows)s) have texts that were decoded wrongly before the file came "
            "here: “%(was)s” was probably “%(now)s”. They are read as they stand unless you have "
            "them repaired.",
            count,
        )
    )
    return sentence % {
        "count": count,
        "rows": some_of(found.misread_rows),
        "was": was[:_LONGEST_SHOWN],
        "now": now[:_LONGEST_SHOWN],
    }


def _note_losses(found: Survey, number: int, cells: list[str]) -> None:
    text = "\n".join(cells)
    lost = [cell for cell in cells if _SCIENTIFIC.fullmatch(cell.strip())] if "E+" in text else []
    if lost:
        found.scientific.append(number)
        found.scientific_text = found.scientific_text or lost[0].strip()
    if "#" in text and any(_ERROR.fullmatch(cell.strip()) for cell in cells):
        found.errors.append(number)


def _lost(found: Survey) -> list[str]:
    sentences = []
    if count := len(found.scientific):
        sentences.append(
            ngettext(
                "%(count)s row (%(rows)s) has a number such as %(text)s: its last digits were lost "
                "before the file came here. Export the list again with that column as text.",
                "%(count)s rows (%(rows)s) have numbers such as %(text)s: their last digits were "
                "lost before the file came here. Export the list again with that column as text.",
                count,
            )
            % {
                "count": count,
                "rows": some_of(found.scientific),
                "text": found.scientific_text[:_LONGEST_SHOWN],
            }
        )
    if count := len(found.errors):
        sentences.append(
            ngettext(
                "%(count)s row (%(rows)s) has an error of a spreadsheet such as #N/A instead of "
                "a value.",
                "%(count)s rows (%(rows)s) have errors of a spreadsheet such as #N/A instead of "
                "values.",
                count,
            )
            % {"count": count, "rows": some_of(found.errors)}
        )
    return sentences


def some_of(places: list[int] | list[str]) -> str:
    """Name the first few places, and say that there are more."""
    named = ", ".join(map(str, places[:_NAMED]))
    return f"{named} …" if len(places) > _NAMED else named


def _check_width(width: int) -> None:
    if width > MAX_COLUMNS:
        raise UnreadableSheet(
            _("The file has %(count)s columns; at most %(most)s are allowed.")
            % {"count": width, "most": MAX_COLUMNS}
        )


def _check_size(found: Survey) -> None:
    _check_width(found.width)
    if found.width * found.count > MAX_CELLS:
        raise UnreadableSheet(
            _("The file has more than %(most)s cells; leave out columns or split the file.")
            % {"most": MAX_CELLS}
        )
    if not found.count:
        raise UnreadableSheet(_("The file has column headings but no rows below them."))


def _name_columns(found: Survey) -> tuple[list[str], list[int]]:
    """Return the columns to keep, by unique name and place; nameless empty ones are dropped."""
    columns: list[str] = []
    kept: list[int] = []
    taken: set[str] = set()
    standing = {name.casefold() for name in found.heading}
    for index in range(found.width):
        name = found.heading[index] if index < len(found.heading) else ""
        if not name and index not in found.filled:
            continue
        plain = name or _("Column %(number)s") % {"number": index + 1}
        is_free = plain.casefold() not in taken and (name or plain.casefold() not in standing)
        unique = plain if is_free else _numbered(plain, taken | standing)
        if name and unique != name:
            found.warnings.append(
                _("The heading “%(name)s” occurs again in column %(number)s, here “%(unique)s”.")
                % {"name": name, "number": index + 1, "unique": unique}
            )
        taken.add(unique.casefold())
        columns.append(unique)
        kept.append(index)
    return columns, kept


def _numbered(name: str, taken: set[str]) -> str:
    """Return a heading with the first number by which no other column is called."""
    turn = 2
    while f"{name} ({turn})".casefold() in taken:
        turn += 1
    return f"{name} ({turn})"


def _ragged(found: Survey) -> str:
    return _(
        "%(count)s rows have more cells than there are headings, the first is row %(row)s; "
        "a separator inside a cell may lack its quotation marks."
    ) % {"count": found.ragged, "row": found.first_ragged}
