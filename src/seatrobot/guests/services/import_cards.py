"""Numbers of payment cards in a file that is to be imported: no file with one is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from seatrobot.documents.reading import Sheet
from seatrobot.documents.texts import texts
from seatrobot.kernel import cards
from seatrobot.kernel.refusal import Refused

MOST_PLACES = 10
"""How many places a refusal names; it counts the others."""
_BETWEEN = "\0"
_SPLIT = re.compile(r"(?<![^\0])(?=(\d{4}\0\d{4}\0\d{4}\0\d{4})(?:\0|$))")
"""Four cells side by side with four digits each.

Other numbers side by side are no card: a phone number and a reference often look like one.
"""


class CardsInFile(cards.CardNumber):
    """A file has numbers of payment cards; it says where all of them are."""

    def __init__(self, places: Sequence[str]) -> None:
        told = "; ".join(places[:MOST_PLACES])
        if (more := len(places) - MOST_PLACES) > 0:
            told = _("%(places)s; and %(more)d more") % {"places": told, "more": more}
        sentence = _(
            "This file has what looks like numbers of payment cards: %(places)s. Such numbers are"
            " not kept here: delete them from the file and upload it again."
        ) % {"places": told}
        Refused.__init__(self, sentence, field="file")


def refuse_cards(sheet: Sheet, data: bytes = b"", filename: str = "") -> None:
    """Refuse a file with numbers of payment cards; raises CardsInFile with all places.

    data: the whole file. It also has what the sheet does not show, such as other worksheets.
    """
    places, known = [], set[str]()
    if cards.find_in_name(filename):
        places.append(_("The name of the file"))
    for place, numbers in _in_sheet(sheet):
        places.append(place)
        known |= numbers
    if any(not cards.numbers_in(text) <= known for text in texts(data, sheet.encoding)):
        if sheet.encoding:
            places.append(_("Lines above the headings"))
        else:
            places.append(_("Another worksheet, a comment or the properties of the workbook"))
    if places:
        raise CardsInFile(list(dict.fromkeys(places)))


def _in_sheet(sheet: Sheet) -> Iterator[tuple[str, set[str]]]:
    """Give each place in a sheet that has numbers of cards, and their digits."""
    for name in sheet.columns:
        if numbers := cards.numbers_in(name):
            yield _("The headings"), numbers
    for number, cells in sheet.rows:
        whole = _BETWEEN.join(cells)
        if any(cards.find(four[1].replace(_BETWEEN, " ")) for four in _SPLIT.finditer(whole)):
            yield _("Row %(row)d, over several columns") % {"row": number}, set()
        if not cards.find(whole):
            continue
        for name, cell in zip(sheet.columns, cells, strict=False):
            if numbers := cards.numbers_in(cell):
                where = {"row": number, "column": name}
                yield _("Row %(row)d, column %(column)s") % where, numbers
