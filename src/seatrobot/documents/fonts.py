"""Which signs the documents can print: those of the fonts that Typst finds on this machine."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import cast

import msgspec
import typst

TEMPLATES = Path(__file__).parent / "templates"
SIGNS_KEPT = 20_000
"""How many signs a process remembers at most whether they can be printed."""

_NOWHERE = "\u0378"
"""A code point that no font has a sign for: it is printed as the empty box."""
_GLYPH = re.compile(r'href="#([^"]+)"')
_printed: dict[str, bool] = {}


@lru_cache(maxsize=1)
def fonts() -> typst.Fonts:
    return typst.Fonts()


def unprintable(texts: Iterable[str]) -> list[str]:
    """Return those of the texts that have a sign for which no font has a picture."""
    signs = {text: _signs(text) for text in texts}
    unknown = set().union(*signs.values()) - _printed.keys()
    if unknown:
        _look_up(sorted(unknown))
    return [text for text, its in signs.items() if not all(_printed[sign] for sign in its)]


def _signs(text: str) -> set[str]:
    """Return the signs of a text beyond ASCII, each with the marks that stand on it."""
    if text.isascii():
        return set()
    found: list[str] = []
    for letter in unicodedata.normalize("NFC", text):
        if found and unicodedata.category(letter) in {"Mn", "Mc", "Me", "Cf"}:
            found[-1] += letter
        else:
            found.append(letter)
    return {sign for sign in found if not sign.isascii() and not sign.isspace()}


def _look_up(signs: list[str]) -> None:
    """Note which signs have a picture of their own: they are set, and compared with the box."""
    if len(_printed) + len(signs) > SIGNS_KEPT:
        _printed.clear()
    pages = typst.compile(
        TEMPLATES / "glyphs.typ",
        root=TEMPLATES,
        font_paths=fonts(),
        sys_inputs={"data": msgspec.json.encode({"signs": [_NOWHERE, *signs]}).decode()},
        format="svg",
    )
    each = cast("list[bytes]", pages)  # several pages, which its stub does not know
    box, *drawn = [set(_GLYPH.findall(page.decode())) for page in each]
    for sign, glyphs in zip(signs, drawn, strict=True):
        _printed[sign] = box.isdisjoint(glyphs)
