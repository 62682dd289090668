"""Documents for the table: cards and lists as PDF, typeset by Typst.

Texts are passed as JSON and shown as they are; nothing in a name is ever read as markup.

Type is Libertinus Serif, which Typst carries: Latin with Vietnamese marks, Greek, Cyrillic and
Hebrew. Other scripts fall back to whatever font of the system has them: Arabic to DejaVu Sans or
Noto Naskh Arabic; Chinese, Japanese and Korean need a font such as Debian's fonts-noto-cjk. A sign
that no font has is printed as an empty box; `fonts.unprintable` finds texts that have one.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any, Literal

import msgspec
import typst
from django.utils.translation import get_language, get_language_bidi, ngettext
from django.utils.translation import gettext as _

from seatrobot.documents.fonts import TEMPLATES, fonts
from seatrobot.normalizing import index_letter, sort_key

Paper = Literal["a4", "letter"]

_TYPST_PAPER = {"a4": "a4", "letter": "us-letter"}
_UNBROKEN = re.compile(r"\S{25,}")
_EVERY = 8
_ZERO_WIDTH_SPACE = "\u200b"


@dataclass(frozen=True, slots=True)
class Occasion:
    """The event as every page names it; date and printed are already in the reader's form."""

    title: str
    date: str = ""
    venue: str = ""
    printed: str = ""


@dataclass(frozen=True, slots=True)
class Seated:
    """A guest and their place; `table` is the table's name, `seat` and `note` may be empty.

    `name` is without the title, which cards print above it; `sort_name` is "Last, First".
    """

    name: str
    sort_name: str
    title: str = ""
    table: str = ""
    seat: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SeatedTable:
    """A table and who sits there, in the order of the seats."""

    name: str
    guests: Sequence[Seated]


def table_cards(occasion: Occasion, tables: Iterable[SeatedTable], paper: Paper = "a4") -> bytes:
    """One page per table, to be folded into a tent: its name in front, its guests behind."""
    return _render("table_cards", occasion, paper, tables=[_table(table) for table in tables])


def place_cards(occasion: Occasion, guests: Iterable[Seated], paper: Paper = "a4") -> bytes:
    """Name cards with cut marks, ten to a page: 85 x 54 mm (a4) or 85 x 50.8 mm (letter)."""
    cards = [
        asdict(guest)
        | {
            "table": _label(guest.table),
            "seat": _("Seat %(seat)s") % {"seat": guest.seat} if guest.seat else "",
        }
        for guest in guests
    ]
    return _render("place_cards", occasion, paper, guests=cards)


def list_by_table(occasion: Occasion, tables: Iterable[SeatedTable], paper: Paper = "a4") -> bytes:
    """Every table with its guests, in two columns."""
    listed = [_table(table) for table in tables]
    count = sum(len(table["guests"]) for table in listed)
    return _render("list_by_table", occasion, paper, count, tables=listed)


@dataclass(frozen=True, slots=True)
class Portion:
    """How many guests of a table share a value; names: of them, where they are wanted."""

    value: str
    count: int
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class KitchenTable:
    """What a table, or the whole room, gets. groups: by the label of a column."""

    name: str
    guests: int
    groups: Sequence[tuple[str, Sequence[Portion]]]


def kitchen_sheet(
    occasion: Occasion, tables: Iterable[KitchenTable], total: int, paper: Paper = "a4"
) -> bytes:
    """How many guests of each table have which diet or course, in two columns."""
    listed = [
        {
            "label": _label(table.name),
            "count": _guests(table.guests),
            "groups": [
                {"label": label, "rows": [asdict(portion) for portion in portions]}
                for label, portions in table.groups
            ],
        }
        for table in tables
    ]
    return _render("kitchen_sheet", occasion, paper, total, tables=listed)


def list_by_name(occasion: Occasion, guests: Iterable[Seated], paper: Paper = "a4") -> bytes:
    """Every guest with table and seat, in two columns, by name under the letter it begins with."""
    ordered = sorted(guests, key=lambda guest: (_sort_key(guest), guest.sort_name))
    listed = [asdict(guest) | {"table": _name_and_kind(guest.table)[1]} for guest in ordered]
    letters = [
        {"letter": letter, "guests": list(group)}
        for letter, group in groupby(listed, key=lambda guest: index_letter(guest["sort_name"]))
    ]
    return _render("list_by_name", occasion, paper, len(listed), letters=letters)


def _render(
    template: str, occasion: Occasion, paper: Paper, count: int = 0, **content: Any
) -> bytes:
    data = {
        "occasion": asdict(occasion),
        "paper": _TYPST_PAPER[paper],
        "lang": (get_language() or "en").partition("-")[0],
        "rtl": get_language_bidi(),
        "words": _words(count),
        **content,
    }
    return typst.compile(
        TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        font_paths=fonts(),
        sys_inputs={"data": msgspec.json.encode(_breakable(data)).decode()},
        format="pdf",
    )


def _words(count: int) -> dict[str, str]:
    return {
        "by_table": _("Guests by table"),
        "by_name": _("Guests by name"),
        "kitchen": _("Kitchen sheet"),
        "name": _("Name"),
        "table": _("Table"),
        "seat": _("Seat"),
        "total": _guests(count),
    }


def _guests(count: int) -> str:
    return ngettext("%(count)s guest", "%(count)s guests", count) % {"count": count}


def _table(table: SeatedTable) -> dict[str, Any]:
    kind, name = _name_and_kind(table.name)
    return {
        "kind": kind,
        "name": name,
        "label": _label(table.name),
        "count": _guests(len(table.guests)),
        "guests": [asdict(guest) for guest in table.guests],
    }


def _name_and_kind(table: str) -> tuple[str, str]:
    """Split "Table 12" and "12" into the word and the number; other names stay whole."""
    match = re.fullmatch(
        rf"(?:{re.escape(_('Table'))}\s*|Table\s*)?(\d{{1,3}}[A-Za-z]?|[A-Za-z])", table
    )
    return (_("Table"), match[1]) if match else ("", table)


def _label(table: str) -> str:
    return " ".join(filter(None, _name_and_kind(table)))


def _sort_key(guest: Seated) -> str:
    last, _comma, given = guest.sort_name.partition(", ")
    return sort_key(last, given)


def _breakable(value: Any) -> Any:
    """Let endless words break, so that no name leaves its card."""
    if isinstance(value, str):
        return _UNBROKEN.sub(lambda word: _with_breaks(word[0]), value)
    if isinstance(value, dict):
        return {key: _breakable(inner) for key, inner in value.items()}
    return [_breakable(inner) for inner in value] if isinstance(value, list) else value


def _with_breaks(word: str) -> str:
    pieces = (word[start : start + _EVERY] for start in range(0, len(word), _EVERY))
    return _ZERO_WIDTH_SPACE.join(pieces)
