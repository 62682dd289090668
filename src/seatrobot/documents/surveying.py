"""From raw rows to a sheet: finds the heading, names every column, and walks all rows once."""

from dataclasses import dataclass, field
from itertools import islice

from django.utils.translation import gettext as _

from seatrobot.documents.formulas import restore
from seatrobot.documents.sheet import (
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    Row,
    Rows,
    Sheet,
    Source,
    UnreadableSheet,
)

LONGEST_HEADING = 200
_TITLE_ROWS = 10


@dataclass(slots=True)
class _Survey:
    heading_row: int
    heading: list[str]
    count: int = 0
    ragged: int = 0
    first_ragged: int = 0
    filled: set[int] = field(default_factory=set)

    @property
    def width(self) -> int:
        return max([len(self.heading), *(index + 1 for index in self.filled)])


def survey(
    source: Source, kind: str, *, encoding: str = "", separator: str = "", warnings: list[str]
) -> Sheet:
    """Walk a file to its end and describe it; raises UnreadableSheet for what exceeds a limit."""
    found = _walk(source, _read_heading(_first_row(source, warnings), warnings))
    columns, kept = _name_columns(found, warnings)
    if found.ragged:
        warnings.append(_ragged(found))
    rows = Rows(source, kept, found.width, found.heading_row)
    return Sheet(columns, rows, found.count, kind, encoding, separator, warnings)


def _first_row(source: Source, warnings: list[str]) -> Row:
    """Return the first row of the table: the first with several cells, below any title."""
    start = list(islice(source(), _TITLE_ROWS))
    if not start:
        raise UnreadableSheet(_("The file is empty."))
    first = next((row for row in start if sum(map(bool, row[1])) > 1), start[0])
    if first is not start[0]:
        warnings.append(
            _("The table begins in row %(row)s; what stands above it was left out.")
            % {"row": first[0]}
        )
    return first


def _read_heading(first: Row, warnings: list[str]) -> _Survey:
    number, cells = first
    heading = [" ".join(restore(cell).split()) for cell in cells]
    while heading and not heading[-1]:
        heading.pop()
    for cell in heading:
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
    if any("@" in cell for cell in heading):
        warnings.append(
            _(
                "The file has no row of column headings (row %(row)s holds an e-mail address), "
                "so the columns are numbered."
            )
            % {"row": number}
        )
        return _Survey(number - 1, [""] * len(heading))
    return _Survey(number, heading)


def _walk(source: Source, found: _Survey) -> _Survey:
    """Count rows, note which nameless columns hold something, and enforce the limits."""
    named = len(found.heading)
    nameless = [index for index, name in enumerate(found.heading) if not name]
    for number, cells in source():
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
    _check_size(found)
    return found


def _check_size(found: _Survey) -> None:
    if found.width > MAX_COLUMNS:
        raise UnreadableSheet(
            _("The file has %(count)s columns; at most %(most)s are allowed.")
            % {"count": found.width, "most": MAX_COLUMNS}
        )
    if found.width * found.count > MAX_CELLS:
        raise UnreadableSheet(
            _("The file has more than %(most)s cells; leave out columns or split the file.")
            % {"most": MAX_CELLS}
        )
    if not found.count:
        raise UnreadableSheet(_("The file has column headings but no rows below them."))


def _name_columns(found: _Survey, warnings: list[str]) -> tuple[list[str], list[int]]:
    """Return the columns to keep, by unique name and place; nameless empty ones are dropped."""
    columns: list[str] = []
    kept: list[int] = []
    taken: set[str] = set()
    for index in range(found.width):
        name = found.heading[index] if index < len(found.heading) else ""
        if not name and index not in found.filled:
            continue
        unique = _unique(name or _("Column %(number)s") % {"number": index + 1}, taken)
        if name and unique != name:
            warnings.append(
                _("The heading “%(name)s” occurs twice; the second is called “%(unique)s”.")
                % {"name": name, "unique": unique}
            )
        taken.add(unique.casefold())
        columns.append(unique)
        kept.append(index)
    return columns, kept


def _unique(name: str, taken: set[str]) -> str:
    unique, turn = name, 1
    while unique.casefold() in taken:
        turn += 1
        unique = f"{name} ({turn})"
    return unique


def _ragged(found: _Survey) -> str:
    return _(
        "%(count)s rows have more cells than there are headings, the first is row %(row)s; "
        "a separator inside a cell may lack its quotation marks."
    ) % {"count": found.ragged, "row": found.first_ragged}
