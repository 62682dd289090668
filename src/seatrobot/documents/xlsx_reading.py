"""Excel workbooks: the first visible sheet as rows of text, as a person sees the cells."""

import datetime as dt
from collections.abc import Iterator

from django.utils.translation import gettext as _
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from seatrobot.documents.sheet import Row, Sheet, UnreadableSheet
from seatrobot.documents.surveying import survey
from seatrobot.documents.workbooks import damaged, repack

Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta
_EXACT = 1e15  # Excel keeps 15 digits


def read_xlsx(data: bytes) -> Sheet:
    """Read the first visible sheet of a workbook; raises UnreadableSheet."""
    warnings: list[str] = []
    try:
        sheet = _first_sheet(CalamineWorkbook.from_filelike(repack(data)), warnings)
    except CalamineError as error:
        raise UnreadableSheet(damaged()) from error
    offset = sheet.start[1] if sheet.start else 0

    def source() -> Iterator[Row]:
        return _rows(sheet, offset)

    return survey(source, "xlsx", warnings=warnings)


def _first_sheet(workbook: CalamineWorkbook, warnings: list[str]) -> CalamineSheet:
    names = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]
    if not names:
        raise UnreadableSheet(_("The workbook has no visible sheet with a table."))
    if len(names) > 1:
        warnings.append(
            _("The workbook has %(count)s sheets; only the first, “%(name)s”, was read.")
            % {"count": len(names), "name": names[0]}
        )
    return workbook.get_sheet_by_name(names[0])


def _rows(sheet: CalamineSheet, offset: int) -> Iterator[Row]:
    before = [""] * offset
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        texts = [cell if type(cell) is str else as_text(cell) for cell in cells]
        if "".join(texts).strip():
            yield number, before + texts


def as_text(cell: Cell) -> str:
    """Text of a cell: whole numbers without a decimal point, dates in ISO order."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        if cell.is_integer():
            return str(int(cell)) if abs(cell) < _EXACT else format(cell, ".0f")
        return format(cell, ".15g")
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return str(cell)
