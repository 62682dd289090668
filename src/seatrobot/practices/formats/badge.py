"""Badges: small pictures of the status for other sites; nothing in them is rounded up."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.translation import gettext as _

from seatrobot.kernel.heads import witnesses
from seatrobot.kernel.promises.declaring import PROMISES
from seatrobot.kernel.promises.status import PromiseStatus, State
from seatrobot.practices import silence
from seatrobot.practices.formats.editions import Edition
from seatrobot.practices.formats.snapshot import Snapshot, counts, written
from seatrobot.practices.profile import known_profile

PATH = "badge.svg"
HEIGHT = 22
GAP = 8
NARROW, WIDE, USUAL = 3.6, 9.6, 6.6
"""Widths of characters at 11 pixels; the browser fits the text into their sum."""

GREEN, BLUE, AMBER, RED, GREY = "#1a7f4b", "#1f5f99", "#8f5a00", "#b42318", "#5b6470"
COLOURS = {
    State.KEPT: GREEN,
    State.ATTESTED: BLUE,
    State.UNPROVEN: GREY,
    State.BROKEN: RED,
}
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" \
viewBox="0 0 {width} {height}" role="img" aria-labelledby="title">
<title id="title">{title}</title>
<metadata>{head}</metadata>
<clipPath id="round"><rect width="{width}" height="{height}" rx="4"/></clipPath>
<g clip-path="url(#round)">
<rect width="{left}" height="{height}" fill="#2b3340"/>
<rect x="{left}" width="{right}" height="{height}" fill="{colour}"/>
</g>
<g fill="#fff" font-family="system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif" \
font-size="11" font-weight="600">
<text x="{gap}" y="15" textLength="{left_text}" lengthAdjust="spacingAndGlyphs">{label}</text>
<text x="{start}" y="15" textLength="{right_text}" lengthAdjust="spacingAndGlyphs">{words}</text>
</g>
</svg>
"""


def make(edition: Edition) -> bytes:
    """Return the badge of all promises together."""
    statuses = Snapshot(edition.moment).statuses
    found = counts(statuses)
    is_silent = bool(silence.find(edition.moment, statuses))
    words = f"{_summary(found)}, {_('silent')}" if is_silent else _summary(found)
    title = _("Security practices of %(operator)s: %(words)s (%(at)s)") % {
        "operator": known_profile().name,
        "words": words,
        "at": written(edition.moment),
    }
    return _draw(_("security practices"), words, RED if is_silent else _colour(found), title)


def make_of(promise: str, edition: Edition) -> bytes:
    """Return the badge of one promise."""
    rows = Snapshot(edition.moment).statuses
    row = next(row for row in rows if row.promise == PROMISES[promise])
    return _draw(promise, str(row.state.label), COLOURS[row.state], _sentence(row, edition))


def _summary(found: dict[State, int]) -> str:
    """Return how many of all are kept; attested is not kept, and broken is never left out."""
    kept, total = found[State.KEPT], sum(found.values())
    parts = [_("%(kept)d of %(total)d kept") % {"kept": kept, "total": total}]
    if found[State.ATTESTED]:
        parts.append(_("%d attested") % found[State.ATTESTED])
    if found[State.BROKEN]:
        parts.append(_("%d broken") % found[State.BROKEN])
    return ", ".join(parts)


def _colour(found: dict[State, int]) -> str:
    if found[State.BROKEN]:
        return RED
    proven = found[State.KEPT] + found[State.ATTESTED]
    if not proven:
        return GREY
    return AMBER if found[State.UNPROVEN] else GREEN


def _sentence(row: PromiseStatus, edition: Edition) -> str:
    facts = {
        "sentence": row.promise.sentence,
        "state": row.state.label,
        "reason": row.reason,
        "at": written(edition.moment),
    }
    return " ".join((_("%(sentence)s This is %(state)s (%(at)s). %(reason)s") % facts).split())


def _draw(label: str, words: str, colour: str, title: str) -> bytes:
    left_text, right_text = _width(label), _width(words)
    left, right = left_text + 2 * GAP, right_text + 2 * GAP
    picture = format_html(
        SVG,
        width=left + right,
        height=HEIGHT,
        left=left,
        right=right,
        gap=GAP,
        start=left + GAP,
        left_text=left_text,
        right_text=right_text,
        label=label,
        words=words,
        colour=colour,
        title=title,
        head=witnesses.newest_note(),
    )
    return picture.encode()


def _width(text: str) -> int:
    return round(sum(_sign(sign) for sign in text))


def _sign(sign: str) -> float:
    if sign in "ijlftr.,:;'|! ":
        return NARROW
    return WIDE if sign in "mwMW@" or not sign.isascii() else USUAL
