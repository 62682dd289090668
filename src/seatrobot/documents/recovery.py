"""Sheets of paper that bring a key back: words to be typed, and the same words as a QR code."""

from __future__ import annotations

import io
from collections.abc import Sequence

import msgspec
import segno
import typst

from seatrobot.documents.fonts import TEMPLATES, fonts


def recovery_sheet(  # noqa: PLR0913  what stands on the page, each once
    *,
    title: str,
    number: str,
    paragraphs: Sequence[str],
    words: Sequence[str],
    facts: Sequence[str],
    printed: str,
) -> bytes:
    """Return one page (PDF).

    number: which sheet of how many. paragraphs: what it is for and how to keep it. words: typed in
    this order. facts: by which somebody knows to which key it belongs, no secrets. printed: when.
    """
    picture = io.BytesIO()
    # In capitals a QR code of words is half as large.
    segno.make(" ".join(words).upper(), error="q", micro=False).save(
        picture, kind="svg", border=2, xmldecl=False
    )
    data = {
        "title": title,
        "number": number,
        "paragraphs": list(paragraphs),
        "words": list(words),
        "facts": list(facts),
        "printed": printed,
        "picture": picture.getvalue().decode(),
        "alt": "The words above as a QR code",
    }
    return typst.compile(
        TEMPLATES / "recovery_sheet.typ",
        root=TEMPLATES,
        font_paths=fonts(),
        sys_inputs={"data": msgspec.json.encode(data).decode()},
        format="pdf",
    )
